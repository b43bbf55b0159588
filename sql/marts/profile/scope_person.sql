-- purpose: the rows that mart.person has of the touched people; last, since the other tables of the group are found through them
-- grain: one person
-- key: person_key
insert into old_person (person_key)
select p.person_key
from mart.person as p
inner join touched_person as t on p.person_token = t.person_token;
