-- purpose: skills of courses that mart.course does not have; the readers' view would lose them
-- grain: one skill of one course
-- key: issuer_bin, achievement_code, skill_key
select
    k.issuer_bin,
    k.achievement_code,
    k.skill_key
from mart.course_skill as k
where
    not exists (
        select 1
        from mart.course as c
        where c.issuer_bin = k.issuer_bin and c.achievement_code = k.achievement_code
    )
