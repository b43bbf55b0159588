-- purpose: take the spans of the touched vacancies out, and note the skills, regions and months that lose by it
-- grain: one skill, region and month
-- key: skill_key, region_code, month_index
with gone as (
    delete from mart.vacancy_span as s
    using touched_vacancy as t
    where s.source_id = t.source_id and s.vacancy_id = t.vacancy_id
    returning s.skill_key, s.region_code, s.months
)

insert into touched_skill_demand (skill_key, region_code, month_index)
select distinct
    g.skill_key,
    g.region_code,
    m.month_index
from gone as g
cross join lateral mart.months_until(g.months, mart.month_index(%(today)s)) as m (month_index);
