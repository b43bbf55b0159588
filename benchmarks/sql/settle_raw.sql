-- purpose: what autovacuum does to a table some time after its rows landed
-- grain: none
-- key: none
vacuum (analyze) raw.certification
