-- purpose: what the terms were last decided with, and what the reference is now
-- grain: one row
-- key: none
select
    s.load_id,
    s.matcher_version,
    s.revision,
    (
        select coalesce(max(l.load_id), 0) from ref.load as l
        where l.relation_name in ('ref.skill', 'ref.skill_label', 'ref.skill_alias')
    ) as latest_load_id
from ref.skill_state as s;
