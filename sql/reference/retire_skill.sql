-- purpose: mark skills that the framework no longer lists
-- grain: one skill
-- key: framework, skill_code
update ref.skill as k
set retired_on = %(effective_on)s
where
    k.framework = %(scheme)s
    and k.retired_on is null
    and not exists (
        select 1
        from reference_stage as s
        where s.code = k.skill_code
    );
