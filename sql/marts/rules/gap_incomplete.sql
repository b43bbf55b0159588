-- purpose: gaps whose two sides differ from the tables of demand and supply
-- grain: one skill, region and month
-- key: skill_key, region_code, month
with figure as (
    select
        d.skill_key,
        d.region_code,
        d.month,
        d.vacancies,
        d.openings_known + d.vacancies_with_unknown_openings as openings,
        d.openings_capped,
        0 as people,
        null::boolean as is_suppressed
    from mart.skill_demand as d
    union all
    select
        s.skill_key,
        s.region_code,
        s.month,
        0 as vacancies,
        0 as openings,
        0 as openings_capped,
        s.people,
        s.is_suppressed
    from mart.skill_supply as s
),

whole as (
    select
        f.skill_key,
        f.region_code,
        f.month,
        sum(f.vacancies) as vacancies,
        sum(f.openings) as openings,
        sum(f.openings_capped) as openings_capped,
        sum(f.people) as people,
        coalesce(bool_or(f.is_suppressed), false) as is_suppressed
    from figure as f
    group by f.skill_key, f.region_code, f.month
)

select
    coalesce(w.skill_key, g.skill_key) as skill_key,
    coalesce(w.region_code, g.region_code) as region_code,
    coalesce(w.month, g.month) as month
from whole as w
full join mart.skill_gap as g
    on w.skill_key = g.skill_key and w.region_code = g.region_code and w.month = g.month
where
    w.vacancies is distinct from g.demand_vacancies
    or w.openings is distinct from g.demand_openings
    or w.openings_capped is distinct from g.demand_openings_capped
    or w.people is distinct from g.supply_people
    or w.is_suppressed is distinct from g.is_suppressed
