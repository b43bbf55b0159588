-- purpose: the offsets of a batch
-- grain: one range of one partition
-- key: topic_id, partition, from_offset
select
    g.topic_id,
    g.partition,
    g.from_offset,
    g.to_offset
from ops.batch_range as g
where g.batch_id = %(batch_id)s
order by g.topic_id, g.partition, g.from_offset
