-- purpose: empty mart.supply_span before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.supply_span
where true;
