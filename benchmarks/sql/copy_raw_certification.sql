-- purpose: land certifications for the load benchmark
-- grain: one event
-- key: topic_id, partition, offset
copy raw.certification (
    topic_id,
    partition,
    "offset",
    event_id,
    source_id,
    subject,
    action,
    record_version,
    occurred_at,
    payload_sha256,
    data
) from stdin
