-- purpose: remember what the terms were decided with; the marts look at the revision
-- grain: one row
-- key: none
update ref.skill_state as s
set
    load_id = %(load_id)s,
    matcher_version = %(matcher_version)s,
    revision = s.revision + 1
where s.is_single;
