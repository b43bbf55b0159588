-- purpose: model of mart.skill: every skill that a version of a certificate or vacancy in the batches (null: in all) names
-- grain: one skill in one group of marts
-- key: mart_group, skill_key
insert into mart.skill as m (mart_group, skill_key, framework, skill_code, name)
with list as (
    select c.skills
    from core.certification as c
    where %(batch_ids)s::bigint[] is null or c.batch_id = any(%(batch_ids)s::bigint[])
    union
    select v.skills
    from core.vacancy as v
    where
        %(mart_group)s = 'retraining'
        and (%(batch_ids)s::bigint[] is null or v.batch_id = any(%(batch_ids)s::bigint[]))
),

named as (
    select distinct
        s.skill ->> 'framework' as framework,
        s.skill ->> 'code' as skill_code,
        s.skill ->> 'name' as name
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
),

keyed as (
    select
        mart.skill_key(n.framework, n.skill_code, n.name) as skill_key,
        n.name
    from named as n
)

select
    %(mart_group)s,
    k.skill_key,
    case
        when k.skill_key ~ '^(esco|onet):' then split_part(k.skill_key, ':', 1)
        else 'local'
    end as framework,
    case
        when k.skill_key ~ '^(esco|onet):' then substr(k.skill_key, 6)
        else min(r.skill_code)
    end as skill_code,
    min(coalesce(k.name, k.skill_key) collate "C") as name
from keyed as k
left join ref.skill as r on k.skill_key = r.framework || ':' || r.skill_code
where k.skill_key is not null
group by k.skill_key
order by k.skill_key
on conflict (mart_group, skill_key) do update
    set name = excluded.name
    where excluded.name collate "C" < m.name collate "C";
