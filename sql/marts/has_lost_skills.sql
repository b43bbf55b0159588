-- purpose: whether something counts now that had no key before, so that only a rebuild finds it
-- grain: one row
-- key: none
select exists(
    select 1
    from touched_skill as t
    where t.skill_key = ''
) as has_lost;
