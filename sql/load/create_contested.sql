-- purpose: the events of the batch that share their id or their version with another one, of the batch or of core
-- grain: one contested event
-- key: position (landing order)
create temporary table contested on commit drop as
with candidate as (
    select
        s.source_id,
        s."{subject}" as subject,
        s.record_version,
        s.event_id,
        s.payload_sha256,
        s.landed_at,
        s.topic_id,
        s.partition,
        s."offset"
    from stage."{entity}" as s
    where not s.is_duplicate and s.failures = '{}'
),

repeated_event as (
    select
        c.source_id,
        c.event_id
    from candidate as c
    group by c.source_id, c.event_id
    having count(*) > 1
),

repeated_version as (
    select
        c.source_id,
        c.subject,
        c.record_version
    from candidate as c
    group by c.source_id, c.subject, c.record_version
    having count(*) > 1
)

select
    c.source_id,
    c.subject,
    c.record_version,
    c.event_id,
    c.payload_sha256,
    c.landed_at,
    c.topic_id,
    c.partition,
    c."offset",
    e.payload_sha256 as core_event_sha256,
    v.landed_at as core_landed_at,
    v.topic_id as core_topic_id,
    v.partition as core_partition,
    v."offset" as core_offset,
    row_number() over (order by c.landed_at, c.topic_id, c.partition, c."offset") as position,
    cast(null as jsonb) as data,
    cast(null as jsonb) as core_data,
    cast(null as text) as outcome
from candidate as c
left join core."{entity}" as e on c.source_id = e.source_id and c.event_id = e.event_id
left join core."{entity}" as v
    on c.source_id = v.source_id and c.subject = v."{subject}" and c.record_version = v.record_version
left join repeated_event as re on c.source_id = re.source_id and c.event_id = re.event_id
left join repeated_version as rv
    on c.source_id = rv.source_id and c.subject = rv.subject and c.record_version = rv.record_version
where
    e.source_id is not null
    or v.source_id is not null
    or re.source_id is not null
    or rv.source_id is not null
