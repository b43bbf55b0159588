-- purpose: the versions of core that the batch brings a higher one for are current no more
-- grain: one version
-- key: source_id, <entity>_id, record_version
update core."{entity}" as v
set is_current = false
from placement as p
where
    p.is_current
    and v.is_current
    and v.source_id = p.source_id
    and v."{subject}" = p.subject
    and v.record_version < p.record_version
