-- purpose: empty mart.skill_demand before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.skill_demand
where true;
