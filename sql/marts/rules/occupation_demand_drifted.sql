-- purpose: figures of this month's demand by occupation that differ from the vacancies behind them
-- grain: one occupation and region
-- key: isco_code, region_code
with present as (
    select
        mart.month_index(s.as_of_date) as month_index,
        date_trunc('month', s.as_of_date)::date as month
    from ops.mart_state as s
    where s.mart_group = '{group}'
),

counted as (
    select
        coalesce(g.isco_code, 'unknown') as isco_code,
        g.region_code,
        count(*) filter (where g.counted_months @> p.month_index) as vacancies,
        count(*) as vacancies_raw,
        count(*) filter (where g.is_counted_today) as vacancies_today
    from mart.posting as g
    inner join present as p on g.months @> p.month_index
    group by coalesce(g.isco_code, 'unknown'), g.region_code
),

told as (
    select
        d.isco_code,
        d.region_code,
        d.vacancies,
        d.vacancies_raw,
        d.vacancies_today
    from mart.occupation_demand as d
    inner join present as p on d.month = p.month
)

select
    coalesce(c.isco_code, t.isco_code) as isco_code,
    coalesce(c.region_code, t.region_code) as region_code
from counted as c
full join told as t on c.isco_code = t.isco_code and c.region_code = t.region_code
where
    c.vacancies is distinct from t.vacancies
    or c.vacancies_raw is distinct from t.vacancies_raw
    or c.vacancies_today is distinct from t.vacancies_today
