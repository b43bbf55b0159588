-- purpose: model of mart.skill_gap_country: sums over the regions, and whether the people are withheld
-- grain: one skill and month with demand or supply
-- key: skill_key, month
insert into next_skill_gap_country (
    skill_key, month, demand_vacancies, demand_openings, demand_openings_capped, supply_people, is_suppressed
)
select
    g.skill_key,
    g.month,
    sum(g.demand_vacancies) as demand_vacancies,
    sum(g.demand_openings) as demand_openings,
    sum(g.demand_openings_capped) as demand_openings_capped,
    sum(g.supply_people) as supply_people,
    -- No region has people enough to be withheld beside the small ones.
    max(g.supply_people) between 1 and 4 as is_suppressed
from mart.skill_gap as g
inner join touched_gap as t on g.skill_key = t.skill_key and g.month >= t.month
group by g.skill_key, g.month;
