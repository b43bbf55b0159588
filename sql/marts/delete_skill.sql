-- purpose: forget the skills of a group before a rebuild
-- grain: one skill
-- key: mart_group, skill_key
delete from mart.skill as s
where s.mart_group = %(mart_group)s;
