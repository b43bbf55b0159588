-- purpose: accept the contested events that come first for their event id and for their version
-- grain: one contested event
-- key: position
with ranked as (
    select
        c.position,
        min(c.position) over (partition by c.source_id, c.event_id) as first_of_event,
        min(c.position) over (partition by c.source_id, c.subject, c.record_version) as first_of_version
    from contested as c
    where c.outcome is null
)

update contested as c
set outcome = 'accepted'
from ranked as r
where c.position = r.position and r.position = r.first_of_event and r.position = r.first_of_version
