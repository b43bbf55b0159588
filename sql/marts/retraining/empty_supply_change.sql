-- purpose: empty mart.supply_change before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.supply_change
where true;
