-- purpose: every key that the gateway may meet, with its source; those revoked or expired a month ago are as good as unknown
-- grain: one key
-- key: key_id
select
    k.key_id,
    k.secret_sha256,
    k.expires_at,
    k.revoked_at,
    s.source_id,
    s.source_uri,
    s.name,
    s.entities,
    s.achievement_types,
    s.language_code,
    s.is_enabled,
    s.requests_per_second,
    s.events_per_second,
    s.max_batch_events
from ops.source_key as k
inner join ops.source as s on k.source_id = s.source_id
where
    coalesce(k.revoked_at, 'infinity') > now() - interval '30 days'
    and coalesce(k.expires_at, 'infinity') > now() - interval '30 days';
