-- purpose: occupations and regions of the month of the last refresh, which is the current one no more, and of those that have begun since
-- grain: one occupation, region and month
-- key: isco_code, region_code, month_index
insert into touched_occupation_demand (isco_code, region_code, month_index)
select distinct
    coalesce(p.isco_code, 'unknown') as isco_code,
    p.region_code,
    m.month_index
from mart.posting as p
cross join
    lateral mart.months_until(
        p.months * int4multirange(int4range(mart.month_index(%(as_of_date)s), null)), mart.month_index(%(today)s)
    ) as m (month_index)
on conflict do nothing;
