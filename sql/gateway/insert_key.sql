-- purpose: issue a key to a registered source; no row where it is not registered
-- grain: at most one row
-- key: key_id
insert into ops.source_key (key_id, source_id, secret_sha256, label, expires_at)
select
    %(key_id)s,
    s.source_id,
    %(secret_sha256)s,
    %(label)s,
    %(expires_at)s
from ops.source as s
where s.source_uri = %(source_uri)s
returning key_id;
