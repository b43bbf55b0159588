-- purpose: mark the events of the batch that repeat, byte for byte, an earlier one of the batch or of core
-- grain: one event
-- key: topic_id, partition, offset
with repeated as (
    select
        s.source_id,
        s.event_id,
        s.payload_sha256
    from stage."{entity}" as s
    group by s.source_id, s.event_id, s.payload_sha256
    having count(*) > 1
),

ranked as (
    select
        s.topic_id,
        s.partition,
        s."offset",
        row_number() over (
            partition by s.source_id, s.event_id, s.payload_sha256
            order by s.landed_at, s.topic_id, s.partition, s."offset"
        ) as nth
    from stage."{entity}" as s
    inner join repeated as r
        on s.source_id = r.source_id and s.event_id = r.event_id and s.payload_sha256 = r.payload_sha256
),

said_before as (
    select
        k.topic_id,
        k.partition,
        k."offset"
    from ranked as k
    where k.nth > 1
    union
    select
        s.topic_id,
        s.partition,
        s."offset"
    from stage."{entity}" as s
    inner join core."{entity}" as v
        on s.source_id = v.source_id and s.event_id = v.event_id and s.payload_sha256 = v.payload_sha256
)

update stage."{entity}" as s
set is_duplicate = true
from said_before as d
where s.topic_id = d.topic_id and s.partition = d.partition and s."offset" = d."offset"
