-- purpose: model of mart.skill_mention: every way in which a version of a certificate or vacancy in the batches (null: in all) names a skill
-- grain: one framework, code and name in one group of marts
-- key: mart_group, framework, skill_code, name
insert into mart.skill_mention as m (mart_group, framework, skill_code, name, skill_key)
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
)

select
    %(mart_group)s,
    n.framework,
    n.skill_code,
    n.name,
    mart.skill_key(n.framework, n.skill_code, n.name) as skill_key
from named as n
on conflict (mart_group, framework, skill_code, name) do update
    set skill_key = excluded.skill_key
    where excluded.skill_key is distinct from m.skill_key;
