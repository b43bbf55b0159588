-- purpose: model of mart.pathway: how far the required skills of one occupation go in another
-- grain: one ordered pair of occupations, one of which changed, with a transferability of 0.1 or more
-- key: from_isco_code, to_isco_code
insert into next_pathway (
    from_isco_code, to_isco_code, similarity, transferability, skills_shared, skills_missing
)
with required as materialized (
    select
        s.isco_code,
        s.skill_key,
        s.weight,
        c.isco_code is not null as has_changed
    from mart.occupation_skill as s
    left join changed_occupation as c on s.isco_code = c.isco_code
    where s.is_required
),

occupation as (
    select
        r.isco_code,
        sum(r.weight) as weight,
        array_agg(r.skill_key order by r.weight desc, r.skill_key asc) as skills
    from required as r
    group by r.isco_code
),

both_required as (
    select
        f.isco_code as from_isco_code,
        t.isco_code as to_isco_code,
        t.skill_key,
        f.weight as from_weight,
        t.weight as to_weight
    from required as f
    inner join required as t on f.skill_key = t.skill_key and f.isco_code <> t.isco_code
    where f.has_changed
    union all
    select
        f.isco_code as from_isco_code,
        t.isco_code as to_isco_code,
        t.skill_key,
        f.weight as from_weight,
        t.weight as to_weight
    from required as t
    inner join required as f on t.skill_key = f.skill_key and t.isco_code <> f.isco_code
    where t.has_changed and not f.has_changed
),

pair as (
    select
        b.from_isco_code,
        b.to_isco_code,
        sum(least(b.from_weight, b.to_weight)) as lesser_weight,
        sum(b.to_weight) as shared_weight,
        array_agg(b.skill_key order by b.to_weight desc, b.skill_key asc) as skills_shared
    from both_required as b
    group by b.from_isco_code, b.to_isco_code
)

select
    p.from_isco_code,
    p.to_isco_code,
    round(p.lesser_weight / (f.weight + t.weight - p.lesser_weight), 4) as similarity,
    round(p.shared_weight / t.weight, 4) as transferability,
    p.skills_shared,
    m.skills as skills_missing
from pair as p
inner join occupation as f on p.from_isco_code = f.isco_code
inner join occupation as t on p.to_isco_code = t.isco_code
cross join
    lateral (
        select coalesce(array_agg(s.skill_key order by s.position), '{}') as skills
        from unnest(t.skills) with ordinality as s (skill_key, position)
        where s.skill_key <> all(p.skills_shared)
    ) as m
where p.shared_weight >= 0.1 * t.weight;
