-- purpose: courses of the touched people, as they were and as they are
-- grain: one course
-- key: issuer_bin, achievement_code
insert into touched_course (issuer_bin, achievement_code)
select distinct
    d.issuer_bin,
    d.achievement_code
from course_delta as d;
