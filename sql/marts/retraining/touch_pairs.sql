-- purpose: skills and regions whose figures change
-- grain: one skill and region of supply or demand
-- key: kind, skill_key, region_code
insert into touched_pair (kind, skill_key, region_code)
select
    'supply' as kind,
    s.skill_key,
    s.region_code
from supply_delta as s
union
select
    'demand' as kind,
    d.skill_key,
    d.region_code
from demand_delta as d;
