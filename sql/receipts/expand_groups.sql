-- purpose: all receipts of some groups, given in order
-- grain: one receipt
-- key: receipt_group_id, offset
select
    r.receipt_group_id,
    r.source_id,
    r.entity,
    r.batch_id,
    r.topic_name,
    r.partition,
    r."offset",
    r.event_id,
    r.subject,
    r.record_version,
    r.outcome,
    r.rejection_class,
    r.rule_id,
    r.pointer,
    r.message_kk,
    r.message_ru,
    r.message_en,
    r.also_failed,
    r.warnings,
    r.payload_sha256,
    r.happened_at
from ops.expand_receipts(%(group_ids)s::bigint[], int8multirange(int8range(null, null)), 2147483647) as r
order by r.receipt_group_id, r."offset"
