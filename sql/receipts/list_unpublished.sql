-- purpose: the oldest groups that are not published, as many as make about so many receipts
-- grain: one group
-- key: receipt_group_id
with waiting as (
    select
        g.receipt_group_id,
        g.kind,
        g.source_id,
        g.batch_id,
        g.entity,
        g.topic_id,
        g.topic_name,
        g.partition,
        g.event_count,
        g.created_at
    from ops.receipt_group as g
    where
        g.receipt_group_id > (
            select coalesce(max(p.receipt_group_id), 0)
            from ops.receipt_publication as p
            where p.topic_name = %(topic_name)s
        )
    order by g.receipt_group_id
    limit %(most_groups)s
),

counted as (
    select
        w.*,
        sum(w.event_count) over (order by w.receipt_group_id) - w.event_count as counted_before
    from waiting as w
)

select
    c.receipt_group_id,
    c.kind,
    c.source_id,
    s.source_uri,
    s.language_code,
    c.batch_id,
    c.entity,
    c.topic_id,
    c.topic_name,
    c.partition,
    c.created_at
from counted as c
inner join ops.source as s on c.source_id = s.source_id
where c.counted_before < %(most_receipts)s
order by c.receipt_group_id
