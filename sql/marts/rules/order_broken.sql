-- purpose: people whose enrolments are not numbered one by one from 1: by their sum and the sum of their squares, since to count distinct numbers one must sort
-- grain: one person
-- key: person_key
select h.person_key
from mart.education_history as h
group by h.person_key
having
    min(h.sequence_number) <> 1
    or max(h.sequence_number) <> count(*)
    or sum(h.sequence_number) <> count(*) * (count(*) + 1) / 2
    or sum(h.sequence_number * h.sequence_number) <> count(*) * (count(*) + 1) * (2 * count(*) + 1) / 6
