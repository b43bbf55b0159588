-- purpose: terms that mean no reference skill, by how many current vacancies and certificates name them
-- grain: one term
-- key: term
with list as (
    select
        v.skills,
        count(*) as vacancies,
        0 as certificates
    from core.vacancy_current as v
    where v.skills <> '[]'
    group by v.skills
    union all
    select
        c.skills,
        0 as vacancies,
        count(*) as certificates
    from core.certification_current as c
    where c.skills <> '[]'
    group by c.skills
),

named as (
    select
        s.skill ->> 'name' as name,
        sum(l.vacancies) as vacancies,
        sum(l.certificates) as certificates
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
    group by s.skill ->> 'name'
),

counted as (
    select
        mart.normalise_name(n.name) as term,
        sum(n.vacancies)::bigint as vacancies,
        sum(n.certificates)::bigint as certificates
    from named as n
    group by mart.normalise_name(n.name)
)

select
    t.term,
    c.vacancies,
    c.certificates,
    t.matched_label as nearest_label,
    t.score::float8 as nearest_score
from ref.skill_term as t
inner join counted as c on t.term = c.term
where t.method = 'none'
order by c.vacancies + c.certificates desc, t.term asc
limit %(row_limit)s;
