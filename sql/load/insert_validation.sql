-- purpose: keep what Great Expectations found, without values
-- grain: one expectation
-- key: batch_id, rule_id
insert into ops.validation (
    batch_id,
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
    %(entity)s,
    %(suite_name)s,
    f.rule_id,
    f.expectation_type,
    f.severity,
    f.is_success,
    f.evaluated_count,
    f.unexpected_count
from unnest(
    %(rule_ids)s::text[],
    %(expectation_types)s::text[],
    %(severities)s::text[],
    %(successes)s::boolean[],
    %(evaluated_counts)s::bigint[],
    %(unexpected_counts)s::bigint[]
) as f (rule_id, expectation_type, severity, is_success, evaluated_count, unexpected_count)
