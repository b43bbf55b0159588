-- purpose: declares offsets that hold no event for us, in the transaction that moves past them
-- grain: one run of missing offsets
-- key: topic_id, partition, from_offset
insert into ops.offset_gap (
    topic_id,
    partition,
    from_offset,
    to_offset,
    reason
) values (
    %(topic_id)s,
    %(partition)s,
    %(from_offset)s,
    %(to_offset)s,
    %(reason)s
);
