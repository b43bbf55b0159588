-- purpose: demand and supply of some skills in the country, month by month
-- grain: one skill in one month in which somebody asked for it or held it
-- key: skill_key, month
select
    g.skill_key,
    g.month,
    g.demand_openings_capped,
    g.supply_people,
    g.is_suppressed
from retraining.skill_gap_country as g
where g.skill_key = any(%(skill_keys)s) and g.month between %(first_month)s and %(month)s
order by g.skill_key asc, g.month asc;
