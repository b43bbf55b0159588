-- purpose: model of mart.skill_demand: vacancies and places by month, of each employer no more than the cap
-- grain: one skill, region and month with an open vacancy
-- key: skill_key, region_code, month
insert into next_skill_demand (
    skill_key, region_code, month, vacancies, vacancies_raw, openings_known, vacancies_with_unknown_openings,
    openings_capped, employers, vacancies_today
)
with employer as (
    select
        t.skill_key,
        t.region_code,
        t.month_index,
        s.employer_id,
        count(*) as vacancies_raw,
        count(*) filter (where s.counted_months @> t.month_index) as vacancies,
        coalesce(sum(s.openings) filter (where s.counted_months @> t.month_index), 0) as openings_known,
        count(*) filter (where s.counted_months @> t.month_index and s.openings is null) as unknown_openings,
        count(*) filter (where s.is_counted_today) as vacancies_today
    from touched_skill_demand as t
    inner join mart.vacancy_span as s
        on t.skill_key = s.skill_key and t.region_code = s.region_code and s.months @> t.month_index
    group by t.skill_key, t.region_code, t.month_index, s.employer_id
)

select
    e.skill_key,
    e.region_code,
    mart.month_start(e.month_index) as month,
    sum(e.vacancies) as vacancies,
    sum(e.vacancies_raw) as vacancies_raw,
    sum(e.openings_known) as openings_known,
    sum(e.unknown_openings) as vacancies_with_unknown_openings,
    sum(least(e.openings_known + e.unknown_openings, mart.employer_cap())) as openings_capped,
    count(*) filter (where e.vacancies > 0) as employers,
    case when e.month_index = mart.month_index(%(today)s) then sum(e.vacancies_today) end as vacancies_today
from employer as e
group by e.skill_key, e.region_code, e.month_index;
