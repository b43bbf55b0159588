-- purpose: how far each partition is landed and loaded
-- grain: one partition of one incarnation of a topic
-- key: topic_id, partition
select
    p.topic_name,
    p.entity,
    p.topic_id,
    p.partition,
    p.next_offset,
    p.loaded_offset,
    p.unsettled_count,
    p.held_count,
    p.updated_at
from ops.partition_progress as p
order by p.topic_name, p.updated_at, p.topic_id, p.partition;
