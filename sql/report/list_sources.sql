-- purpose: the registered sources by name
-- grain: one source
-- key: source_id
select
    s.source_id,
    s.bin,
    s.name,
    s.is_enabled
from ops.source as s
order by s.name asc, s.source_id asc;
