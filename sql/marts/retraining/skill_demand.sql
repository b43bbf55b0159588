-- purpose: model of mart.skill_demand: the running sum of its changes, month by month up to the current one
-- grain: one skill, region and month with an open vacancy
-- key: skill_key, region_code, month
insert into next_skill_demand (
    skill_key, region_code, month, vacancies, vacancies_raw, openings_known, vacancies_with_unknown_openings
)
with running as (
    select
        c.skill_key,
        c.region_code,
        c.month_index,
        sum(c.vacancies) over pair as vacancies,
        sum(c.vacancies_raw) over pair as vacancies_raw,
        sum(c.openings_known) over pair as openings_known,
        sum(c.vacancies_with_unknown_openings) over pair as vacancies_with_unknown_openings,
        lead(c.month_index) over pair as next_month_index
    from mart.demand_change as c
    inner join touched_pair as t
        on t.kind = 'demand' and c.skill_key = t.skill_key and c.region_code = t.region_code
    window pair as (partition by c.skill_key, c.region_code order by c.month_index asc)
)

select
    r.skill_key,
    r.region_code,
    mart.month_start(m.month_index) as month,
    r.vacancies,
    r.vacancies_raw,
    r.openings_known,
    r.vacancies_with_unknown_openings
from running as r
cross join
    lateral generate_series(
        r.month_index,
        least(coalesce(r.next_month_index - 1, mart.month_index(%(today)s)), mart.month_index(%(today)s))
    ) as m (month_index)
where r.vacancies_raw > 0;
