-- purpose: what Great Expectations found in a batch, failures first
-- grain: one expectation
-- key: rule_id
select
    v.rule_id,
    v.expectation_type,
    v.severity,
    v.is_success,
    v.evaluated_count,
    v.unexpected_count,
    v.validated_at
from ops.validation as v
where v.batch_id = %(batch_id)s
order by v.is_success asc, v.severity asc, v.unexpected_count desc nulls last, v.validation_id asc
