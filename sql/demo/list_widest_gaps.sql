-- purpose: the skills most short in this month, by region
-- grain: one skill in one region
-- key: skill_key, region_code
select
    g.skill_name,
    g.region_name_en,
    g.month,
    g.demand_openings,
    g.supply_people,
    g.gap
from retraining.skill_gap as g
where g.month = (select max(m.month) from retraining.skill_gap as m) and g.gap is not null
order by g.gap desc, g.skill_name asc, g.region_code asc
limit %(count)s;
