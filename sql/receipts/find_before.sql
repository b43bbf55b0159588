-- purpose: the last group of a source that was made before a moment
-- grain: one group
-- key: receipt_group_id
select max(g.receipt_group_id) as receipt_group_id
from ops.receipt_group as g
inner join ops.source as s on g.source_id = s.source_id
where s.source_uri = %(source_uri)s and g.created_at < %(since)s
