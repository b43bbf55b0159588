-- purpose: take the advisory lock of an entity until it is given back, waiting for it
-- grain: one row
-- key: none
select pg_advisory_lock(hashtextextended('arna.entity.' || %(entity)s::text, 0)) is not null as is_taken;
