-- purpose: where landing stands, for every incarnation of the topics
-- grain: one partition of one incarnation of a topic
-- key: topic_id, partition
select
    o.topic_id,
    o.partition,
    o.topic_name,
    o.start_offset,
    o.next_offset
from ops.landing_offset as o
where o.topic_name = any(%(topic_names)s)
order by o.topic_name, o.partition, o.topic_id;
