-- purpose: what was decided of a term
-- grain: one term
-- key: term
select
    t.term,
    t.skill_key,
    t.method,
    t.score::float8 as score,
    t.matched_label,
    t.decided_at,
    t.matcher_version
from ref.skill_term as t
where t.term = %(term)s;
