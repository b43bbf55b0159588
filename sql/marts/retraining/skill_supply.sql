-- purpose: model of mart.skill_supply: the running sum of its changes, month by month up to the current one
-- grain: one skill, region and month with people
-- key: skill_key, region_code, month
insert into next_skill_supply (skill_key, region_code, month, people)
with running as (
    select
        c.skill_key,
        c.region_code,
        c.month_index,
        sum(c.people) over pair as people,
        lead(c.month_index) over pair as next_month_index
    from mart.supply_change as c
    inner join touched_pair as t
        on t.kind = 'supply' and c.skill_key = t.skill_key and c.region_code = t.region_code
    window pair as (partition by c.skill_key, c.region_code order by c.month_index asc)
)

select
    r.skill_key,
    r.region_code,
    mart.month_start(m.month_index) as month,
    r.people
from running as r
cross join
    lateral generate_series(
        r.month_index,
        least(coalesce(r.next_month_index - 1, mart.month_index(%(today)s)), mart.month_index(%(today)s))
    ) as m (month_index)
where r.people > 0;
