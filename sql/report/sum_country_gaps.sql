-- purpose: how many skills are asked for in a month, and of how many there are too few people
-- grain: one row
-- key: none
select
    count(*) filter (where g.demand_openings_capped > 0) as skills_in_demand,
    count(*) filter (where g.demand_openings_capped > 0 and g.gap > 0) as skills_short,
    count(*) filter (where g.demand_openings_capped > 0 and g.is_suppressed) as skills_hidden
from retraining.skill_gap_country as g
where g.month = %(month)s;
