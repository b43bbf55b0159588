-- purpose: bring the counts of the skills of the programmes up to date
-- grain: one skill of one programme
-- key: organisation_bin, programme_code, skill_key
merge into mart.programme_skill as c
using (
    select
        d.organisation_bin,
        d.programme_code,
        d.skill_key,
        sum(d.enrolments)::integer as enrolments
    from programme_skill_delta as d
    group by d.organisation_bin, d.programme_code, d.skill_key
    having sum(d.enrolments) <> 0
) as d
    on
        c.organisation_bin = d.organisation_bin
        and c.programme_code = d.programme_code
        and c.skill_key = d.skill_key
when matched and c.enrolments + d.enrolments = 0 then delete
when matched then
    update set enrolments = c.enrolments + d.enrolments
when not matched then
    insert (organisation_bin, programme_code, skill_key, enrolments)
    values (d.organisation_bin, d.programme_code, d.skill_key, d.enrolments);
