-- purpose: notes which changes Kafka has acknowledged
-- grain: one change of one view
-- key: change_id
update ops.mart_change
set sent_at = now()
where change_id = any(%(change_ids)s);
