-- purpose: all rejections, each with whether its dead letter was sent
-- grain: one rejection
-- key: rejection_id
select
    j.rejection_id,
    coalesce(bool_or(o.sent_at is not null), false) as is_sent
from ops.rejection as j
left join ops.outbox as o on o.message_key = j.topic_id::text || '-' || j.partition || '-' || j."offset"
group by j.rejection_id;
