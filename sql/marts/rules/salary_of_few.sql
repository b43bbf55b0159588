-- purpose: median salaries of fewer than five vacancies
-- grain: one occupation, region and month
-- key: isco_code, region_code, month
select
    d.isco_code,
    d.region_code,
    d.month
from mart.occupation_demand as d
where d.salary_median_kzt is not null and d.vacancies_with_salary < 5
