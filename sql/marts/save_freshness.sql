-- purpose: how old a view's data is; the latest event comes from the batches just taken in
-- grain: one view
-- key: view_name
insert into ops.freshness as f (
    view_name, mart_group, last_event_at, last_landed_at, refreshed_at, row_count, change_seq, table_name
)
select
    %(view_name)s,
    %(mart_group)s,
    max(e.event_at) as last_event_at,
    max(e.landed_at) as last_landed_at,
    now() as refreshed_at,
    %(row_change)s::bigint as row_count,
    %(change_seq)s::bigint as change_seq,
    %(table_name)s::text as table_name
from (
    select
        max(v.occurred_at) as event_at,
        max(v.landed_at) as landed_at
    from core.enrolment as v
    where
        'enrolment' = any(%(entities)s::text[])
        and (%(batch_ids)s::bigint[] is null or v.batch_id = any(%(batch_ids)s::bigint[]))
    union all
    select
        max(v.occurred_at) as event_at,
        max(v.landed_at) as landed_at
    from core.certification as v
    where
        'certification' = any(%(entities)s::text[])
        and (%(batch_ids)s::bigint[] is null or v.batch_id = any(%(batch_ids)s::bigint[]))
    union all
    select
        max(v.occurred_at) as event_at,
        max(v.landed_at) as landed_at
    from core.vacancy as v
    where
        'vacancy' = any(%(entities)s::text[])
        and (%(batch_ids)s::bigint[] is null or v.batch_id = any(%(batch_ids)s::bigint[]))
) as e
on conflict (view_name) do update
    set
        last_event_at = greatest(f.last_event_at, excluded.last_event_at),
        last_landed_at = greatest(f.last_landed_at, excluded.last_landed_at),
        refreshed_at = excluded.refreshed_at,
        row_count = coalesce(f.row_count, 0) + excluded.row_count,
        change_seq = greatest(f.change_seq, excluded.change_seq),
        table_name = excluded.table_name;
