-- purpose: rows of people that mart.person does not have
-- grain: one row of the relation
-- key: none
select r.person_key
from "{schema}"."{relation}" as r
where
    not exists (
        select 1
        from mart.person as p
        where p.person_key = r.person_key
    )
