-- purpose: receipts: what became of each event, kept as runs of offsets and told to the source alone
-- grain: ops.receipt_group: one cause of one source on one topic partition; ops.receipt_progress: one topic partition; ops.receipt_publication: one topic
-- key: ops.receipt_group: receipt_group_id; ops.receipt_progress: topic_id, partition; ops.receipt_publication: topic_name
create table ops.receipt_group (
    receipt_group_id bigint generated always as identity primary key,
    kind text not null check (kind in ('landed', 'refused', 'settled', 'discarded')),
    source_id integer not null references ops.source (source_id),
    entity text not null,
    batch_id bigint references ops.batch (batch_id),
    topic_id uuid not null,
    topic_name text not null,
    partition integer not null,
    offsets int8multirange not null check (not isempty(offsets)),
    landed_count bigint not null default 0,
    loaded_count bigint not null default 0,
    superseded_count bigint not null default 0,
    duplicate_count bigint not null default 0,
    rejected_count bigint not null default 0,
    warned_count bigint not null default 0,
    event_count bigint not null generated always as (
        landed_count + loaded_count + superseded_count + duplicate_count + rejected_count
    ) stored,
    first_landed_at timestamptz,
    last_landed_at timestamptz,
    settled_at timestamptz,
    created_at timestamptz not null default now(),
    check ((batch_id is null) = (kind in ('landed', 'refused')) and (batch_id is null) = (settled_at is null))
);
create index receipt_group_source on ops.receipt_group (source_id, receipt_group_id);
create index receipt_group_batch on ops.receipt_group (batch_id, source_id) where batch_id is not null;
comment on table ops.receipt_group is 'Receipts, not one by one but as runs of offsets that share a cause; what each says is read from raw, core, ops.duplicate and ops.rejection. Grain: one cause, one source, one topic partition, at most 10,000 offsets.';
comment on column ops.receipt_group.receipt_group_id is 'Order of the receipts. One writer at a time makes groups, so a reader who has seen a number has seen all below it.';
comment on column ops.receipt_group.kind is 'landed: in raw; refused: rejected at landing; settled: its batch was loaded; discarded: its batch was discarded.';
comment on column ops.receipt_group.source_id is 'Whose events; it alone may read them. A refused message that did not tell its source has no receipt.';
comment on column ops.receipt_group.entity is 'Entity of the events.';
comment on column ops.receipt_group.batch_id is 'Batch that settled them; null at landing.';
comment on column ops.receipt_group.topic_id is 'Topic incarnation.';
comment on column ops.receipt_group.topic_name is 'Name of the topic.';
comment on column ops.receipt_group.partition is 'Kafka partition.';
comment on column ops.receipt_group.offsets is 'Offsets of exactly these events; a bulk load of one source is a single run.';
comment on column ops.receipt_group.landed_count is 'How many landed.';
comment on column ops.receipt_group.loaded_count is 'How many became a version of core.';
comment on column ops.receipt_group.superseded_count is 'How many came after a higher version of theirs.';
comment on column ops.receipt_group.duplicate_count is 'How many said again what was said.';
comment on column ops.receipt_group.rejected_count is 'How many were rejected.';
comment on column ops.receipt_group.warned_count is 'How many of the loaded and superseded ones carry a warning.';
comment on column ops.receipt_group.event_count is 'How many events, one receipt each.';
comment on column ops.receipt_group.first_landed_at is 'None of them landed before: raw is kept by month, and other months need not be looked through. Null for refused ones.';
comment on column ops.receipt_group.last_landed_at is 'None of them landed after.';
comment on column ops.receipt_group.settled_at is 'When their batch was settled; null at landing.';
comment on column ops.receipt_group.created_at is 'When the group was made.';

create table ops.receipt_progress (
    topic_id uuid not null,
    partition integer not null,
    next_offset bigint not null,
    primary key (topic_id, partition)
);
comment on table ops.receipt_progress is 'How far landing has its receipts. Grain: one partition of one incarnation of a topic.';
comment on column ops.receipt_progress.topic_id is 'Topic incarnation.';
comment on column ops.receipt_progress.partition is 'Kafka partition.';
comment on column ops.receipt_progress.next_offset is 'Offsets below it have their receipts of landing.';

create table ops.receipt_publication (
    topic_name text primary key,
    receipt_group_id bigint not null,
    updated_at timestamptz not null default now()
);
comment on table ops.receipt_publication is 'How far the receipts are published to Kafka. Grain: one topic.';
comment on column ops.receipt_publication.topic_name is 'Where receipts go.';
comment on column ops.receipt_publication.receipt_group_id is 'Kafka has acknowledged this group and all before it.';
comment on column ops.receipt_publication.updated_at is 'When it last moved.';

