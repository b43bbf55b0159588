-- purpose: close a run, and say of each view of the group whether it is valid
-- grain: one view of the group
-- key: view_name
with finished as (
    update ops.mart_validation as v
    set
        finished_at = clock_timestamp(),
        is_valid = cardinality(%(invalid_views)s::text[]) = 0
    where v.mart_validation_id = %(mart_validation_id)s
    returning v.mart_group, v.finished_at
)

update ops.freshness as f
set
    validated_at = v.finished_at,
    is_valid = f.view_name <> all(%(invalid_views)s::text[])
from finished as v
where f.mart_group = v.mart_group;
