-- purpose: model of mart.skill_gap: demand beside supply
-- grain: one skill, region and month with either
-- key: skill_key, region_code, month
insert into next_skill_gap (
    skill_key, region_code, month, demand_vacancies, demand_openings, demand_openings_capped, supply_people,
    is_suppressed
)
with demand as (
    select
        d.skill_key,
        d.region_code,
        d.month,
        d.vacancies,
        d.openings_known + d.vacancies_with_unknown_openings as openings,
        d.openings_capped
    from mart.skill_demand as d
    inner join touched_gap as t on d.skill_key = t.skill_key and d.month >= t.month
),

supply as (
    select
        s.skill_key,
        s.region_code,
        s.month,
        s.people,
        s.is_suppressed
    from mart.skill_supply as s
    inner join touched_gap as t on s.skill_key = t.skill_key and s.month >= t.month
)

select
    coalesce(d.skill_key, s.skill_key) as skill_key,
    coalesce(d.region_code, s.region_code) as region_code,
    coalesce(d.month, s.month) as month,
    coalesce(d.vacancies, 0) as demand_vacancies,
    coalesce(d.openings, 0) as demand_openings,
    coalesce(d.openings_capped, 0) as demand_openings_capped,
    coalesce(s.people, 0) as supply_people,
    coalesce(s.is_suppressed, false) as is_suppressed
from demand as d
full join supply as s on d.skill_key = s.skill_key and d.region_code = s.region_code and d.month = s.month;
