-- purpose: skills, regions and months that gain by the touched vacancies
-- grain: one skill, region and month
-- key: skill_key, region_code, month_index
insert into touched_skill_demand (skill_key, region_code, month_index)
select distinct
    s.skill_key,
    s.region_code,
    m.month_index
from mart.vacancy_span as s
inner join touched_vacancy as t on s.source_id = t.source_id and s.vacancy_id = t.vacancy_id
cross join lateral mart.months_until(s.months, mart.month_index(%(today)s)) as m (month_index)
on conflict do nothing;
