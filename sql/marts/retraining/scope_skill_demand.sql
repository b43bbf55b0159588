-- purpose: the rows that mart.skill_demand has of the skills, regions and months that change
-- grain: one skill, region and month
-- key: skill_key, region_code, month
insert into old_skill_demand (skill_key, region_code, month)
select
    m.skill_key,
    m.region_code,
    m.month
from mart.skill_demand as m
inner join touched_skill_demand as t
    on
        m.skill_key = t.skill_key
        and m.region_code = t.region_code
        and m.month = mart.month_start(t.month_index);
