-- purpose: terms that were decided, all or by method (null: every one)
-- grain: one term
-- key: term
select
    t.term,
    t.skill_key,
    t.method,
    t.score::float8 as score,
    t.matched_label
from ref.skill_term as t
where %(methods)s::text[] is null or t.method = any(%(methods)s::text[])
order by t.term;
