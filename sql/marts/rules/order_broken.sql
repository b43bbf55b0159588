-- purpose: people whose enrolments are not numbered one by one from 1
-- grain: one person
-- key: person_key
select h.person_key
from mart.education_history as h
group by h.person_key
having
    min(h.sequence_number) <> 1
    or max(h.sequence_number) <> count(*)
    or count(distinct h.sequence_number) <> count(*)
