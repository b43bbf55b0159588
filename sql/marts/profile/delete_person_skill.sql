-- purpose: take the rows of the touched people out of mart.person_skill
-- grain: one person
-- key: person_token
delete from mart.person_skill as m
using mart.person as p, touched_person as t
where m.person_key = p.person_key and p.person_token = t.person_token;
