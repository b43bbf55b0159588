-- purpose: take the certificates of the touched people out of mart.certificate
-- grain: one person
-- key: person_token
delete from mart.certificate as m
using mart.person as p, touched_person as t
where m.person_key = p.person_key and p.person_token = t.person_token;
