-- purpose: the skills most short in the country; a gap that is hidden stands where its openings alone put it
-- grain: one skill
-- key: skill_key
select
    g.skill_key,
    g.skill_name,
    g.skill_name_kk,
    g.skill_name_ru,
    g.skill_name_en,
    g.demand_vacancies,
    g.demand_openings_capped,
    g.supply_people,
    g.gap,
    g.is_suppressed
from retraining.skill_gap_country as g
where g.month = %(month)s and g.demand_openings_capped > 0 and coalesce(g.gap, g.demand_openings_capped) > 0
order by coalesce(g.gap, g.demand_openings_capped) desc, g.skill_key asc
limit %(count)s;
