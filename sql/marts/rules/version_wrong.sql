-- purpose: records with no current version, with several, or with one that is not the highest
-- grain: one version that shows it
-- key: none
with repeated as (
    -- A hash groups faster than the key; what it throws together is told apart below.
    select hashtextextended(v."{second}", v."{first}") as record_hash
    from "{schema}"."{relation}" as v
    where v.is_current
    group by hashtextextended(v."{second}", v."{first}")
    having count(*) > 1
),

several as (
    select
        v."{first}",
        v."{second}"
    from "{schema}"."{relation}" as v
    inner join repeated as r on hashtextextended(v."{second}", v."{first}") = r.record_hash
    where v.is_current
)

select
    s."{first}" as source_id,
    s."{second}" as record_id
from several as s
group by s."{first}", s."{second}"
having count(*) > 1
union all
select
    o."{first}" as source_id,
    o."{second}" as record_id
from "{schema}"."{relation}" as o
where
    not o.is_current
    and not exists (
        select 1
        from "{schema}"."{relation}" as c
        where
            c."{first}" = o."{first}"
            and c."{second}" = o."{second}"
            and c.is_current
            and c.record_version > o.record_version
    )
