-- purpose: one student to show: most skills first, then the key, so that a second demo shows the same one
-- grain: one person
-- key: person_key
with held as (
    select
        k.person_key,
        array_agg(k.skill_name order by k.skill_name) as skills
    from profile.skill as k
    where k.is_held
    group by k.person_key
)

select
    s.person_key::text as person_key,
    s.organisation_kind,
    coalesce(s.programme_name_en, s.programme_name_ru, s.programme_name_kk) as programme_name,
    s.isced_level,
    s.language_code,
    s.region_name_en,
    s.status,
    s.progress_percent,
    h.skills,
    (
        select count(*)
        from profile.certificate as c
        where c.person_key = s.person_key and c.status = 'valid'
    ) as valid_certificates
from profile.student as s
inner join held as h on s.person_key = h.person_key
where s.is_studying
order by cardinality(h.skills) desc, s.person_key asc
limit 1;
