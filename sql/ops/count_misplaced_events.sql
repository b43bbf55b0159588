-- purpose: events of one entity that stand where they must not, or more than once (invariant C2)
-- grain: one row
-- key: none
select
    (
        select count(*)
        from ops.rejection as j
        inner join raw."{entity}" as r
            on j.topic_id = r.topic_id and j.partition = r.partition and j."offset" = r."offset"
        where j.stage = 'landing'
    ) as landed_and_refused,
    (
        select count(*)
        from ops.rejection as j
        left join raw."{entity}" as r
            on j.topic_id = r.topic_id and j.partition = r.partition and j."offset" = r."offset"
        where j.stage = 'load' and j.entity = %(entity)s and r.topic_id is null
    ) as refused_without_raw,
    (
        select count(*)
        from (
            select 1 as is_repeated
            from core."{entity}" as c
            group by c.topic_id, c.partition, c."offset"
            having count(*) > 1
        ) as repeated
    ) as loaded_twice,
    (
        select count(*)
        from core."{entity}" as c
        left join raw."{entity}" as r
            on
                c.topic_id = r.topic_id
                and c.partition = r.partition
                and c."offset" = r."offset"
                and c.payload_sha256 = r.payload_sha256
        where r.topic_id is null
    ) as loaded_without_raw,
    (
        select count(*)
        from ops.rejection as j
        inner join core."{entity}" as c
            on j.topic_id = c.topic_id and j.partition = c.partition and j."offset" = c."offset"
    ) as loaded_and_refused,
    (
        select count(*)
        from ops.duplicate as d
        inner join core."{entity}" as c
            on d.topic_id = c.topic_id and d.partition = c.partition and d."offset" = c."offset"
    ) as loaded_and_duplicate;
