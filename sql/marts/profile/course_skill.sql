-- purpose: model of mart.course_skill: how many people a course has certified for a skill, and from when to when
-- grain: one skill of one course
-- key: issuer_bin, achievement_code, skill_key
insert into next_course_skill (
    issuer_bin, achievement_code, skill_key, people_certified, people_valid, is_suppressed, first_awarded_on,
    last_awarded_on, is_offered
)
select
    c.issuer_bin,
    c.achievement_code,
    c.skill_key,
    case when c.people_certified >= 5 then c.people_certified end as people_certified,
    case when c.people_valid >= 5 then c.people_valid end as people_valid,
    least(c.people_certified, c.people_valid) < 5 as is_suppressed,
    f.awarded_on as first_awarded_on,
    l.awarded_on as last_awarded_on,
    l.awarded_on > (%(today)s::date - interval '24 months')::date as is_offered
from touched_course_skill as t
inner join mart.course_count as c
    on t.issuer_bin = c.issuer_bin and t.achievement_code = c.achievement_code and t.skill_key = c.skill_key
cross join
    lateral (
        select m.awarded_on
        from mart.certificate as m
        where
            m.issuer_bin = c.issuer_bin
            and m.achievement_code = c.achievement_code
            and m.status <> 'revoked'
            and c.skill_key = any(m.skill_keys)
        order by m.awarded_on
        limit 1
    ) as f
cross join
    lateral (
        select m.awarded_on
        from mart.certificate as m
        where
            m.issuer_bin = c.issuer_bin
            and m.achievement_code = c.achievement_code
            and m.status <> 'revoked'
            and c.skill_key = any(m.skill_keys)
        order by m.awarded_on desc
        limit 1
    ) as l;
