-- purpose: begins to answer for a partition; a lander that was faster has won
-- grain: one partition of one incarnation of a topic
-- key: topic_id, partition
insert into ops.landing_offset (
    topic_id,
    partition,
    topic_name,
    entity,
    start_offset,
    next_offset,
    claimed_offset
) values (
    %(topic_id)s,
    %(partition)s,
    %(topic_name)s,
    %(entity)s,
    %(start_offset)s,
    %(start_offset)s,
    %(start_offset)s
) on conflict (topic_id, partition) do nothing;
