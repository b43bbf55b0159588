-- purpose: the group a run is over
-- grain: one run
-- key: mart_validation_id
select v.mart_group
from ops.mart_validation as v
where v.mart_validation_id = %(mart_validation_id)s;
