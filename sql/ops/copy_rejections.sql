-- purpose: store refused messages; columns as in arna.rejections.REJECTION_COLUMNS
-- grain: one Kafka offset
-- key: topic_id, partition, offset
copy ops.rejection (
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
    payload_encrypted,
    key_id,
    payload_sha256,
    release,
    rejected_at
) from stdin;
