-- purpose: model of mart.skill_supply: the running sum of its changes, month by month up to the current one; and which numbers are withheld
-- grain: one skill, region and month with people
-- key: skill_key, region_code, month
insert into next_skill_supply (skill_key, region_code, month, people, is_suppressed)
with change as (
    select
        f.skill_key,
        f.region_code,
        f.month_index,
        sum(f.people) as people
    from (
        select
            c.skill_key,
            c.region_code,
            c.month_index,
            c.people
        from mart.supply_change as c
        inner join touched_skill_supply as t on c.skill_key = t.skill_key and c.month_index >= t.month_index
        union all
        -- Who was there in the month before the first that changes; a rebuild begins with nobody.
        select
            s.skill_key,
            s.region_code,
            t.month_index,
            s.people
        from mart.skill_supply as s
        inner join touched_skill_supply as t
            on s.skill_key = t.skill_key and s.month = mart.month_start(t.month_index - 1)
        where not %(is_rebuild)s
    ) as f
    group by f.skill_key, f.region_code, f.month_index
),

running as (
    select
        c.skill_key,
        c.region_code,
        c.month_index,
        sum(c.people) over pair as people,
        lead(c.month_index) over pair as next_month_index
    from change as c
    window pair as (partition by c.skill_key, c.region_code order by c.month_index asc)
),

monthly as (
    select
        r.skill_key,
        r.region_code,
        m.month_index,
        r.people
    from running as r
    cross join
        lateral generate_series(
            r.month_index,
            least(coalesce(r.next_month_index - 1, mart.month_index(%(today)s)), mart.month_index(%(today)s))
        ) as m (month_index)
    where r.people > 0
),

ranked as (
    select
        m.skill_key,
        m.region_code,
        m.month_index,
        m.people,
        bool_or(m.people < 5) over (partition by m.skill_key, m.month_index) as has_small,
        row_number() over (
            partition by m.skill_key, m.month_index, m.people < 5
            order by m.people asc, m.region_code asc
        ) as position
    from monthly as m
)

select
    r.skill_key,
    r.region_code,
    mart.month_start(r.month_index) as month,
    r.people,
    -- Where a number is withheld, the smallest one that would be shown is withheld as well.
    r.people < 5 or (r.has_small and r.position = 1) as is_suppressed
from ranked as r;
