-- purpose: what the contested events say, and what core's events of the same version say
-- grain: one contested event
-- key: position
update contested as c
set
    data = (
        select r.data::jsonb
        from raw."{entity}" as r
        where
            r.topic_id = c.topic_id
            and r.partition = c.partition
            and r."offset" = c."offset"
            and r.landed_at = c.landed_at
    ),
    core_data = (
        select r.data::jsonb
        from raw."{entity}" as r
        where
            r.topic_id = c.core_topic_id
            and r.partition = c.core_partition
            and r."offset" = c.core_offset
            and r.landed_at = c.core_landed_at
    )
