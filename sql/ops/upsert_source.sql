-- purpose: register a source, or make the registered one equal to the definition; no row when it was equal already
-- grain: at most one row
-- key: source_uri
insert into ops.source as s (
    source_uri, bin, name, contact, entities, achievement_types, language_code, is_enabled, disabled_at,
    requests_per_second, events_per_second, max_batch_events
)
values (
    %(source_uri)s,
    %(bin)s,
    %(name)s,
    %(contact)s,
    %(entities)s::text[],
    %(achievement_types)s::text[],
    %(language_code)s,
    %(is_enabled)s::boolean,
    case when %(is_enabled)s::boolean then null else now() end,
    %(requests_per_second)s::integer,
    %(events_per_second)s::integer,
    %(max_batch_events)s::integer
)
on conflict (source_uri) do update
    set
        bin = excluded.bin,
        name = excluded.name,
        contact = excluded.contact,
        entities = excluded.entities,
        achievement_types = excluded.achievement_types,
        language_code = excluded.language_code,
        is_enabled = excluded.is_enabled,
        disabled_at = case when excluded.is_enabled then null else coalesce(s.disabled_at, now()) end,
        requests_per_second = excluded.requests_per_second,
        events_per_second = excluded.events_per_second,
        max_batch_events = excluded.max_batch_events
    where
    (
        s.bin,
        s.name,
        s.contact,
        s.entities,
        s.achievement_types,
        s.language_code,
        s.is_enabled,
        s.requests_per_second,
        s.events_per_second,
        s.max_batch_events
    )
    is distinct from (
        excluded.bin,
        excluded.name,
        excluded.contact,
        excluded.entities,
        excluded.achievement_types,
        excluded.language_code,
        excluded.is_enabled,
        excluded.requests_per_second,
        excluded.events_per_second,
        excluded.max_batch_events
    )
returning
    s.source_id,
    s.xmax = 0 as is_added;
