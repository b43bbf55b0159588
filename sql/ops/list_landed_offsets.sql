-- purpose: what is stored of each partition, beside what ops.landing_offset says of it (invariants C1 and C3)
-- grain: one partition of one incarnation of a topic, known to ops.landing_offset or to any row
-- key: topic_id, partition
with raw_count as (
    select
        r.topic_id,
        r.partition,
        count(*) as row_count,
        count(distinct r."offset") as offset_count,
        min(r."offset") as min_offset,
        max(r."offset") as max_offset
    from raw.enrolment as r
    group by r.topic_id, r.partition
    union all
    select
        r.topic_id,
        r.partition,
        count(*) as row_count,
        count(distinct r."offset") as offset_count,
        min(r."offset") as min_offset,
        max(r."offset") as max_offset
    from raw.certification as r
    group by r.topic_id, r.partition
    union all
    select
        r.topic_id,
        r.partition,
        count(*) as row_count,
        count(distinct r."offset") as offset_count,
        min(r."offset") as min_offset,
        max(r."offset") as max_offset
    from raw.vacancy as r
    group by r.topic_id, r.partition
),

stored as (
    select
        r.topic_id,
        r.partition,
        r.row_count,
        r.row_count - r.offset_count as repeated_count,
        0 as rejected_count,
        0 as gap_count,
        0 as lost_count,
        r.min_offset,
        r.max_offset
    from raw_count as r
    union all
    select
        j.topic_id,
        j.partition,
        0 as row_count,
        0 as repeated_count,
        count(*) as rejected_count,
        0 as gap_count,
        0 as lost_count,
        min(j."offset") as min_offset,
        max(j."offset") as max_offset
    from ops.rejection as j
    where j.stage = 'landing'
    group by j.topic_id, j.partition
    union all
    select
        g.topic_id,
        g.partition,
        0 as row_count,
        0 as repeated_count,
        0 as rejected_count,
        sum(g.to_offset - g.from_offset) as gap_count,
        coalesce(sum(g.to_offset - g.from_offset) filter (where g.reason = 'retention'), 0) as lost_count,
        min(g.from_offset) as min_offset,
        max(g.to_offset) - 1 as max_offset
    from ops.offset_gap as g
    group by g.topic_id, g.partition
),

summed as (
    select
        s.topic_id,
        s.partition,
        sum(s.row_count)::bigint as row_count,
        sum(s.repeated_count)::bigint as repeated_count,
        sum(s.rejected_count)::bigint as rejected_count,
        sum(s.gap_count)::bigint as gap_count,
        sum(s.lost_count)::bigint as lost_count,
        min(s.min_offset) as min_offset,
        max(s.max_offset) as max_offset
    from stored as s
    group by s.topic_id, s.partition
)

select
    l.topic_name,
    l.entity,
    coalesce(l.topic_id, s.topic_id) as topic_id,
    coalesce(l.partition, s.partition) as partition,
    l.start_offset,
    l.next_offset,
    l.claimed_offset,
    coalesce(s.row_count, 0) as row_count,
    coalesce(s.repeated_count, 0) as repeated_count,
    coalesce(s.rejected_count, 0) as rejected_count,
    coalesce(s.gap_count, 0) as gap_count,
    coalesce(s.lost_count, 0) as lost_count,
    s.min_offset,
    s.max_offset,
    l.updated_at
from ops.landing_offset as l
full join summed as s on l.topic_id = s.topic_id and l.partition = s.partition
order by l.topic_name, topic_id, partition;
