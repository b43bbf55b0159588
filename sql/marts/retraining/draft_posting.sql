-- purpose: what mart.posting is made of, for the touched vacancies that have no draft yet
-- grain: one vacancy
-- key: source_id, vacancy_id
insert into posting_draft (
    source_id, vacancy_id, replaces_vacancy_id, employer_id, title_key, region_code, isco_code, text_sha256,
    published_on, occurred_at, open_days, openings, salary_month_kzt, skills
)
with vacancy as materialized (
    select
        v.source_id,
        v.vacancy_id,
        nullif(v.replaces_vacancy_id, v.vacancy_id) as replaces_vacancy_id,
        v.employer_id,
        v.title,
        case when v.is_remote then '00' else coalesce(r.region_code, 'ZZ') end as region_code,
        v.occupation_scheme,
        v.occupation_code,
        v.employment_type,
        v.education_level,
        v.experience_months,
        v.language_code,
        v.openings,
        v.salary_min,
        v.salary_max,
        v.salary_currency_code,
        v.salary_period,
        v.is_salary_gross,
        v.skills,
        v.published_on,
        v.valid_through,
        v.occurred_at,
        v.record_version > 1 or v.status <> 'open' as has_history
    from core.vacancy_current as v
    inner join touched_vacancy as t on v.source_id = t.source_id and v.vacancy_id = t.vacancy_id
    left join ref.region as r on left(v.kato_code, 2) = r.region_code
    where
        not exists (
            select 1
            from posting_draft as d
            where d.source_id = v.source_id and d.vacancy_id = v.vacancy_id
        )
),

version as (
    select
        h.source_id,
        h.vacancy_id,
        h.status,
        mart.local_date(h.occurred_at) + 1 as from_date,
        mart.local_date(
            lead(h.occurred_at) over (partition by h.source_id, h.vacancy_id order by h.record_version asc)
        ) as to_date
    from core.vacancy as h
    inner join vacancy as v on h.source_id = v.source_id and h.vacancy_id = v.vacancy_id
    where v.has_history
),

-- A closed vacancy was still open on the day of its closing.
pause as materialized (
    select
        h.source_id,
        h.vacancy_id,
        range_agg(mart.day_span(h.from_date, h.to_date)) as days
    from version as h
    where h.status <> 'open'
    group by h.source_id, h.vacancy_id
),

list as materialized (
    select
        l.skills,
        (
            select jsonb_agg(distinct n.name order by n.name)
            from (
                select mart.normalise_name(s.skill ->> 'name') as name
                from jsonb_array_elements(l.skills) as s (skill)
            ) as n
        ) as names
    from (select distinct v.skills from vacancy as v) as l
),

occupation as materialized (
    select
        o.occupation_scheme,
        o.occupation_code,
        mart.isco_code(o.occupation_scheme, o.occupation_code, %(today)s::date) as isco_code
    from (
        select distinct
            v.occupation_scheme,
            v.occupation_code
        from vacancy as v
        where v.occupation_code is not null
    ) as o
)

select
    v.source_id,
    v.vacancy_id,
    v.replaces_vacancy_id,
    v.employer_id,
    coalesce(mart.normalise_name(v.title), '') as title_key,
    v.region_code,
    o.isco_code,
    sha256(convert_to(
        jsonb_build_array(
            l.names, v.employment_type, v.education_level, v.experience_months, trim_scale(v.salary_min),
            trim_scale(v.salary_max), v.salary_currency_code, v.salary_period, v.is_salary_gross, v.language_code
        )::text,
        'UTF8'
    )) as text_sha256,
    v.published_on,
    v.occurred_at,
    mart.day_span(v.published_on, v.valid_through + 1) - coalesce(p.days, '{}'::datemultirange) as open_days,
    v.openings,
    case
        when v.salary_currency_code = 'KZT' and v.salary_period in ('month', 'year')
            then
                round(
                    (coalesce(v.salary_min, v.salary_max) + coalesce(v.salary_max, v.salary_min))
                    / case v.salary_period when 'year' then 24 else 2 end,
                    2
                )
    end as salary_month_kzt,
    v.skills
from vacancy as v
inner join list as l on v.skills = l.skills
left join occupation as o on v.occupation_scheme = o.occupation_scheme and v.occupation_code = o.occupation_code
left join pause as p on v.source_id = p.source_id and v.vacancy_id = p.vacancy_id;
