-- purpose: chains of reposts of which two postings are counted in one month, or two as open today
-- grain: one chain
-- key: chain_id
with several as (
    select g.chain_id
    from mart.posting as g
    group by g.chain_id
    having count(*) > 1
),

run as (
    select
        g.chain_id,
        c.months
    from mart.posting as g
    inner join several as s on g.chain_id = s.chain_id
    cross join lateral unnest(g.counted_months) as c (months)
),

joined as (
    -- A run without an end lasts longer than any other.
    select
        r.chain_id,
        sum(coalesce(upper(r.months), 1000000) - lower(r.months)) as month_count,
        range_agg(r.months) as months
    from run as r
    group by r.chain_id
)

select j.chain_id
from joined as j
cross join
    lateral (
        select sum(coalesce(upper(m.months), 1000000) - lower(m.months)) as month_count
        from unnest(j.months) as m (months)
    ) as d
where j.month_count > d.month_count
union all
select g.chain_id
from mart.posting as g
where g.is_counted_today
group by g.chain_id
having count(*) > 1
