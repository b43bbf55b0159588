-- purpose: the ledger (what became of each landed event) and the progress of each partition
-- grain: ops.ledger: entity, topic partition, batch, source; ops.partition_progress: topic partition
-- key: ops.ledger: topic_id, partition, batch_id, source_id; ops.partition_progress: topic_id, partition
create view ops.ledger as
with offset_run as (
    select
        b.entity,
        r.batch_id,
        r.topic_id,
        r.partition,
        r.from_offset,
        r.to_offset
    from ops.batch_range as r
    inner join ops.batch as b on r.batch_id = b.batch_id
    union all
    select
        l.entity,
        null::bigint as batch_id,
        l.topic_id,
        l.partition,
        l.claimed_offset as from_offset,
        l.next_offset as to_offset
    from ops.landing_offset as l
    where l.claimed_offset < l.next_offset
),

counted as (
    -- The lateral counts make PostgreSQL read each run by the key's index, whatever it thinks of the ranges' selectivity.
    select
        o.entity,
        o.topic_id,
        o.partition,
        o.batch_id,
        e.source_id,
        e.event_count as landed,
        0::bigint as loaded,
        0::bigint as superseded,
        0::bigint as duplicate,
        0::bigint as rejected
    from offset_run as o
    cross join
        lateral (
            select
                t.source_id,
                count(*) as event_count
            from raw.enrolment as t
            where
                o.entity = 'enrolment'
                and t.topic_id = o.topic_id
                and t.partition = o.partition
                and t."offset" >= o.from_offset
                and t."offset" < o.to_offset
            group by t.source_id
            union all
            select
                t.source_id,
                count(*) as event_count
            from raw.certification as t
            where
                o.entity = 'certification'
                and t.topic_id = o.topic_id
                and t.partition = o.partition
                and t."offset" >= o.from_offset
                and t."offset" < o.to_offset
            group by t.source_id
            union all
            select
                t.source_id,
                count(*) as event_count
            from raw.vacancy as t
            where
                o.entity = 'vacancy'
                and t.topic_id = o.topic_id
                and t.partition = o.partition
                and t."offset" >= o.from_offset
                and t."offset" < o.to_offset
            group by t.source_id
        ) as e
    union all
    select
        o.entity,
        o.topic_id,
        o.partition,
        o.batch_id,
        e.source_id,
        e.event_count as landed,
        0 as loaded,
        0 as superseded,
        0 as duplicate,
        e.event_count as rejected
    from offset_run as o
    cross join
        lateral (
            select
                j.source_id,
                count(*) as event_count
            from ops.rejection as j
            where
                j.stage = 'landing'
                and j.topic_id = o.topic_id
                and j.partition = o.partition
                and j."offset" >= o.from_offset
                and j."offset" < o.to_offset
            group by j.source_id
        ) as e
    union all
    select
        j.entity,
        j.topic_id,
        j.partition,
        j.batch_id,
        j.source_id,
        0 as landed,
        0 as loaded,
        0 as superseded,
        0 as duplicate,
        count(*) as rejected
    from ops.rejection as j
    where j.stage = 'load'
    group by j.entity, j.topic_id, j.partition, j.batch_id, j.source_id
    union all
    select
        d.entity,
        d.topic_id,
        d.partition,
        d.batch_id,
        d.source_id,
        0 as landed,
        0 as loaded,
        0 as superseded,
        count(*) as duplicate,
        0 as rejected
    from ops.duplicate as d
    group by d.entity, d.topic_id, d.partition, d.batch_id, d.source_id
    union all
    select
        'enrolment' as entity,
        c.topic_id,
        c.partition,
        c.batch_id,
        c.source_id,
        0 as landed,
        count(*) filter (where c.arrival = 'loaded') as loaded,
        count(*) filter (where c.arrival = 'superseded') as superseded,
        0 as duplicate,
        0 as rejected
    from core.enrolment as c
    group by c.topic_id, c.partition, c.batch_id, c.source_id
    union all
    select
        'certification' as entity,
        c.topic_id,
        c.partition,
        c.batch_id,
        c.source_id,
        0 as landed,
        count(*) filter (where c.arrival = 'loaded') as loaded,
        count(*) filter (where c.arrival = 'superseded') as superseded,
        0 as duplicate,
        0 as rejected
    from core.certification as c
    group by c.topic_id, c.partition, c.batch_id, c.source_id
    union all
    select
        'vacancy' as entity,
        c.topic_id,
        c.partition,
        c.batch_id,
        c.source_id,
        0 as landed,
        count(*) filter (where c.arrival = 'loaded') as loaded,
        count(*) filter (where c.arrival = 'superseded') as superseded,
        0 as duplicate,
        0 as rejected
    from core.vacancy as c
    group by c.topic_id, c.partition, c.batch_id, c.source_id
),

