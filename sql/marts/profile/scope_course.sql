-- purpose: the rows that mart.course has of the touched courses
-- grain: one course
-- key: issuer_bin, achievement_code
insert into old_course (issuer_bin, achievement_code)
select
    m.issuer_bin,
    m.achievement_code
from mart.course as m
inner join touched_course as t
    on m.issuer_bin = t.issuer_bin and m.achievement_code = t.achievement_code;
