-- purpose: what the supply gains by the spans of the touched people
-- grain: one change
-- key: none
insert into supply_delta (skill_key, region_code, month_index, people)
select
    s.skill_key,
    s.region_code,
    e.month_index,
    sum(e.people) as people
from mart.supply_span as s
inner join touched_person as t on s.person_token = t.person_token
cross join lateral (values (s.month_from, 1), (s.month_to, -1)) as e (month_index, people)
where e.month_index is not null
group by s.skill_key, s.region_code, e.month_index;
