-- purpose: the end of the names of the partitions that take what lands in this transaction (landed_at is its start)
-- grain: one row
-- key: none
select to_char(now() at time zone 'UTC', '_YYYY_MM') as suffix;
