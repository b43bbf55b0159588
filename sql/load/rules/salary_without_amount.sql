-- purpose: salaries with a currency and no amount
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.salary_currency_code is not null
    and b.salary_min is null
    and b.salary_max is null
