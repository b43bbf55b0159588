-- purpose: chains of reposts of which two postings are counted for a skill in one month, or two as open today
-- grain: one skill of one chain
-- key: chain_id, skill_key
with several as (
    select
        s.chain_id,
        s.skill_key
    from mart.vacancy_span as s
    group by s.chain_id, s.skill_key
    having count(*) > 1
),

run as (
    select
        s.chain_id,
        s.skill_key,
        c.months
    from mart.vacancy_span as s
    inner join several as m on s.chain_id = m.chain_id and s.skill_key = m.skill_key
    cross join lateral unnest(s.counted_months) as c (months)
),

joined as (
    -- A run without an end lasts longer than any other.
    select
        r.chain_id,
        r.skill_key,
        sum(coalesce(upper(r.months), 1000000) - lower(r.months)) as month_count,
        range_agg(r.months) as months
    from run as r
    group by r.chain_id, r.skill_key
)

select
    j.chain_id,
    j.skill_key
from joined as j
cross join
    lateral (
        select sum(coalesce(upper(m.months), 1000000) - lower(m.months)) as month_count
        from unnest(j.months) as m (months)
    ) as d
where j.month_count > d.month_count
union all
select
    s.chain_id,
    s.skill_key
from mart.vacancy_span as s
where s.is_counted_today
group by s.chain_id, s.skill_key
having count(*) > 1
