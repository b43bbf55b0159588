-- purpose: keep what Great Expectations found in a batch, or in a run over the marts, without values
-- grain: one expectation
-- key: batch_id, rule_id; mart_validation_id, entity, rule_id
insert into ops.validation (
    batch_id,
    mart_validation_id,
    entity,
    suite_name,
    rule_id,
    expectation_type,
    severity,
    is_success,
    evaluated_count,
    unexpected_count
)
select
    %(batch_id)s,
    %(mart_validation_id)s,
    f.entity,
    f.suite_name,
    f.rule_id,
    f.expectation_type,
    f.severity,
    f.is_success,
    f.evaluated_count,
    f.unexpected_count
from unnest(
    %(entities)s::text[],
    %(suite_names)s::text[],
    %(rule_ids)s::text[],
    %(expectation_types)s::text[],
    %(severities)s::text[],
    %(successes)s::boolean[],
    %(evaluated_counts)s::bigint[],
    %(unexpected_counts)s::bigint[]
) as f (
    entity, suite_name, rule_id, expectation_type, severity, is_success, evaluated_count, unexpected_count
);
