-- purpose: skills of people whose runs of months overlap, so that a month counts them twice
-- grain: one skill of one person
-- key: person_key, skill_key
with several as (
    select
        s.person_key,
        s.skill_key
    from mart.supply_span as s
    group by s.person_key, s.skill_key
    having count(*) > 1
),

-- A run without an end lasts longer than any other.
run as (
    select
        s.person_key,
        s.skill_key,
        int4range(s.month_from, coalesce(s.month_to, 1000000)) as months
    from mart.supply_span as s
    inner join several as m on s.person_key = m.person_key and s.skill_key = m.skill_key
),

joined as (
    select
        r.person_key,
        r.skill_key,
        sum(upper(r.months) - lower(r.months)) as month_count,
        range_agg(r.months) as months
    from run as r
    group by r.person_key, r.skill_key
)

select
    j.person_key,
    j.skill_key
from joined as j
cross join
    lateral (
        select sum(upper(m.months) - lower(m.months)) as month_count
        from unnest(j.months) as m (months)
    ) as d
where j.month_count > d.month_count
