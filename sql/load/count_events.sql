-- purpose: count the events of a new batch
-- grain: one batch
-- key: batch_id
update ops.batch as b
set
    event_count = (
        select coalesce(sum(n.event_count), 0)
        from ops.batch_range as g
        cross join
            lateral (
                select count(*) as event_count
                from raw."{entity}" as r
                where
                    r.topic_id = g.topic_id
                    and r.partition = g.partition
                    and r."offset" >= g.from_offset
                    and r."offset" < g.to_offset
            ) as n
        where g.batch_id = b.batch_id
    )
where b.batch_id = %(batch_id)s
returning b.batch_id, b.entity, b.state, b.event_count, b.is_released, b.held_rules
