-- purpose: months that are not given by their first day, or lie ahead of the day the group stands for
-- grain: one row of the relation
-- key: none
select r.month
from "{schema}"."{relation}" as r
inner join ops.mart_state as s on s.mart_group = '{group}'
where r.month <> date_trunc('month', r.month)::date or r.month > s.as_of_date
