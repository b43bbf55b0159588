-- purpose: tell the marts that a term means another skill now
-- grain: one row
-- key: none
update ref.skill_state as s
set revision = s.revision + 1
where s.is_single;
