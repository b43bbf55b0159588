-- purpose: the rows that mart.occupation_skill has of the touched occupations
-- grain: one skill of one occupation
-- key: isco_code, skill_key
insert into old_occupation_skill (isco_code, skill_key)
select
    m.isco_code,
    m.skill_key
from mart.occupation_skill as m
inner join touched_occupation as t on m.isco_code = t.isco_code;
