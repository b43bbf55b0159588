-- purpose: bring the counts of the courses up to date
-- grain: one skill of one course
-- key: issuer_bin, achievement_code, skill_key
merge into mart.course_count as c
using (
    select
        d.issuer_bin,
        d.achievement_code,
        d.skill_key,
        sum(d.people_certified)::integer as people_certified,
        sum(d.people_valid)::integer as people_valid
    from course_delta as d
    where d.skill_key is not null
    group by d.issuer_bin, d.achievement_code, d.skill_key
    having sum(d.people_certified) <> 0 or sum(d.people_valid) <> 0
) as d
    on
        c.issuer_bin = d.issuer_bin
        and c.achievement_code = d.achievement_code
        and c.skill_key = d.skill_key
when matched and c.people_certified + d.people_certified = 0 then delete
when matched then
    update set
        people_certified = c.people_certified + d.people_certified,
        people_valid = c.people_valid + d.people_valid
when not matched then
    insert (issuer_bin, achievement_code, skill_key, people_certified, people_valid)
    values (d.issuer_bin, d.achievement_code, d.skill_key, d.people_certified, d.people_valid);
