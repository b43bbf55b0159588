-- purpose: model of mart.vacancy_span: months in which a vacancy was open, and those for which it counts in its chain of reposts
-- grain: one skill of one vacancy
-- key: source_id, vacancy_id, skill_key
insert into mart.vacancy_span (
    source_id, vacancy_id, skill_key, region_code, chain_id, openings, months, counted_months
)
with recursive vacancy as materialized (
    select
        v.source_id,
        v.vacancy_id,
        nullif(v.replaces_vacancy_id, v.vacancy_id) as replaces_vacancy_id,
        case when v.is_remote then '00' else coalesce(r.region_code, 'ZZ') end as region_code,
        v.openings,
        v.skills,
        v.published_on,
        v.valid_through,
        v.occurred_at,
        v.record_version > 1 or v.status <> 'open' as has_history
    from core.vacancy_current as v
    inner join touched_vacancy as t on v.source_id = t.source_id and v.vacancy_id = t.vacancy_id
    left join ref.region as r on left(v.kato_code, 2) = r.region_code
),

ancestor as (
    select
        v.source_id,
        v.vacancy_id,
        v.replaces_vacancy_id as ancestor_id
    from vacancy as v
    where v.replaces_vacancy_id is not null
    union
    select
        a.source_id,
        a.vacancy_id,
        v.replaces_vacancy_id as ancestor_id
    from ancestor as a
    inner join vacancy as v
        on a.source_id = v.source_id and a.ancestor_id = v.vacancy_id and v.replaces_vacancy_id is not null
),

-- The first of the chain is the ancestor that replaces nothing; where vacancies replace each other in a circle,
-- it is the one of the circle with the least id.
chain as materialized (
    select
        a.source_id,
        a.vacancy_id,
        coalesce(
            min(a.ancestor_id) filter (where v.replaces_vacancy_id is null),
            min(a.ancestor_id) filter (where o.vacancy_id is not null)
        ) as chain_id
    from ancestor as a
    left join vacancy as v on a.source_id = v.source_id and a.ancestor_id = v.vacancy_id
    left join ancestor as o
        on a.source_id = o.source_id and a.ancestor_id = o.vacancy_id and o.ancestor_id = o.vacancy_id
    group by a.source_id, a.vacancy_id
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

open as materialized (
    select
        v.source_id,
        v.vacancy_id,
        v.region_code,
        v.openings,
        v.skills,
        v.published_on,
        v.occurred_at,
        coalesce(c.chain_id, v.vacancy_id) as chain_id,
        mart.month_span(
            mart.day_span(v.published_on, v.valid_through + 1) - coalesce(p.days, '{}'::datemultirange)
        ) as months
    from vacancy as v
    left join chain as c on v.source_id = c.source_id and v.vacancy_id = c.vacancy_id
    left join pause as p on v.source_id = p.source_id and v.vacancy_id = p.vacancy_id
    where v.skills <> '[]' and v.published_on <= %(today)s
),

list as materialized (
    select distinct o.skills
    from open as o
),

asked as materialized (
    select distinct
        l.skills,
        mart.skill_key(s.skill ->> 'framework', s.skill ->> 'code', s.skill ->> 'name') as skill_key
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
),

posting as (
    select
        o.source_id,
        o.vacancy_id,
        a.skill_key,
        o.region_code,
        o.chain_id,
        o.openings,
        o.months,
        range_agg(o.months) over (
            partition by o.source_id, o.chain_id, a.skill_key
            order by o.published_on desc, o.occurred_at desc, o.vacancy_id desc
            rows between unbounded preceding and 1 preceding
        ) as later_months
    from open as o
    inner join asked as a on o.skills = a.skills
    where a.skill_key is not null and not isempty(o.months)
)

select
    p.source_id,
    p.vacancy_id,
    p.skill_key,
    p.region_code,
    p.chain_id,
    p.openings,
    p.months,
    p.months - coalesce(p.later_months, '{}'::int4multirange) as counted_months
from posting as p;
