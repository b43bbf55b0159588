-- purpose: people who had a skill that counts as another now
-- grain: one person token
-- key: person_token
insert into touched_person (person_token)
select distinct s.person_token
from mart.supply_span as s
inner join touched_skill as t on s.skill_key = t.skill_key
on conflict do nothing;
