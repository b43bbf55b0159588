-- purpose: the rows that mart.person_skill has of the touched people
-- grain: one skill of one person
-- key: person_key, skill_key
insert into old_person_skill (person_key, skill_key)
select
    m.person_key,
    m.skill_key
from mart.person_skill as m
inner join mart.person as p on m.person_key = p.person_key
inner join touched_person as t on p.person_token = t.person_token;
