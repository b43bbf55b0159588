-- purpose: how many rows retraining.skill_gap has
-- grain: one row
-- key: none
select count(*) as row_count
from (
    select
        d.skill_key,
        d.region_code,
        d.month
    from mart.skill_demand as d
    union
    select
        s.skill_key,
        s.region_code,
        s.month
    from mart.skill_supply as s
) as k;
