-- purpose: model of mart.occupation_demand: vacancies and places by month, of each employer no more than the cap, and what is paid
-- grain: one occupation, region and month with an open vacancy
-- key: isco_code, region_code, month
insert into next_occupation_demand (
    isco_code, region_code, month, vacancies, vacancies_raw, openings_known, vacancies_with_unknown_openings,
    openings_capped, employers, vacancies_today, salary_median_kzt, vacancies_with_salary
)
with posting as materialized (
    select
        t.isco_code,
        t.region_code,
        t.month_index,
        p.employer_id,
        p.openings,
        p.salary_month_kzt,
        p.is_counted_today,
        p.counted_months @> t.month_index as is_counted
    from touched_occupation_demand as t
    inner join mart.posting as p
        on
            t.isco_code = coalesce(p.isco_code, 'unknown')
            and t.region_code = p.region_code
            and p.months @> t.month_index
),

employer as (
    select
        p.isco_code,
        p.region_code,
        p.month_index,
        count(*) as vacancies_raw,
        count(*) filter (where p.is_counted) as vacancies,
        coalesce(sum(p.openings) filter (where p.is_counted), 0) as openings_known,
        count(*) filter (where p.is_counted and p.openings is null) as unknown_openings,
        count(*) filter (where p.is_counted_today) as vacancies_today
    from posting as p
    group by p.isco_code, p.region_code, p.month_index, p.employer_id
),

demand as (
    select
        e.isco_code,
        e.region_code,
        e.month_index,
        sum(e.vacancies) as vacancies,
        sum(e.vacancies_raw) as vacancies_raw,
        sum(e.openings_known) as openings_known,
        sum(e.unknown_openings) as unknown_openings,
        sum(least(e.openings_known + e.unknown_openings, mart.employer_cap())) as openings_capped,
        count(*) filter (where e.vacancies > 0) as employers,
        sum(e.vacancies_today) as vacancies_today
    from employer as e
    group by e.isco_code, e.region_code, e.month_index
),

-- percentile_cont works in floating point; the middle one, or the mean of the middle two, is exact.
salary as (
    select
        p.isco_code,
        p.region_code,
        p.month_index,
        p.salary_month_kzt,
        row_number() over (
            partition by p.isco_code, p.region_code, p.month_index
            order by p.salary_month_kzt asc
        ) as position,
        count(*) over (partition by p.isco_code, p.region_code, p.month_index) as vacancies
    from posting as p
    where p.is_counted and p.salary_month_kzt is not null
),

paid as (
    select
        s.isco_code,
        s.region_code,
        s.month_index,
        s.vacancies,
        avg(s.salary_month_kzt) as median
    from salary as s
    where s.position in ((s.vacancies + 1) / 2, s.vacancies / 2 + 1)
    group by s.isco_code, s.region_code, s.month_index, s.vacancies
)

select
    d.isco_code,
    d.region_code,
    mart.month_start(d.month_index) as month,
    d.vacancies,
    d.vacancies_raw,
    d.openings_known,
    d.unknown_openings as vacancies_with_unknown_openings,
    d.openings_capped,
    d.employers,
    case when d.month_index = mart.month_index(%(today)s) then d.vacancies_today end as vacancies_today,
    case when s.vacancies >= 5 then round(s.median, 2) end as salary_median_kzt,
    coalesce(s.vacancies, 0) as vacancies_with_salary
from demand as d
left join paid as s
    on d.isco_code = s.isco_code and d.region_code = s.region_code and d.month_index = s.month_index;
