-- purpose: in which region a person counts in which months: that of the enrolment in force, else of the last one before, else ZZ
-- grain: one run of months of one person; runs of one person fill all months that have an enrolment before them
-- key: person_key, months
insert into person_region (person_key, region_code, months)
with place as materialized (
    select
        mart.person_key(e.person_token, e.birth_date, i.is_disputed) as person_key,
        coalesce(r.region_code, 'ZZ') as region_code,
        mart.month_index(e.begin_date) as month_from,
        case
            when e.end_date is not null then mart.month_index(greatest(e.end_date - 1, e.begin_date)) + 1
            when e.status = 'ended' then mart.month_index(greatest(mart.local_date(e.occurred_at), e.begin_date)) + 1
        end as month_to,
        e.begin_date,
        e.occurred_at,
        e.source_id,
        e.enrolment_id
    from core.enrolment_current as e
    inner join identity as i on e.person_token = i.person_token
    left join ref.region as r on left(e.kato_code, 2) = r.region_code
    where e.status <> 'voided' and e.begin_date <= %(today)s
),

person as materialized (
    select
        p.person_key,
        min(p.region_code) as region_code,
        min(p.month_from) as month_from,
        min(p.region_code) <> max(p.region_code) as has_moved
    from place as p
    group by p.person_key
),

-- Only for the few who moved does it matter which enrolment a month falls into.
bound as (
    select
        p.person_key,
        p.month_from as month_index
    from place as p
    inner join person as w on p.person_key = w.person_key
    where w.has_moved
    union
    select
        p.person_key,
        p.month_to as month_index
    from place as p
    inner join person as w on p.person_key = w.person_key
    where w.has_moved and p.month_to is not null
),

run as (
    select
        b.person_key,
        b.month_index,
        lead(b.month_index) over (partition by b.person_key order by b.month_index asc) as next_month_index
    from bound as b
),

placed as (
    select distinct on (u.person_key, u.month_index)
        u.person_key,
        p.region_code,
        int4range(u.month_index, u.next_month_index) as months
    from run as u
    inner join place as p on u.person_key = p.person_key and u.month_index >= p.month_from
    order by
        u.person_key asc,
        u.month_index asc,
        (p.month_to is null or u.month_index < p.month_to) desc,
        p.begin_date desc,
        p.occurred_at desc,
        p.source_id asc,
        p.enrolment_id asc
)

select
    w.person_key,
    w.region_code,
    int4range(w.month_from, null) as months
from person as w
where not w.has_moved
union all
select
    d.person_key,
    d.region_code,
    d.months
from placed as d
union all
select
    w.person_key,
    'ZZ' as region_code,
    int4range(null, w.month_from) as months
from person as w;
