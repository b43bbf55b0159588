-- purpose: empty mart.posting before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.posting
where true;
