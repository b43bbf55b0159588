-- purpose: settle the contested events whose version an accepted one has
-- grain: one contested event
-- key: position
update contested as c
set outcome = case when a.data = c.data then 'duplicate' else 'version_conflict' end
from contested as a
where
    c.outcome is null
    and a.outcome = 'accepted'
    and a.source_id = c.source_id
    and a.subject = c.subject
    and a.record_version = c.record_version
