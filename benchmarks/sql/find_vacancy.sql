-- purpose: see whether a vacancy has reached core
-- grain: one vacancy
-- key: vacancy_id
select 1 as one
from core.vacancy_current
where vacancy_id = %(vacancy_id)s
