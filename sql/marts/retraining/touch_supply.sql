-- purpose: skills whose supply changes, and from which month on
-- grain: one skill
-- key: skill_key
insert into touched_skill_supply (skill_key, month_index)
select
    d.skill_key,
    min(d.month_index) as month_index
from (
    select
        s.skill_key,
        s.month_index
    from supply_delta as s
    group by s.skill_key, s.region_code, s.month_index
    having sum(s.people) <> 0
) as d
group by d.skill_key;
