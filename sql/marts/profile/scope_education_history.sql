-- purpose: the rows that mart.education_history has of the touched people
-- grain: one enrolment
-- key: source_id, enrolment_id
insert into old_education_history (source_id, enrolment_id)
select
    m.source_id,
    m.enrolment_id
from mart.education_history as m
inner join mart.person as p on m.person_key = p.person_key
inner join touched_person as t on p.person_token = t.person_token;
