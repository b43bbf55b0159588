-- purpose: the keys of one source, or of all; the hashes stay where they are
-- grain: one key
-- key: key_id
select
    k.key_id,
    s.source_uri,
    k.label,
    k.issued_at,
    k.expires_at,
    k.revoked_at,
    k.last_used_at
from ops.source_key as k
inner join ops.source as s on k.source_id = s.source_id
where %(source_uri)s::text is null or s.source_uri = %(source_uri)s
order by
    s.source_uri,
    k.issued_at,
    k.key_id;
