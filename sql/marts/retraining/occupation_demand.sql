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
),

-- Put together by a sum, not a join: the planner cannot tell how many rows there are.
figure as (
    select
        d.isco_code,
        d.region_code,
        d.month_index,
        d.vacancies,
        d.vacancies_raw,
        d.openings_known,
        d.unknown_openings,
        d.openings_capped,
        d.employers,
        d.vacancies_today,
        0 as vacancies_with_salary,
        null::numeric as salary_median_kzt
    from demand as d
    union all
    select
        s.isco_code,
        s.region_code,
        s.month_index,
        0 as vacancies,
        0 as vacancies_raw,
        0 as openings_known,
        0 as unknown_openings,
        0 as openings_capped,
        0 as employers,
        0 as vacancies_today,
        s.vacancies as vacancies_with_salary,
        case when s.vacancies >= 5 then round(s.median, 2) end as salary_median_kzt
    from paid as s
)

select
    f.isco_code,
    f.region_code,
    mart.month_start(f.month_index) as month,
    sum(f.vacancies) as vacancies,
    sum(f.vacancies_raw) as vacancies_raw,
    sum(f.openings_known) as openings_known,
    sum(f.unknown_openings) as vacancies_with_unknown_openings,
    sum(f.openings_capped) as openings_capped,
    sum(f.employers) as employers,
    case when f.month_index = mart.month_index(%(today)s) then sum(f.vacancies_today) end as vacancies_today,
    max(f.salary_median_kzt) as salary_median_kzt,
    sum(f.vacancies_with_salary) as vacancies_with_salary
from figure as f
group by f.isco_code, f.region_code, f.month_index;
