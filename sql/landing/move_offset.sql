-- purpose: moves a partition's next offset by compare-and-set; no row touched means somebody else moved it
-- grain: one partition of one incarnation of a topic
-- key: topic_id, partition
update ops.landing_offset
set
    next_offset = %(next_offset)s,
    updated_at = now()
where
    topic_id = %(topic_id)s
    and partition = %(partition)s
    and next_offset = %(expected_offset)s;
