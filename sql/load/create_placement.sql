-- purpose: where the accepted events stand among the versions of their subject, for subjects with more than one
-- grain: one event
-- key: topic_id, partition, offset
-- It is a step of its own: an insert into core that reads core would read again and again the pages it is filling.
create temporary table placement on commit drop as
with accepted as (
    select
        s.source_id,
        s."{subject}" as subject,
        s.record_version,
        s.landed_at,
        s.topic_id,
        s.partition,
        s."offset"
    from stage."{entity}" as s
    where not s.is_duplicate and s.failures = '{}'
),

repeated_subject as (
    select
        a.source_id,
        a.subject
    from accepted as a
    group by a.source_id, a.subject
    having count(*) > 1
),

ranked as (
    select
        a.topic_id,
        a.partition,
        a."offset",
        max(a.record_version) over (partition by a.source_id, a.subject) as highest_version,
        max(a.record_version) over (
            partition by a.source_id, a.subject
            order by a.landed_at, a.topic_id, a.partition, a."offset"
            rows between unbounded preceding and 1 preceding
        ) as highest_before
    from accepted as a
    inner join repeated_subject as r on a.source_id = r.source_id and a.subject = r.subject
)

select
    a.source_id,
    a.subject,
    a.record_version,
    a.landed_at,
    a.topic_id,
    a.partition,
    a."offset",
    case
        when k.highest_before > a.record_version then 'superseded'
        when
            v.record_version > a.record_version
            and exists (
                select 1
                from core."{entity}" as h
                where
                    h.source_id = a.source_id
                    and h."{subject}" = a.subject
                    and h.record_version > a.record_version
                    and (h.landed_at, h.topic_id, h.partition, h."offset") < (a.landed_at, a.topic_id, a.partition, a."offset")
            )
            then 'superseded'
        else 'loaded'
    end as arrival,
    a.record_version = coalesce(k.highest_version, a.record_version)
    and a.record_version > coalesce(v.record_version, 0) as is_current
from accepted as a
left join ranked as k on a.topic_id = k.topic_id and a.partition = k.partition and a."offset" = k."offset"
left join core."{entity}" as v on v.is_current and a.source_id = v.source_id and a.subject = v."{subject}"
where k.topic_id is not null or v.source_id is not null
