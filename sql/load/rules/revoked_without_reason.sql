-- purpose: revoked certificates without a reason
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status = 'revoked'
    and b.revocation_reason is null
