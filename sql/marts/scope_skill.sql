-- purpose: the rows that mart.skill has of the group
-- grain: one skill
-- key: mart_group, skill_key
insert into old_skill (mart_group, skill_key)
select
    s.mart_group,
    s.skill_key
from mart.skill as s
where s.mart_group = %(mart_group)s;
