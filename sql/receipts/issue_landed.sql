-- purpose: make the receipts of landing: what landed or was refused since the last time, so many offsets of a partition at once
-- grain: one partition that moved
-- key: topic_id, partition
with moved as (
    select
        l.topic_id,
        l.partition,
        l.topic_name,
        l.entity,
        coalesce(p.next_offset, l.start_offset) as from_offset,
        least(l.next_offset, coalesce(p.next_offset, l.start_offset) + %(most_offsets)s) as to_offset
    from ops.landing_offset as l
    left join ops.receipt_progress as p on l.topic_id = p.topic_id and l.partition = p.partition
    where l.next_offset > coalesce(p.next_offset, l.start_offset)
),

event as (
    -- The laterals make PostgreSQL read each run by the key's index.
    select
        m.topic_id,
        m.partition,
        m.topic_name,
        m.entity,
        'landed' as kind,
        e.source_id,
        e."offset",
        e.landed_at
    from moved as m
    cross join
        lateral (
            select
                t.source_id,
                t."offset",
                t.landed_at
            from ops.landed_event as t
            where
                t.entity = m.entity
                and t.topic_id = m.topic_id
                and t.partition = m.partition
                and t."offset" >= m.from_offset
                and t."offset" < m.to_offset
        ) as e
    union all
    select
        m.topic_id,
        m.partition,
        m.topic_name,
        m.entity,
        'refused' as kind,
        e.source_id,
        e."offset",
        null::timestamptz as landed_at
    from moved as m
    cross join
        lateral (
            select
                j.source_id,
                j."offset"
            from ops.rejection as j
            where
                j.stage = 'landing'
                and j.source_id is not null
                and j.topic_id = m.topic_id
                and j.partition = m.partition
                and j."offset" >= m.from_offset
                and j."offset" < m.to_offset
        ) as e
),

issued as (
    insert into ops.receipt_group (
        kind,
        source_id,
        entity,
        topic_id,
        topic_name,
        partition,
        offsets,
        landed_count,
        rejected_count,
        first_landed_at,
        last_landed_at
    )
    select
        e.kind,
        e.source_id,
        e.entity,
        e.topic_id,
        e.topic_name,
        e.partition,
        range_agg(int8range(e."offset", e."offset" + 1)) as offsets,
        count(*) filter (where e.kind = 'landed') as landed_count,
        count(*) filter (where e.kind = 'refused') as rejected_count,
        min(e.landed_at) as first_landed_at,
        max(e.landed_at) as last_landed_at
    from event as e
    group by e.kind, e.source_id, e.entity, e.topic_id, e.topic_name, e.partition
    order by e.topic_name, e.partition, min(e."offset")
)

insert into ops.receipt_progress (
    topic_id,
    partition,
    next_offset
)
select
    m.topic_id,
    m.partition,
    m.to_offset
from moved as m
on conflict (topic_id, partition) do update set next_offset = excluded.next_offset
