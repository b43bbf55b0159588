-- purpose: the rows that mart.course_skill has of the touched courses
-- grain: one skill of one course
-- key: issuer_bin, achievement_code, skill_key
insert into old_course_skill (issuer_bin, achievement_code, skill_key)
select
    m.issuer_bin,
    m.achievement_code,
    m.skill_key
from mart.course_skill as m
inner join touched_course_skill as t
    on m.issuer_bin = t.issuer_bin and m.achievement_code = t.achievement_code and m.skill_key = t.skill_key;
