-- purpose: courses that show a count of fewer than 5 people, or withhold one without saying so
-- grain: one skill of one course
-- key: issuer_bin, achievement_code, skill_key
select
    k.issuer_bin,
    k.achievement_code,
    k.skill_key
from mart.course_skill as k
where
    k.people_certified between 0 and 4
    or k.people_valid between 0 and 4
    or num_nulls(k.people_certified, k.people_valid) > 0 and not k.is_suppressed
