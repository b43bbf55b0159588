-- purpose: versions that happened before a lower version of the same subject
-- grain: one event of the batch
-- key: topic_id, partition, offset
-- A first version cannot run back, and most events are one: the rest is joined.
with later as (
    select
        b.source_id,
        b."{subject}" as subject,
        b.record_version,
        b.occurred_at,
        b.topic_id,
        b.partition,
        b."offset"
    from stage."{candidates}" as b
    where b.record_version > 1
)

select
    b.topic_id,
    b.partition,
    b."offset"
from later as b
inner join core."{entity}" as v on b.source_id = v.source_id and b.subject = v."{subject}"
where v.record_version < b.record_version and v.occurred_at > b.occurred_at
union
select
    b.topic_id,
    b.partition,
    b."offset"
from later as b
inner join stage."{candidates}" as o on b.source_id = o.source_id and b.subject = o."{subject}"
where o.record_version < b.record_version and o.occurred_at > b.occurred_at
