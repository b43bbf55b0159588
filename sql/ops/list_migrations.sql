-- purpose: migrations that ran
-- grain: one migration
-- key: migration_name
select
    m.migration_name,
    m.sha256
from ops.migration as m
order by m.migration_name;
