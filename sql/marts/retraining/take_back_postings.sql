-- purpose: take the touched postings out, and note the occupations, regions and months that lose by it
-- grain: one occupation, region and month
-- key: isco_code, region_code, month_index
with gone as (
    delete from mart.posting as p
    using touched_vacancy as t
    where p.source_id = t.source_id and p.vacancy_id = t.vacancy_id
    returning p.isco_code, p.region_code, p.months
)

insert into touched_occupation_demand (isco_code, region_code, month_index)
select distinct
    coalesce(g.isco_code, 'unknown') as isco_code,
    g.region_code,
    m.month_index
from gone as g
cross join lateral mart.months_until(g.months, mart.month_index(%(today)s)) as m (month_index);
