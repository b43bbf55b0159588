-- purpose: model of mart.occupation_skill: what an occupation calls for, after the reference and after its vacancies of the last 12 months
-- grain: one skill of one touched occupation with a weight of 0.05 or more
-- key: isco_code, skill_key
insert into next_occupation_skill (
    isco_code, skill_key, reference_share, is_essential, vacancy_share, vacancy_count, weight, is_required
)
with occupation as materialized (
    select
        o.occupation_code,
        t.isco_code
    from ref.occupation as o
    inner join touched_occupation as t
        on mart.isco_code(o.scheme, o.occupation_code, %(today)s::date) = t.isco_code
    where
        o.scheme = 'esco'
        and o.valid_from <= %(today)s
        and (o.valid_to is null or %(today)s < o.valid_to)
),

link as materialized (
    select
        o.isco_code,
        o.occupation_code,
        s.relation,
        s.framework,
        s.skill_code
    from occupation as o
    inner join ref.occupation_skill as s on s.scheme = 'esco' and o.occupation_code = s.occupation_code
    where s.valid_from <= %(today)s and (s.valid_to is null or %(today)s < s.valid_to)
),

skill as materialized (
    select
        l.framework,
        l.skill_code,
        mart.skill_key(l.framework, l.skill_code, null) as skill_key
    from (
        select distinct
            k.framework,
            k.skill_code
        from link as k
    ) as l
),

asked as materialized (
    select distinct
        p.isco_code,
        p.chain_id,
        v.skill_key
    from touched_occupation as t
    inner join mart.posting as p on t.isco_code = p.isco_code
    inner join mart.vacancy_span as v on p.source_id = v.source_id and p.vacancy_id = v.vacancy_id
    where p.months && int4range(mart.month_index(%(today)s) - 11, mart.month_index(%(today)s) + 1)
),

-- The row of a group without a skill has its number of occupations, or of chains, that have any.
figure as (
    select
        l.isco_code,
        s.skill_key,
        count(distinct l.occupation_code) as occupations,
        coalesce(bool_or(l.relation = 'essential'), false) as is_essential,
        0 as chains
    from link as l
    inner join skill as s on l.framework = s.framework and l.skill_code = s.skill_code
    group by grouping sets ((l.isco_code, s.skill_key), (l.isco_code))
    union all
    select
        a.isco_code,
        a.skill_key,
        0 as occupations,
        false as is_essential,
        count(distinct a.chain_id) as chains
    from asked as a
    group by grouping sets ((a.isco_code, a.skill_key), (a.isco_code))
),

met as (
    select
        f.isco_code,
        f.skill_key,
        sum(f.occupations) as occupations,
        bool_or(f.is_essential) as is_essential,
        sum(f.chains) as chains
    from figure as f
    group by f.isco_code, f.skill_key
),

compared as (
    select
        m.isco_code,
        m.skill_key,
        m.occupations,
        m.is_essential,
        m.chains,
        max(m.occupations) filter (where m.skill_key is null) over (partition by m.isco_code) as all_occupations,
        max(m.chains) filter (where m.skill_key is null) over (partition by m.isco_code) as all_chains
    from met as m
),

shared as (
    select
        c.isco_code,
        c.skill_key,
        round(c.occupations / nullif(c.all_occupations, 0), 4) as reference_share,
        c.is_essential,
        case when c.all_chains >= 5 then round(c.chains / c.all_chains, 4) end as vacancy_share,
        c.chains as vacancy_count
    from compared as c
    where c.skill_key is not null
),

weighed as (
    select
        s.isco_code,
        s.skill_key,
        s.reference_share,
        s.is_essential,
        s.vacancy_share,
        s.vacancy_count,
        case
            when s.is_essential then 1
            else greatest(coalesce(s.reference_share, 0), coalesce(s.vacancy_share, 0))
        end as weight
    from shared as s
)

select
    w.isco_code,
    w.skill_key,
    w.reference_share,
    w.is_essential,
    w.vacancy_share,
    w.vacancy_count,
    w.weight,
    w.weight >= 0.25 as is_required
from weighed as w
where w.weight >= 0.05;
