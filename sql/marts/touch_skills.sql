-- purpose: keys under which skills counted that mean something else now; a name that had no key cannot be found by it, and is told as an empty one
-- grain: one key of the last refresh
-- key: skill_key
insert into touched_skill (skill_key)
select distinct coalesce(m.skill_key, '') as skill_key
from mart.skill_mention as m
where
    m.mart_group = %(mart_group)s
    and m.skill_key is distinct from mart.skill_key(m.framework, m.skill_code, m.name);
