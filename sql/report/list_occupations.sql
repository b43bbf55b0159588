-- purpose: the occupations most asked for in the country; medians of pay do not add up, so their range over the regions
-- grain: one occupation
-- key: isco_code
select
    d.isco_code,
    d.occupation_name_kk,
    d.occupation_name_ru,
    d.occupation_name_en,
    sum(d.vacancies)::bigint as vacancies,
    sum(d.openings_capped)::bigint as openings_capped,
    min(d.salary_median_kzt) as salary_low_kzt,
    max(d.salary_median_kzt) as salary_high_kzt
from retraining.occupation_demand as d
where d.month = %(month)s and d.isco_code <> 'unknown'
group by d.isco_code, d.occupation_name_kk, d.occupation_name_ru, d.occupation_name_en
order by sum(d.openings_capped) desc, d.isco_code asc
limit %(count)s;
