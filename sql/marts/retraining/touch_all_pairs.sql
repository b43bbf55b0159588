-- purpose: every skill and region: a new month has begun, or all is rebuilt
-- grain: one skill and region of supply or demand
-- key: kind, skill_key, region_code
insert into touched_pair (kind, skill_key, region_code)
select
    'supply' as kind,
    s.skill_key,
    s.region_code
from mart.supply_change as s
union
select
    'demand' as kind,
    d.skill_key,
    d.region_code
from mart.demand_change as d
on conflict do nothing;
