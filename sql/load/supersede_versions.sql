-- purpose: a released batch may bring a higher version that had landed before one of core: that one was never current
-- grain: one version
-- key: source_id, <entity>_id, record_version
update core."{entity}" as v
set arrival = 'superseded'
from placement as p
where
    v.arrival = 'loaded'
    and v.source_id = p.source_id
    and v."{subject}" = p.subject
    and v.record_version < p.record_version
    and (v.landed_at, v.topic_id, v.partition, v."offset") > (p.landed_at, p.topic_id, p.partition, p."offset")
