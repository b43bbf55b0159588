-- purpose: take the touched people out of mart.person; after everything that is found through it
-- grain: one person
-- key: person_token
delete from mart.person as p
using touched_person as t
where p.person_token = t.person_token;
