-- purpose: forget built-in aliases that Arna no longer brings, or whose skill is not in the reference
-- grain: one term
-- key: term
delete from ref.skill_alias as a
where
    a.origin = 'built-in'
    and not exists (
        select 1
        from built_in_alias as b
        inner join ref.skill as s on b.framework = s.framework and b.skill_code = s.skill_code
        where mart.normalise_name(b.term) = a.term and s.valid_to is null
    );
