-- purpose: empty mart.programme_count before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.programme_count
where true;
