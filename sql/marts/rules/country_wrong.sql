-- purpose: figures of the country that are not the sum of its regions
-- grain: one skill and month
-- key: skill_key, month
with summed as (
    select
        g.skill_key,
        g.month,
        sum(g.demand_vacancies) as vacancies,
        sum(g.demand_openings) as openings,
        sum(g.demand_openings_capped) as openings_capped,
        sum(g.supply_people) as people
    from mart.skill_gap as g
    group by g.skill_key, g.month
)

select
    coalesce(s.skill_key, c.skill_key) as skill_key,
    coalesce(s.month, c.month) as month
from summed as s
full join mart.skill_gap_country as c on s.skill_key = c.skill_key and s.month = c.month
where
    s.vacancies is distinct from c.demand_vacancies
    or s.openings is distinct from c.demand_openings
    or s.openings_capped is distinct from c.demand_openings_capped
    or s.people is distinct from c.supply_people
