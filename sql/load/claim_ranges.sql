-- purpose: freeze the offsets that are landed and not claimed as a new batch
-- grain: one range of one partition
-- key: topic_id, partition, from_offset
with waiting as (
    select
        o.topic_id,
        o.partition,
        count(*) over () as partition_count
    from ops.landing_offset as o
    where o.entity = %(entity)s and o.next_offset > o.claimed_offset
),

moved as (
    -- A lander that moves next_offset at this moment is waited for, and its newer value is the one compared.
    update ops.landing_offset as o
    set claimed_offset = least(o.next_offset, o.claimed_offset + greatest(%(max_events)s::bigint / w.partition_count, 1))
    from waiting as w
    where o.topic_id = w.topic_id and o.partition = w.partition
    returning
        o.topic_id,
        o.partition,
        old.claimed_offset as from_offset,
        new.claimed_offset as to_offset
),

created as (
    insert into ops.batch (entity)
    select %(entity)s
    where exists (select 1 from moved)
    returning batch_id
)

insert into ops.batch_range (batch_id, topic_id, partition, from_offset, to_offset)
select
    c.batch_id,
    m.topic_id,
    m.partition,
    m.from_offset,
    m.to_offset
from moved as m
cross join created as c
where m.from_offset < m.to_offset
returning batch_id
