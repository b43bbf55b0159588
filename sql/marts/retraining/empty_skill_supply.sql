-- purpose: empty mart.skill_supply before a rebuild; rows, not the table, so that nobody waits
-- grain: none
-- key: none
delete from mart.skill_supply
where true;
