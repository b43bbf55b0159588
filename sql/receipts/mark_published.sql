-- purpose: note that Kafka has acknowledged all receipts up to a group
-- grain: one topic
-- key: topic_name
insert into ops.receipt_publication (
    topic_name,
    receipt_group_id
) values (
    %(topic_name)s,
    %(receipt_group_id)s
)
on conflict (topic_name) do update
    set
        receipt_group_id = excluded.receipt_group_id,
        updated_at = now()
    where excluded.receipt_group_id > ops.receipt_publication.receipt_group_id
