-- purpose: matches of the 5 people whose skills changed last with a score or a rank outside its limits, or a skill that is both held and missing; all people would take minutes
-- grain: one occupation of one person
-- key: person_key, rank
with latest as (
    select k.person_key
    from mart.person_skill as k
    where k.valid_certificate_count > 0
    order by k.change_seq desc, k.person_key asc
    limit 50
),

asked as (
    select distinct l.person_key
    from latest as l
    order by l.person_key
    limit 5
)

select
    m.person_key,
    m.rank
from asked as a
cross join
    lateral (
        select
            c.person_key,
            c.rank,
            c.match_score,
            c.skills_held,
            c.skills_missing
        from profile.career_match as c
        where c.person_key = a.person_key
    ) as m
where
    m.match_score not between 0 and 1
    or m.rank not between 1 and 10
    or m.skills_held && m.skills_missing
