-- purpose: the rows that mart.skill_supply has of the skills that change, from the month on in which they do
-- grain: one skill, region and month
-- key: skill_key, region_code, month
insert into old_skill_supply (skill_key, region_code, month)
select
    m.skill_key,
    m.region_code,
    m.month
from mart.skill_supply as m
inner join touched_skill_supply as t on m.skill_key = t.skill_key and m.month >= mart.month_start(t.month_index);
