-- purpose: valid certificates with a reason for revocation
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status = 'valid'
    and b.revocation_reason is not null
