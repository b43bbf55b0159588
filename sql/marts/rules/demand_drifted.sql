-- purpose: figures of this month's demand that differ from the vacancies behind them
-- grain: one skill and region
-- key: skill_key, region_code
with present as (
    select
        mart.month_index(s.as_of_date) as month_index,
        date_trunc('month', s.as_of_date)::date as month
    from ops.mart_state as s
    where s.mart_group = '{group}'
),

counted as (
    select
        s.skill_key,
        s.region_code,
        count(*) filter (where s.counted_months @> p.month_index) as vacancies,
        count(*) as vacancies_raw,
        count(*) filter (where s.is_counted_today) as vacancies_today
    from mart.vacancy_span as s
    inner join present as p on s.months @> p.month_index
    group by s.skill_key, s.region_code
),

told as (
    select
        d.skill_key,
        d.region_code,
        d.vacancies,
        d.vacancies_raw,
        d.vacancies_today
    from mart.skill_demand as d
    inner join present as p on d.month = p.month
)

select
    coalesce(c.skill_key, t.skill_key) as skill_key,
    coalesce(c.region_code, t.region_code) as region_code
from counted as c
full join told as t on c.skill_key = t.skill_key and c.region_code = t.region_code
where
    c.vacancies is distinct from t.vacancies
    or c.vacancies_raw is distinct from t.vacancies_raw
    or c.vacancies_today is distinct from t.vacancies_today
