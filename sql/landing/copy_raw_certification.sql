-- purpose: lands certification events straight in the month's partition, which saves the server the choice; the columns stand in the order in which consumers/rows.py packs them
-- grain: one Kafka offset
-- key: topic_id, partition, offset (landed_at: start of the transaction, by default)
copy raw."{partition}" (
    topic_id,
    partition,
    "offset",
    event_id,
    source_id,
    record_version,
    occurred_at,
    payload_sha256,
    subject,
    action,
    data
) from stdin (format binary); -- noqa: PRS
