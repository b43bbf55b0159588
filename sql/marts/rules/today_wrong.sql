-- purpose: figures of today that are more than those of the month, are missing in the month of the day the group stands for, or stand in another
-- grain: one row of the relation
-- key: none
select r.month
from "{schema}"."{relation}" as r
inner join ops.mart_state as s on s.mart_group = '{group}'
where
    r.vacancies_today > r.vacancies_raw
    or (r.vacancies_today is null) = (r.month = date_trunc('month', s.as_of_date)::date)
