-- purpose: note that keys were used
-- grain: one key
-- key: key_id
update ops.source_key
set last_used_at = now()
where key_id = any(%(key_ids)s);
