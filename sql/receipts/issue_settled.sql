-- purpose: make the receipts of the oldest settled batch that has none, once all its offsets have their receipts of landing
-- grain: one batch
-- key: batch_id
with settled as (
    select
        b.batch_id,
        b.entity,
        case when b.state = 'discarded' then 'discarded' else 'settled' end as kind,
        -- A batch that a person ended by hand may lack the time; its receipts must not stop all others.
        coalesce(b.settled_at, now()) as settled_at
    from ops.batch as b
    where
        b.state in ('loaded', 'discarded')
        and b.receipts_issued_at is null
        and not exists (
            select 1
            from ops.batch_range as r
            left join ops.receipt_progress as p on r.topic_id = p.topic_id and r.partition = p.partition
            where r.batch_id = b.batch_id and (p.next_offset is null or p.next_offset < r.to_offset)
        )
    order by b.batch_id asc
    limit 1
),

event as (
    select
        v.source_id,
        v.topic_id,
        v.partition,
        v."offset",
        v.arrival as outcome,
        v.warnings <> '{}' as is_warned
    from settled as s
    inner join ops.loaded_event as v on s.entity = v.entity and s.batch_id = v.batch_id
    union all
    select
        d.source_id,
        d.topic_id,
        d.partition,
        d."offset",
        'duplicate' as outcome,
        false as is_warned
    from settled as s
    inner join ops.duplicate as d on s.batch_id = d.batch_id
    union all
    select
        j.source_id,
        j.topic_id,
        j.partition,
        j."offset",
        'rejected' as outcome,
        false as is_warned
    from settled as s
    inner join ops.rejection as j on s.batch_id = j.batch_id
    where j.source_id is not null
),

landed as (
    select
        r.topic_id,
        r.partition,
        min(e.first_landed_at) as first_landed_at,
        max(e.last_landed_at) as last_landed_at
    from settled as s
    inner join ops.batch_range as r on s.batch_id = r.batch_id
    cross join
        lateral (
            select
                min(t.landed_at) as first_landed_at,
                max(t.landed_at) as last_landed_at
            from ops.landed_event as t
            where
                t.entity = s.entity
                and t.topic_id = r.topic_id
                and t.partition = r.partition
                and t."offset" >= r.from_offset
                and t."offset" < r.to_offset
        ) as e
    group by r.topic_id, r.partition
),

summed as (
    select
        e.source_id,
        e.topic_id,
        e.partition,
        range_agg(int8range(e."offset", e."offset" + 1)) as offsets,
        min(e."offset") as first_offset,
        count(*) filter (where e.outcome = 'loaded') as loaded_count,
        count(*) filter (where e.outcome = 'superseded') as superseded_count,
        count(*) filter (where e.outcome = 'duplicate') as duplicate_count,
        count(*) filter (where e.outcome = 'rejected') as rejected_count,
        count(*) filter (where e.is_warned) as warned_count
    from event as e
    -- On a fixed grid, so that a group stays small enough to expand for each page.
    group by e.source_id, e.topic_id, e.partition, e."offset" / %(most_offsets)s
),

issued as (
    insert into ops.receipt_group (
        kind,
        source_id,
        entity,
        batch_id,
        topic_id,
        topic_name,
        partition,
        offsets,
        loaded_count,
        superseded_count,
        duplicate_count,
        rejected_count,
        warned_count,
        first_landed_at,
        last_landed_at,
        settled_at
    )
    select
        s.kind,
        u.source_id,
        s.entity,
        s.batch_id,
        u.topic_id,
        l.topic_name,
        u.partition,
        u.offsets,
        u.loaded_count,
        u.superseded_count,
        u.duplicate_count,
        u.rejected_count,
        u.warned_count,
        d.first_landed_at,
        d.last_landed_at,
        s.settled_at
    from summed as u
    cross join settled as s
    inner join landed as d on u.topic_id = d.topic_id and u.partition = d.partition
    inner join ops.landing_offset as l on u.topic_id = l.topic_id and u.partition = l.partition
    order by u.partition, u.topic_id, u.first_offset
)

update ops.batch as b
set receipts_issued_at = now()
from settled as s
where b.batch_id = s.batch_id
