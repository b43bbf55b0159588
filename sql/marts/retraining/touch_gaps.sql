-- purpose: skills whose gap changes, with the first month in which it does
-- grain: one skill
-- key: skill_key
insert into touched_gap (skill_key, month)
select
    t.skill_key,
    mart.month_start(min(t.month_index)) as month
from (
    select
        s.skill_key,
        s.month_index
    from touched_skill_supply as s
    union all
    select
        d.skill_key,
        d.month_index
    from touched_skill_demand as d
) as t
group by t.skill_key;
