-- purpose: how many versions of an entity carry a warning
-- grain: one row
-- key: none
select count(*) as row_count
from core."{entity}" as v
where v.warnings @> array[%(rule_id)s::text];
