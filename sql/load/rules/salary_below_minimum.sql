-- purpose: full-time salaries below the minimum wage of 85,000 tenge a month
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.employment_type = 'full_time'
    and b.salary_currency_code = 'KZT'
    and b.salary_period = 'month'
    and coalesce(b.salary_max, b.salary_min) < 85000
