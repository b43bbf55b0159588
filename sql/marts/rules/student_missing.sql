-- purpose: people with an enrolment in the history whom the view of students does not have
-- grain: one enrolment
-- key: source_id, enrolment_id
select
    h.source_id,
    h.enrolment_id
from mart.education_history as h
where
    not exists (
        select 1
        from mart.student as s
        where s.person_key = h.person_key
    )
