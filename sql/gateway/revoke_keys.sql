-- purpose: end a source's keys, those named or all that are valid; what is revoked stays revoked at its time
-- grain: one key revoked now
-- key: key_id
update ops.source_key as k
set revoked_at = now()
from ops.source as s
where
    k.source_id = s.source_id
    and s.source_uri = %(source_uri)s
    and k.revoked_at is null
    and (%(key_ids)s::text[] is null or k.key_id = any(%(key_ids)s))
returning k.key_id;
