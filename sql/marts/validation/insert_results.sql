-- purpose: keep what Great Expectations found in the marts, without values
-- grain: one expectation
-- key: mart_validation_id, entity, rule_id
insert into ops.validation (
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
    %(mart_validation_id)s,
    f.relation,
    f.suite_name,
    f.rule_id,
    f.expectation_type,
    f.severity,
    f.unexpected_count = 0 as is_success,
    f.evaluated_count,
    f.unexpected_count
from unnest(
    %(relations)s::text[],
    %(suite_names)s::text[],
    %(rule_ids)s::text[],
    %(expectation_types)s::text[],
    %(severities)s::text[],
    %(evaluated_counts)s::bigint[],
    %(unexpected_counts)s::bigint[]
) as f (relation, suite_name, rule_id, expectation_type, severity, evaluated_count, unexpected_count);
