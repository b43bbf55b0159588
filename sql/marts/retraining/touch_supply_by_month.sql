-- purpose: every skill, from the month after that of the last refresh on
-- grain: one skill
-- key: skill_key
insert into touched_skill_supply as t (skill_key, month_index)
select distinct
    c.skill_key,
    mart.month_index(%(as_of_date)s) + 1 as month_index
from mart.supply_change as c
on conflict (skill_key) do update
    set month_index = least(t.month_index, excluded.month_index);
