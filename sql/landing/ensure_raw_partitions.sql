-- purpose: makes the raw partitions of this month and the next
-- grain: none
-- key: none
select ops.ensure_raw_partitions(now());
