-- purpose: forget how skills were named, before a rebuild
-- grain: one framework, code and name in one group of marts
-- key: mart_group, framework, skill_code, name
delete from mart.skill_mention as m
where m.mart_group = %(mart_group)s;