alter table ops.batch add column receipts_issued_at timestamptz;
comment on column ops.batch.receipts_issued_at is 'When its events got their receipts; null until then.';
create index batch_without_receipts on ops.batch (batch_id)
where state in ('loaded', 'discarded') and receipts_issued_at is null;

create view ops.landed_event as
select
    'enrolment' as entity,
    e.topic_id,
    e.partition,
    e."offset",
    e.landed_at,
    e.event_id,
    e.source_id,
    e.subject,
    e.record_version
from raw.enrolment as e
union all
select
    'certification' as entity,
    e.topic_id,
    e.partition,
    e."offset",
    e.landed_at,
    e.event_id,
    e.source_id,
    e.subject,
    e.record_version
from raw.certification as e
union all
select
    'vacancy' as entity,
    e.topic_id,
    e.partition,
    e."offset",
    e.landed_at,
    e.event_id,
    e.source_id,
    e.subject,
    e.record_version
from raw.vacancy as e;
comment on view ops.landed_event is 'What is known of a landed event without its data. Grain: one Kafka offset.';
comment on column ops.landed_event.entity is 'Entity of the topic.';
comment on column ops.landed_event.topic_id is 'Topic incarnation.';
comment on column ops.landed_event.partition is 'Kafka partition.';
comment on column ops.landed_event.offset is 'Kafka offset.';
comment on column ops.landed_event.landed_at is 'Start of the landing transaction.';
comment on column ops.landed_event.event_id is 'CloudEvents id.';
comment on column ops.landed_event.source_id is 'Registered source.';
comment on column ops.landed_event.subject is 'The entity''s id at its source; the contract refuses an identity number in it.';
comment on column ops.landed_event.record_version is 'Version of the subject at its source.';

create view ops.loaded_event as
select
    'enrolment' as entity,
    v.source_id,
    v.event_id,
    v.batch_id,
    v.topic_id,
    v.partition,
    v."offset",
    v.arrival,
    v.warnings
from core.enrolment as v
union all
select
    'certification' as entity,
    v.source_id,
    v.event_id,
    v.batch_id,
    v.topic_id,
    v.partition,
    v."offset",
    v.arrival,
    v.warnings
from core.certification as v
union all
select
    'vacancy' as entity,
    v.source_id,
    v.event_id,
    v.batch_id,
    v.topic_id,
    v.partition,
    v."offset",
    v.arrival,
    v.warnings
from core.vacancy as v;
comment on view ops.loaded_event is 'Which events became a version of core, without what they say. Grain: one version.';
comment on column ops.loaded_event.entity is 'Entity of the event.';
comment on column ops.loaded_event.source_id is 'Registered source.';
comment on column ops.loaded_event.event_id is 'CloudEvents id.';
comment on column ops.loaded_event.batch_id is 'Batch that loaded it.';
comment on column ops.loaded_event.topic_id is 'Topic incarnation.';
comment on column ops.loaded_event.partition is 'Kafka partition.';
comment on column ops.loaded_event.offset is 'Kafka offset.';
comment on column ops.loaded_event.arrival is 'loaded, or superseded: a higher version had landed before.';
comment on column ops.loaded_event.warnings is 'Rules it breaks that do not reject.';

create type ops.receipt as (
    receipt_group_id bigint,
    source_id integer,
    entity text,
    batch_id bigint,
    topic_name text,
    partition integer,
    "offset" bigint,
    event_id uuid,
    subject text,
    record_version bigint,
    outcome text,
    rejection_class text,
    rule_id text,
    pointer text,
    message_kk text,
    message_ru text,
    message_en text,
    also_failed text [],
    warnings text [],
    payload_sha256 bytea,
    happened_at timestamptz
);
comment on type ops.receipt is 'What became of one event, for its source: ids, outcome and reason, nothing of what the event says.';

