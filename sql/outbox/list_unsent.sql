-- purpose: the oldest messages that wait, locked so that two relays share the work
-- grain: one message
-- key: outbox_id
select
    o.outbox_id,
    o.topic_name,
    o.message_key,
    o.headers
from ops.outbox as o
where o.sent_at is null
order by o.outbox_id
limit %(most)s
for update skip locked;
