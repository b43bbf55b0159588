-- purpose: what the expectations found, over all their runs
-- grain: one rule of one suite and severity
-- key: suite_name, rule_id, severity
select
    v.suite_name,
    v.rule_id,
    v.severity,
    count(*) as run_count,
    count(*) filter (where not v.is_success) as failed_count,
    sum(v.unexpected_count)::bigint as unexpected_count,
    max(v.validated_at) as last_validated_at
from ops.validation as v
group by v.suite_name, v.rule_id, v.severity
order by v.suite_name asc, v.rule_id asc, v.severity asc;
