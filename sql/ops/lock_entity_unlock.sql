-- purpose: give the advisory lock of an entity back
-- grain: one row
-- key: none
select pg_advisory_unlock(hashtextextended('arna.entity.' || %(entity)s::text, 0)) as is_taken;
