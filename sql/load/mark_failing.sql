-- purpose: note on each row of the batch which rules it breaks, in the order of the suite
-- grain: one event
-- key: topic_id, partition, offset
with broken as (
    select
        f.topic_id,
        f.partition,
        f."offset",
        coalesce(array_agg(f.rule_id order by f.position) filter (where f.is_critical), '{}') as failures,
        coalesce(array_agg(f.rule_id order by f.position) filter (where not f.is_critical), '{}') as warnings
    from failing as f
    group by f.topic_id, f.partition, f."offset"
)

update stage."{entity}" as s
set
    failures = b.failures,
    warnings = b.warnings
from broken as b
where s.topic_id = b.topic_id and s.partition = b.partition and s."offset" = b."offset"
