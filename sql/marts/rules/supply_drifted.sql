-- purpose: figures of this month's supply that differ from the people behind them; they are kept by differences
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
        count(*) as people
    from mart.supply_span as s
    inner join present as p
        on s.month_from <= p.month_index and (s.month_to is null or s.month_to > p.month_index)
    group by s.skill_key, s.region_code
),

told as (
    select
        d.skill_key,
        d.region_code,
        d.people
    from mart.skill_supply as d
    inner join present as p on d.month = p.month
)

select
    coalesce(c.skill_key, t.skill_key) as skill_key,
    coalesce(c.region_code, t.region_code) as region_code
from counted as c
full join told as t on c.skill_key = t.skill_key and c.region_code = t.region_code
where c.people is distinct from t.people
