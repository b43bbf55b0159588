-- purpose: whether each rejection has its dead letter and each dead letter its rejection (invariant C8)
-- grain: one row
-- key: none
with rejection as (
    select j.topic_id::text || '-' || j.partition || '-' || j."offset" as message_key
    from ops.rejection as j
),

dead_letter as (
    select
        o.message_key,
        o.sent_at
    from ops.outbox as o
    where o.topic_name like 'dlq.%'
)

select
    (
        select count(*)
        from rejection as r
        where not exists (
            select 1 as is_there from dead_letter as d
            where d.message_key = r.message_key
        )
    ) as without_letter,
    (
        select count(*)
        from dead_letter as d
        where not exists (
            select 1 as is_there from rejection as r
            where r.message_key = d.message_key
        )
    ) as without_rejection,
    (
        select count(*) from dead_letter as d
        where d.sent_at is null
    ) as unsent,
    (
        select count(*) from dead_letter as d
        where d.sent_at is not null
    ) as sent;
