-- purpose: skills of people whose runs of months overlap, so that a month counts them twice
-- grain: one skill of one person
-- key: person_key, skill_key
with several as (
    -- A hash groups faster than the key; what it throws together is told apart below.
    select hashtextextended(s.skill_key, uuid_hash_extended(s.person_key, 0)) as pair_hash
    from mart.supply_span as s
    group by hashtextextended(s.skill_key, uuid_hash_extended(s.person_key, 0))
    having count(*) > 1
),

-- A run without an end lasts longer than any other.
run as (
    select
        s.person_key,
        s.skill_key,
        int4range(s.month_from, coalesce(s.month_to, 1000000)) as months
    from mart.supply_span as s
    inner join several as m on hashtextextended(s.skill_key, uuid_hash_extended(s.person_key, 0)) = m.pair_hash
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
