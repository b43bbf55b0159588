-- purpose: one alias
-- grain: one term
-- key: term
select
    a.term,
    a.skill_key,
    a.origin
from ref.skill_alias as a
where a.term = %(term)s;
