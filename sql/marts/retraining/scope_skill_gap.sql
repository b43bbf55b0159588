-- purpose: the rows that mart.skill_gap has of the skills that change, from the month on in which they do
-- grain: one skill, region and month
-- key: skill_key, region_code, month
insert into old_skill_gap (skill_key, region_code, month)
select
    m.skill_key,
    m.region_code,
    m.month
from mart.skill_gap as m
inner join touched_gap as t on m.skill_key = t.skill_key and m.month >= t.month;
