-- purpose: say how far the benchmark's events have landed
-- grain: one topic partition
-- key: topic_id, partition
insert into ops.landing_offset (topic_id, partition, topic_name, entity, start_offset, next_offset, claimed_offset)
values (%(topic_id)s, %(partition)s, %(topic_name)s, %(entity)s, 0, %(next_offset)s, 0)
