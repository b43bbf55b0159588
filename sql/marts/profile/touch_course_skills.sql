-- purpose: skills of the courses of the touched people, as they were and as they are, and those that by today's date are offered no longer
-- grain: one skill of one course
-- key: issuer_bin, achievement_code, skill_key
insert into touched_course_skill (issuer_bin, achievement_code, skill_key)
select
    d.issuer_bin,
    d.achievement_code,
    d.skill_key
from course_delta as d
where d.skill_key is not null
union
select
    c.issuer_bin,
    c.achievement_code,
    c.skill_key
from mart.course_skill as c
where c.is_offered <> (c.last_awarded_on > (%(today)s::date - interval '24 months')::date);
