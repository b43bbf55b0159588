-- purpose: take the spans of the touched people out, and note what the supply loses by it
-- grain: one change
-- key: none
with gone as (
    delete from mart.supply_span as s
    using touched_person as t
    where s.person_token = t.person_token
    returning s.skill_key, s.region_code, s.month_from, s.month_to
)

insert into supply_delta (skill_key, region_code, month_index, people)
select
    g.skill_key,
    g.region_code,
    e.month_index,
    sum(e.people) as people
from gone as g
cross join lateral (values (g.month_from, -1), (g.month_to, 1)) as e (month_index, people)
where e.month_index is not null
group by g.skill_key, g.region_code, e.month_index;
