-- purpose: currencies that ISO 4217 does not have
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.salary_currency_code is not null
    and not exists (
        select 1
        from ref.currency as r
        where r.currency_code = b.salary_currency_code
    )
