-- purpose: rows of skills that mart.skill does not have for the group; the readers' views would lose them
-- grain: one row of the relation
-- key: none
select r.skill_key
from "{schema}"."{relation}" as r
where
    not exists (
        select 1
        from mart.skill as s
        where s.mart_group = '{group}' and s.skill_key = r.skill_key
    )
