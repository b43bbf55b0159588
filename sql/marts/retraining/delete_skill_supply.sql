-- purpose: take the figures out that change
-- grain: one skill, region and month
-- key: skill_key, region_code, month
delete from mart.skill_supply as m
using touched_pair as t
where t.kind = 'supply' and m.skill_key = t.skill_key and m.region_code = t.region_code;