summed as (
    select
        t.entity,
        t.source_id,
        t.batch_id,
        t.topic_id,
        t.partition,
        sum(t.landed)::bigint as landed,
        sum(t.loaded)::bigint as loaded,
        sum(t.superseded)::bigint as superseded,
        sum(t.duplicate)::bigint as duplicate,
        sum(t.rejected)::bigint as rejected
    from counted as t
    group by t.entity, t.source_id, t.batch_id, t.topic_id, t.partition
)

select
    s.entity,
    s.source_id,
    s.batch_id,
    s.topic_id,
    s.partition,
    b.state as batch_state,
    s.landed,
    s.loaded,
    s.superseded,
    s.duplicate,
    s.rejected,
    case when b.state = 'held' then s.landed - s.loaded - s.superseded - s.duplicate - s.rejected else 0 end as held,
    case
        when b.state = 'held' then 0
        else s.landed - s.loaded - s.superseded - s.duplicate - s.rejected
    end as pending
from summed as s
left join ops.batch as b on s.batch_id = b.batch_id;
comment on view ops.ledger is 'What became of each landed event, counted from raw and, apart from it, from core, ops.duplicate and ops.rejection. Grain: one source of one batch (or none yet) of one topic partition. landed = loaded + superseded + duplicate + rejected + held + pending; pending other than 0 in a settled batch is an incident.';
comment on column ops.ledger.entity is 'Entity of the topic.';
comment on column ops.ledger.source_id is 'Registered source; null where a refused message did not tell it.';
comment on column ops.ledger.batch_id is 'Batch that the offsets belong to; null: not claimed yet.';
comment on column ops.ledger.topic_id is 'Topic incarnation.';
comment on column ops.ledger.partition is 'Kafka partition.';
comment on column ops.ledger.batch_state is 'State of the batch; null: not claimed yet.';
comment on column ops.ledger.landed is 'Events in raw plus messages refused at landing.';
comment on column ops.ledger.loaded is 'Events that became a version in core, in order or as a first version.';
comment on column ops.ledger.superseded is 'Events in core that came after a higher version had landed and were never current.';
comment on column ops.ledger.duplicate is 'Events that said again what was already said.';
comment on column ops.ledger.rejected is 'Events refused at landing or by a rule of the batch.';
comment on column ops.ledger.held is 'Events of a held batch that await an engineer.';
comment on column ops.ledger.pending is 'Events that are landed and not settled yet.';

create view ops.partition_progress as
select
    l.topic_name,
    l.entity,
    l.topic_id,
    l.partition,
    l.start_offset,
    l.next_offset,
    l.claimed_offset,
    coalesce(u.from_offset, l.claimed_offset) as loaded_offset,
    l.next_offset - l.claimed_offset + coalesce(u.open_count, 0) as unsettled_count,
    coalesce(u.held_count, 0) as held_count,
    l.updated_at
from ops.landing_offset as l
left join lateral (
    select
        min(r.from_offset) as from_offset,
        sum(r.to_offset - r.from_offset) filter (where b.state <> 'held')::bigint as open_count,
        sum(r.to_offset - r.from_offset) filter (where b.state = 'held')::bigint as held_count
    from ops.batch as b
    inner join ops.batch_range as r on b.batch_id = r.batch_id
    where
        b.state in ('claimed', 'validated', 'held')
        and b.entity = l.entity
        and r.topic_id = l.topic_id
        and r.partition = l.partition
) as u on true;
comment on view ops.partition_progress is 'How far each partition is landed and loaded. Grain: one partition of one incarnation of a topic.';
comment on column ops.partition_progress.topic_name is 'Name of the topic.';
comment on column ops.partition_progress.entity is 'Entity the topic carries.';
comment on column ops.partition_progress.topic_id is 'Topic incarnation.';
comment on column ops.partition_progress.partition is 'Kafka partition.';
comment on column ops.partition_progress.start_offset is 'First offset this warehouse is answerable for.';
comment on column ops.partition_progress.next_offset is 'Offset to land next.';
comment on column ops.partition_progress.claimed_offset is 'Offsets below it belong to a batch.';
comment on column ops.partition_progress.loaded_offset is 'Offsets below it are settled: first offset of the oldest open batch, or claimed_offset when none is open.';
comment on column ops.partition_progress.unsettled_count is 'Landed offsets that are neither settled nor held.';
comment on column ops.partition_progress.held_count is 'Offsets in held batches.';
comment on column ops.partition_progress.updated_at is 'When the landing offset last moved.';

grant select on ops.ledger, ops.partition_progress to arna_loader, arna_engineer;
grant select on ops.partition_progress to arna_lander;
-- The memory of migrations came after the grants of 0002.
grant select on ops.migration to arna_loader, arna_lander, arna_engineer;
