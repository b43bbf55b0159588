-- purpose: per region, how many skills are asked for in a month, and of how many there are too few people
-- grain: one region with a figure in the month
-- key: region_code
select
    g.region_code,
    g.region_name_kk,
    g.region_name_ru,
    g.region_name_en,
    count(*) filter (where g.demand_openings_capped > 0) as skills_in_demand,
    count(*) filter (where g.demand_openings_capped > 0 and g.gap > 0) as skills_short,
    count(*) filter (where g.demand_openings_capped > 0 and g.is_suppressed) as skills_hidden
from retraining.skill_gap as g
where g.month = %(month)s
group by g.region_code, g.region_name_kk, g.region_name_ru, g.region_name_en
order by g.region_code asc;
