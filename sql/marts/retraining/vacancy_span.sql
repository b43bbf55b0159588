-- purpose: model of mart.vacancy_span: months in which a vacancy asked for a skill, and those for which it counts in its chain
-- grain: one skill of one published vacancy
-- key: source_id, vacancy_id, skill_key
insert into mart.vacancy_span (
    source_id, vacancy_id, skill_key, region_code, chain_id, employer_id, openings, months, counted_months,
    is_counted_today
)
with list as materialized (
    select distinct d.skills
    from posting_draft as d
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
        p.source_id,
        p.vacancy_id,
        a.skill_key,
        p.region_code,
        p.chain_id,
        n.node,
        p.employer_id,
        p.openings,
        p.months,
        p.open_days @> %(today)s::date as is_open_today
    from posting_draft as d
    inner join asked as a on d.skills = a.skills
    inner join chain_node as n on d.source_id = n.source_id and d.vacancy_id = n.vacancy_id
    inner join mart.posting as p on d.source_id = p.source_id and d.vacancy_id = p.vacancy_id
    where a.skill_key is not null and not isempty(p.months)
)

select
    p.source_id,
    p.vacancy_id,
    p.skill_key,
    p.region_code,
    p.chain_id,
    p.employer_id,
    p.openings,
    p.months,
    p.months - coalesce(range_agg(p.months) over later, '{}'::int4multirange) as counted_months,
    p.is_open_today and not coalesce(bool_or(p.is_open_today) over later, false) as is_counted_today
from posting as p
window later as (
    partition by p.chain_id, p.skill_key
    order by p.node desc
    rows between unbounded preceding and 1 preceding
);
