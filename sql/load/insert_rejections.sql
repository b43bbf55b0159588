-- purpose: reject the batch's rows that break a critical rule, each with the first rule it breaks
-- grain: one event
-- key: topic_id, partition, offset
insert into ops.rejection (
    entity,
    stage,
    rejection_class,
    rule_id,
    also_failed,
    severity,
    pointer,
    message_kk,
    message_ru,
    message_en,
    topic_id,
    topic_name,
    partition,
    "offset",
    batch_id,
    event_id,
    source_id,
    source_uri,
    payload_sha256,
    release
)
select
    %(entity)s,
    'load' as stage,
    r.rejection_class,
    r.rule_id,
    s.failures[2:] as also_failed,
    'critical' as severity,
    r.pointer,
    r.message_kk,
    r.message_ru,
    r.message_en,
    s.topic_id,
    o.topic_name,
    s.partition,
    s."offset",
    s.batch_id,
    s.event_id,
    s.source_id,
    u.source_uri,
    s.payload_sha256,
    %(release)s
from stage."{entity}" as s
inner join unnest(
    %(rule_ids)s::text[],
    %(rejection_classes)s::text[],
    %(pointers)s::text[],
    %(messages_kk)s::text[],
    %(messages_ru)s::text[],
    %(messages_en)s::text[]
) as r (rule_id, rejection_class, pointer, message_kk, message_ru, message_en) on s.failures[1] = r.rule_id
inner join ops.landing_offset as o on s.topic_id = o.topic_id and s.partition = o.partition
left join ops.source as u on s.source_id = u.source_id
where s.failures <> '{}' and not s.is_duplicate
order by s.landed_at, s.topic_id, s.partition, s."offset"
