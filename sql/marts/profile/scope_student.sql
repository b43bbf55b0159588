-- purpose: the rows that mart.student has of the touched people
-- grain: one person
-- key: person_key
insert into old_student (person_key)
select m.person_key
from mart.student as m
inner join mart.person as p on m.person_key = p.person_key
inner join touched_person as t on p.person_token = t.person_token;
