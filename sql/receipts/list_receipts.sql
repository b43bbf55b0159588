-- purpose: a page of a source's receipts
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
from
    ops.list_receipts(
        %(source_id)s::integer,
        %(after_group_id)s::bigint,
        %(after_offset)s::bigint,
        %(outcome)s::text,
        %(max_rows)s::integer
    ) as r
order by r.receipt_group_id, r."offset"
