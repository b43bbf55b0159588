-- purpose: the stored hash of each message of one partition, to compare with Kafka (invariant C4)
-- grain: one Kafka offset
-- key: offset
select
    r."offset",
    r.payload_sha256
from raw."{entity}" as r
where
    r.topic_id = %(topic_id)s
    and r.partition = %(partition)s
    and r."offset" >= %(from_offset)s
    and r."offset" < %(to_offset)s
union all
select
    j."offset",
    j.payload_sha256
from ops.rejection as j
where
    j.stage = 'landing'
    and j.topic_id = %(topic_id)s
    and j.partition = %(partition)s
    and j."offset" >= %(from_offset)s
    and j."offset" < %(to_offset)s;
