-- purpose: settle the contested events whose id an accepted one has
-- grain: one contested event
-- key: position
update contested as c
set outcome = case when a.payload_sha256 = c.payload_sha256 then 'duplicate' else 'event_id_conflict' end
from contested as a
where
    c.outcome is null
    and a.outcome = 'accepted'
    and a.source_id = c.source_id
    and a.event_id = c.event_id
