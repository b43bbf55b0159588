-- purpose: skills and regions of the month of the last refresh, which is the current one no more, and of those that have begun since
-- grain: one skill, region and month
-- key: skill_key, region_code, month_index
insert into touched_skill_demand (skill_key, region_code, month_index)
select distinct
    s.skill_key,
    s.region_code,
    m.month_index
from mart.vacancy_span as s
cross join
    lateral mart.months_until(
        s.months * int4multirange(int4range(mart.month_index(%(as_of_date)s), null)), mart.month_index(%(today)s)
    ) as m (month_index)
on conflict do nothing;
