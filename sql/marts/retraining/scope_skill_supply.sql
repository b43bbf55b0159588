-- purpose: the rows that mart.skill_supply has of the skills and regions that change
-- grain: one skill, region and month
-- key: skill_key, region_code, month
insert into old_skill_supply (skill_key, region_code, month)
select
    m.skill_key,
    m.region_code,
    m.month
from mart.skill_supply as m
inner join touched_pair as t
    on t.kind = 'supply' and m.skill_key = t.skill_key and m.region_code = t.region_code;
