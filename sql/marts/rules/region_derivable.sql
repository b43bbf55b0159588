-- purpose: skills and months of which one region alone is withheld while the country is shown: a reader subtracts the others
-- grain: one skill and month
-- key: skill_key, month
with region as (
    select
        g.skill_key,
        g.month,
        count(*) as withheld_count
    from retraining.skill_gap as g
    where g.supply_people is null
    group by g.skill_key, g.month
    having count(*) = 1
)

select
    r.skill_key,
    r.month
from region as r
inner join retraining.skill_gap_country as c on r.skill_key = c.skill_key and r.month = c.month
where c.supply_people is not null
