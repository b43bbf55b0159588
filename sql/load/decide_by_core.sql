-- purpose: settle the contested events that meet an event or a version of core
-- grain: one contested event
-- key: position
update contested
set
    outcome = case
        when core_event_sha256 = payload_sha256 then 'duplicate'
        when core_event_sha256 is not null then 'event_id_conflict'
        when core_data = data then 'duplicate'
        else 'version_conflict'
    end
where core_event_sha256 is not null or core_data is not null