create function ops.expand_receipts(group_ids bigint[], first_offsets int8multirange, max_rows integer)
returns setof ops.receipt
-- Compiling takes longer than looking up a page, and the planner overrates what the runs unfold to.
language plpgsql stable set search_path = pg_catalog set jit = off
as $$
begin
    return query
    with waiting as (
        select
            g.*,
            case when g.receipt_group_id = group_ids[1] then g.offsets * first_offsets else g.offsets end as runs
        from ops.receipt_group as g
        where g.receipt_group_id = any (group_ids)
    ),

    -- The page is chosen from the runs alone: only its own rows are then looked up, by their keys.
    place as materialized (
        select
            w.receipt_group_id,
            w.kind,
            w.source_id,
            w.entity,
            w.batch_id,
            w.topic_id,
            w.topic_name,
            w.partition,
            w.first_landed_at,
            w.last_landed_at,
            w.settled_at,
            o."offset"
        from waiting as w
        cross join lateral unnest(w.runs) as r (run)
        cross join lateral generate_series(lower(r.run), upper(r.run) - 1) as o ("offset")
        order by w.receipt_group_id, o."offset"
        limit max_rows
    )

    select
        p.receipt_group_id,
        p.source_id,
        p.entity,
        p.batch_id,
        p.topic_name,
        p.partition,
        p."offset",
        coalesce(e.event_id, j.event_id),
        e.subject,
        e.record_version,
        case
            when p.kind = 'landed' then 'landed'
            when j.rejection_id is not null then 'rejected'
            when v.arrival is not null then v.arrival
            else 'duplicate'
        end,
        j.rejection_class,
        j.rule_id,
        j.pointer,
        j.message_kk,
        j.message_ru,
        j.message_en,
        j.also_failed,
        v.warnings,
        j.payload_sha256,
        coalesce(p.settled_at, j.rejected_at, e.landed_at)
    from place as p
    -- Each "limit 1" keeps a lookup a lookup: no estimate makes PostgreSQL join the page with a whole table.
    left join lateral (
        select
            t.event_id,
            t.subject,
            t.record_version,
            t.landed_at
        from ops.landed_event as t
        where
            p.kind <> 'refused'
            and t.entity = p.entity
            and t.topic_id = p.topic_id
            and t.partition = p.partition
            and t."offset" = p."offset"
            and t.landed_at >= p.first_landed_at
            and t.landed_at <= p.last_landed_at
        limit 1
    ) as e on true
    left join lateral (
        select
            x.rejection_id,
            x.rejection_class,
            x.rule_id,
            x.pointer,
            x.message_kk,
            x.message_ru,
            x.message_en,
            x.also_failed,
            x.payload_sha256,
            x.event_id,
            x.rejected_at
        from ops.rejection as x
        where
            p.kind <> 'landed'
            and x.topic_id = p.topic_id
            and x.partition = p.partition
            and x."offset" = p."offset"
        limit 1
    ) as j on true
    left join lateral (
        -- Core has the event once; at another offset it is the first one, and this one its duplicate.
        select
            c.arrival,
            c.warnings
        from ops.loaded_event as c
        where
            p.kind = 'settled'
            and c.entity = p.entity
            and c.source_id = p.source_id
            and c.event_id = e.event_id
            and c.topic_id = p.topic_id
            and c.partition = p.partition
            and c."offset" = p."offset"
        limit 1
    ) as v on true
    order by p.receipt_group_id, p."offset";
end
$$;
comment on function ops.expand_receipts(bigint[], int8multirange, integer) is 'Receipts of the groups given (in order), up to a number of rows; of the first group only those at the offsets given.';

create function ops.list_receipts(
    for_source_id integer,
    after_group_id bigint,
    after_offset bigint,
    wanted_outcome text,
    max_rows integer
)
returns setof ops.receipt
language plpgsql stable security definer set search_path = pg_catalog
as $$
declare
    everything constant int8multirange := int8multirange(int8range(null, null));
    what_follows constant int8multirange := int8multirange(int8range(after_offset, null, '()'));
    group_ids bigint[];
    one record;
    missing integer := max_rows;
    found_rows integer;
