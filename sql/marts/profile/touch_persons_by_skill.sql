-- purpose: people who had a skill that counts as another now
-- grain: one person token
-- key: person_token
insert into touched_person (person_token)
select distinct p.person_token
from mart.person_skill as k
inner join touched_skill as t on k.skill_key = t.skill_key
inner join mart.person as p on k.person_key = p.person_key
on conflict do nothing;
