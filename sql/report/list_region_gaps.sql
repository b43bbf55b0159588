-- purpose: the skills most short in each region; a gap that is hidden stands where its openings alone put it
-- grain: one skill in one region
-- key: region_code, skill_key
with ranked as (
    select
        g.region_code,
        g.region_name_kk,
        g.region_name_ru,
        g.region_name_en,
        g.skill_key,
        g.skill_name,
        g.skill_name_kk,
        g.skill_name_ru,
        g.skill_name_en,
        g.demand_vacancies,
        g.demand_openings_capped,
        g.supply_people,
        g.gap,
        g.is_suppressed,
        row_number() over (
            partition by g.region_code
            order by coalesce(g.gap, g.demand_openings_capped) desc, g.skill_key asc
        ) as place
    from retraining.skill_gap as g
    where g.month = %(month)s and g.demand_openings_capped > 0 and coalesce(g.gap, g.demand_openings_capped) > 0
)

select
    r.region_code,
    r.region_name_kk,
    r.region_name_ru,
    r.region_name_en,
    r.skill_key,
    r.skill_name,
    r.skill_name_kk,
    r.skill_name_ru,
    r.skill_name_en,
    r.demand_vacancies,
    r.demand_openings_capped,
    r.supply_people,
    r.gap,
    r.is_suppressed
from ranked as r
where r.place <= %(count)s
order by r.region_code asc, r.place asc;
