-- purpose: let a source publish, or stop it; no row when it is not registered
-- grain: at most one row
-- key: source_uri
update ops.source as s set
    is_enabled = %(is_enabled)s,
    disabled_at = case when %(is_enabled)s::boolean then null else coalesce(s.disabled_at, now()) end
where s.source_uri = %(source_uri)s
returning old.is_enabled as was_enabled;
