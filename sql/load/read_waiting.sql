-- purpose: whether landed events of an entity wait to be loaded, and whether a worker is at it
-- grain: one entity
-- key: entity
with open_batch as (
    select
        b.batch_id,
        b.is_released and b.state = 'claimed' as is_freshly_released,
        greatest(b.claimed_at, b.validated_at) as touched_at
    from ops.batch as b
    where b.entity = %(entity)s and b.state in ('claimed', 'validated')
)

select
    (
        select coalesce(sum(o.next_offset), 0)::bigint
        from ops.landing_offset as o
        where o.entity = %(entity)s
    ) as landed,
    (
        select coalesce(sum(o.claimed_offset), 0)::bigint
        from ops.landing_offset as o
        where o.entity = %(entity)s
    ) as claimed,
    (select coalesce(max(b.batch_id), 0) from open_batch as b) as newest_open_batch,
    (
        select coalesce(bool_or(b.is_freshly_released or b.touched_at < now() - interval '30 seconds'), false)
        from open_batch as b
    ) as is_stale,
    exists(
        select 1
        from pg_locks as l
        where
            l.locktype = 'advisory'
            and l.granted
            and l.objsubid = 1
            and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('arna.entity.' || %(entity)s::text, 0)
    ) as is_locked
