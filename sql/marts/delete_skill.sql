-- purpose: forget skills that nothing names any more, or that count as another
-- grain: one skill
-- key: mart_group, skill_key
delete from mart.skill as s
where
    s.mart_group = %(mart_group)s
    and not exists (
        select 1
        from mart.skill_mention as m
        where m.mart_group = s.mart_group and m.skill_key = s.skill_key
    );
