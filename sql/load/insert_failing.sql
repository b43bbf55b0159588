-- purpose: gather the rows that Great Expectations' own query calls unexpected; it stands in place of the inner select
-- grain: one failing row of one rule
-- key: position, topic_id, partition, offset
with gathered as (
    insert into failing (rule_id, is_critical, position, topic_id, partition, "offset")
    select distinct
        %(rule_id)s::text as rule_id,
        %(is_critical)s::boolean as is_critical,
        %(position)s::integer as position,
        u.topic_id,
        u.partition,
        u."offset"
    from (select 1 as unexpected_rows) as u
    returning 1 as one
)

select count(*) as row_count
from gathered
