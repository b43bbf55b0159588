-- purpose: reject every event of a batch that is not settled yet, for one reason
-- grain: one event
-- key: topic_id, partition, offset
insert into ops.rejection (
    entity,
    stage,
    rejection_class,
    rule_id,
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
    %(rejection_class)s,
    %(rule_id)s,
    'critical' as severity,
    '' as pointer,
    %(message_kk)s,
    %(message_ru)s,
    %(message_en)s,
    r.topic_id,
    o.topic_name,
    r.partition,
    r."offset",
    %(batch_id)s,
    r.event_id,
    r.source_id,
    u.source_uri,
    r.payload_sha256,
    %(release)s
from raw."{entity}" as r
inner join ops.landing_offset as o on r.topic_id = o.topic_id and r.partition = o.partition
left join ops.source as u on r.source_id = u.source_id
where
    r.topic_id = %(topic_id)s
    and r.partition = %(partition)s
    and r."offset" >= %(from_offset)s
    and r."offset" < %(to_offset)s
    and not exists (
        select 1
        from ops.rejection as x
        where x.topic_id = r.topic_id and x.partition = r.partition and x."offset" = r."offset"
    )
order by r.landed_at, r."offset"
