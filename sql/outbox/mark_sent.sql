-- purpose: notes what Kafka has acknowledged
-- grain: one message
-- key: outbox_id
update ops.outbox
set sent_at = now()
where outbox_id = any(%(outbox_ids)s);
