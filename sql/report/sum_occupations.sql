-- purpose: all vacancies of a month, and those whose occupation could not be told
-- grain: one row
-- key: none
select
    coalesce(sum(d.vacancies), 0)::bigint as vacancies,
    coalesce(sum(d.openings), 0)::bigint as openings,
    coalesce(sum(d.vacancies) filter (where d.isco_code = 'unknown'), 0)::bigint as vacancies_unknown
from retraining.occupation_demand as d
where d.month = %(month)s;
