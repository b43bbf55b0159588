-- purpose: names of skills in the batches (null: in all of core) that were not decided yet; a code of a shared framework needs no name
-- grain: one term
-- key: term
with list as (
    select c.skills
    from core.certification as c
    where %(batch_ids)s::bigint[] is null or c.batch_id = any(%(batch_ids)s::bigint[])
    union
    select v.skills
    from core.vacancy as v
    where %(batch_ids)s::bigint[] is null or v.batch_id = any(%(batch_ids)s::bigint[])
),

sent as (
    select distinct s.skill ->> 'name' as name
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
    where
        coalesce(s.skill ->> 'framework', '') not in ('esco', 'onet')
        or nullif(trim(s.skill ->> 'code'), '') is null
),

normalised as (
    select distinct mart.normalise_name(s.name) as term
    from sent as s
)

select n.term
from normalised as n
where
    n.term is not null
    and not exists (
        select 1
        from ref.skill_term as t
        where t.term = n.term
    )
order by n.term;
