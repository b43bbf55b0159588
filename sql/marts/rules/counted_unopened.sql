-- purpose: vacancies that are counted in a month in which they were not open
-- grain: one row of the relation
-- key: none
select
    r.source_id,
    r.vacancy_id
from "{schema}"."{relation}" as r
where not r.months @> r.counted_months
