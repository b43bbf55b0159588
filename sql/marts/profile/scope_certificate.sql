-- purpose: the rows that mart.certificate has of the touched people
-- grain: one certificate
-- key: source_id, certificate_id
insert into old_certificate (source_id, certificate_id)
select
    m.source_id,
    m.certificate_id
from mart.certificate as m
inner join mart.person as p on m.person_key = p.person_key
inner join touched_person as t on p.person_token = t.person_token;