begin
    if wanted_outcome is null then
        select array_agg(c.receipt_group_id order by c.receipt_group_id)
        into group_ids
        from (
            select
                n.receipt_group_id,
                sum(n.counted) over (order by n.receipt_group_id) - n.counted as counted_before
            from (
                select
                    g.receipt_group_id,
                    -- How much is left of the group that the page begins in is not known: it counts for nothing.
                    case when g.receipt_group_id = after_group_id then 0 else g.event_count end as counted
                from ops.receipt_group as g
                where
                    g.source_id = for_source_id
                    and g.receipt_group_id >= after_group_id
                    and (g.receipt_group_id > after_group_id or upper(g.offsets) - 1 > after_offset)
                order by g.receipt_group_id
                limit max_rows
            ) as n
        ) as c
        where c.counted_before < max_rows;
        return query
        select e.*
        from ops.expand_receipts(
            group_ids, case when group_ids[1] = after_group_id then what_follows else everything end, max_rows
        ) as e;
        return;
    end if;
    for one in
        select
            g.receipt_group_id,
            -- The few of a group that were rejected or repeated are found by their own keys.
            case
                when wanted_outcome = 'rejected' then (
                    select range_agg(int8range(j."offset", j."offset" + 1))
                    from ops.rejection as j
                    where
                        j.topic_id = g.topic_id
                        and j.partition = g.partition
                        and j."offset" >= lower(g.offsets)
                        and j."offset" < upper(g.offsets)
                )
                when wanted_outcome = 'duplicate' then (
                    select range_agg(int8range(d."offset", d."offset" + 1))
                    from ops.duplicate as d
                    where
                        d.topic_id = g.topic_id
                        and d.partition = g.partition
                        and d."offset" >= lower(g.offsets)
                        and d."offset" < upper(g.offsets)
                )
                else everything
            end * case when g.receipt_group_id = after_group_id then what_follows else everything end as offsets
        from ops.receipt_group as g
        where
            g.source_id = for_source_id
            and g.receipt_group_id >= after_group_id
            and (g.receipt_group_id > after_group_id or upper(g.offsets) - 1 > after_offset)
            and case wanted_outcome
                when 'landed' then g.landed_count
                when 'loaded' then g.loaded_count
                when 'superseded' then g.superseded_count
                when 'duplicate' then g.duplicate_count
                when 'rejected' then g.rejected_count
            end > 0
        order by g.receipt_group_id
    loop
        return query
        select e.*
        from ops.expand_receipts(array[one.receipt_group_id], one.offsets, 2147483647) as e
        where e.outcome = wanted_outcome
        limit missing;
        get diagnostics found_rows = row_count;
        missing := missing - found_rows;
        exit when missing <= 0;
    end loop;
end
$$;
comment on function ops.list_receipts(integer, bigint, bigint, text, integer) is 'The receipts of one source after a place (group and offset), in order, up to a number of rows; of one outcome, or of all where that is null. Runs as its owner, so that its caller needs no right on events.';

create function ops.last_receipt_group(for_source_id integer)
returns bigint
language sql stable security definer set search_path = pg_catalog
as $$
    select max(g.receipt_group_id)
    from ops.receipt_group as g
    where g.source_id = for_source_id;
$$;
comment on function ops.last_receipt_group(integer) is 'The newest receipt group of a source; null where it has none.';

create function ops.sum_receipts(for_source_id integer, batch_ids bigint[])
returns table (
    batch_id bigint,
    entity text,
    is_discarded boolean,
    loaded bigint,
    superseded bigint,
    duplicate bigint,
    rejected bigint,
    warned bigint,
    settled_at timestamptz
)
language sql stable security definer set search_path = pg_catalog
as $$
    select
        g.batch_id,
        min(g.entity),
        bool_or(g.kind = 'discarded'),
        sum(g.loaded_count)::bigint,
        sum(g.superseded_count)::bigint,
        sum(g.duplicate_count)::bigint,
        sum(g.rejected_count)::bigint,
        sum(g.warned_count)::bigint,
        min(g.settled_at)
    from ops.receipt_group as g
    where g.batch_id = any (batch_ids) and g.source_id = for_source_id
    group by g.batch_id
    order by g.batch_id;
$$;
comment on function ops.sum_receipts(integer, bigint[]) is 'What became of a source''s events in some batches, as counted when they were settled.';

revoke execute on function ops.expand_receipts(bigint[], int8multirange, integer) from public;
revoke execute on function ops.list_receipts(integer, bigint, bigint, text, integer) from public;
revoke execute on function ops.last_receipt_group(integer) from public;
revoke execute on function ops.sum_receipts(integer, bigint[]) from public;

-- The outbox process, which makes the groups and publishes them, runs as arna_lander.
grant select, insert on ops.receipt_group to arna_lander;
grant select, insert, update on ops.receipt_progress, ops.receipt_publication to arna_lander;
grant select, update (receipts_issued_at) on ops.batch to arna_lander;
grant select on ops.batch_range, ops.duplicate, ops.landed_event, ops.loaded_event to arna_lander;
grant execute on function ops.expand_receipts(bigint[], int8multirange, integer) to arna_lander;
grant execute on function ops.sum_receipts(integer, bigint[]) to arna_lander;
grant select on ops.receipt_group, ops.receipt_progress, ops.receipt_publication, ops.landed_event, ops.loaded_event to arna_engineer;
grant execute on function ops.expand_receipts(bigint[], int8multirange, integer) to arna_engineer;
grant execute on function ops.list_receipts(integer, bigint, bigint, text, integer) to arna_engineer;
grant execute on function ops.last_receipt_group(integer) to arna_engineer;
grant execute on function ops.sum_receipts(integer, bigint[]) to arna_engineer;
