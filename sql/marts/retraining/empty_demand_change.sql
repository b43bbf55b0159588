-- purpose: empty mart.demand_change before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.demand_change
where true;
