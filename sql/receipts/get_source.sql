-- purpose: the source whose receipts are asked for, and how far they go
-- grain: one source
-- key: source_uri
select
    s.source_id,
    s.language_code,
    ops.last_receipt_group(s.source_id) as last_group_id
from ops.source as s
where s.source_uri = %(source_uri)s
