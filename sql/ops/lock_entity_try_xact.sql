-- purpose: take the advisory lock of an entity until the transaction ends, if nobody has it
-- grain: one row
-- key: none
select pg_try_advisory_xact_lock(hashtextextended('arna.entity.' || %(entity)s::text, 0)) as is_taken;
