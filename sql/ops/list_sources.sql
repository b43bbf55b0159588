-- purpose: all registered sources
-- grain: one source
-- key: source_id
select
    s.source_id,
    s.source_uri,
    s.bin,
    s.name,
    s.contact,
    s.entities,
    s.achievement_types,
    s.language_code,
    s.is_enabled,
    s.requests_per_second,
    s.events_per_second,
    s.max_batch_events,
    s.registered_at,
    s.disabled_at
from ops.source as s
order by s.source_id;
