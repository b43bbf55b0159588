-- purpose: occupations, regions and months that gain by the touched vacancies
-- grain: one occupation, region and month
-- key: isco_code, region_code, month_index
insert into touched_occupation_demand (isco_code, region_code, month_index)
select distinct
    coalesce(p.isco_code, 'unknown') as isco_code,
    p.region_code,
    m.month_index
from mart.posting as p
inner join touched_vacancy as t on p.source_id = t.source_id and p.vacancy_id = t.vacancy_id
cross join lateral mart.months_until(p.months, mart.month_index(%(today)s)) as m (month_index)
on conflict do nothing;
