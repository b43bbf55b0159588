-- purpose: model of mart.supply_span: months in which a person held a skill by a certificate that was valid then
-- grain: one run of months of one person, skill and region; runs of one person and skill do not overlap
-- key: person_key, skill_key, month_from
insert into mart.supply_span (person_token, person_key, skill_key, region_code, month_from, month_to)
with certificate as materialized (
    select
        c.person_token,
        mart.person_key(c.person_token, c.birth_date, i.is_disputed) as person_key,
        c.source_id,
        c.certificate_id,
        c.skills,
        c.valid_from,
        c.valid_until,
        c.record_version > 1 or c.status <> 'valid' as has_history
    from core.certification_current as c
    inner join identity as i on c.person_token = i.person_token
    where c.skills <> '[]' and c.valid_from <= %(today)s and (c.valid_until is null or c.valid_from <= c.valid_until)
),

version as (
    select
        v.source_id,
        v.certificate_id,
        v.status,
        mart.local_date(v.occurred_at) as from_date,
        mart.local_date(
            lead(v.occurred_at) over (partition by v.source_id, v.certificate_id order by v.record_version asc)
        ) as to_date
    from core.certification as v
    inner join certificate as c on v.source_id = c.source_id and v.certificate_id = c.certificate_id
    where c.has_history
),

-- A suspension or revocation works from its day to the day of the version that ends it.
pause as materialized (
    select
        v.source_id,
        v.certificate_id,
        range_agg(mart.day_span(v.from_date, v.to_date)) as days
    from version as v
    where v.status <> 'valid'
    group by v.source_id, v.certificate_id
),

valid as materialized (
    select
        c.person_token,
        c.person_key,
        c.skills,
        count(*) over (partition by c.person_key) as certificate_count,
        case
            when p.days is null
                then int4multirange(int4range(
                    mart.month_index(c.valid_from), mart.month_index(c.valid_until) + 1
                ))
            else mart.month_span(mart.day_span(c.valid_from, c.valid_until + 1) - p.days)
        end as months
    from certificate as c
    left join pause as p on c.source_id = p.source_id and c.certificate_id = p.certificate_id
),

list as materialized (
    select distinct v.skills
    from valid as v
),

taught as materialized (
    select distinct
        l.skills,
        mart.skill_key(s.skill ->> 'framework', s.skill ->> 'code', s.skill ->> 'name') as skill_key
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
),

-- Who has one certificate needs no merging: months and regions are settled before the skills multiply the rows.
single as (
    select
        v.person_token,
        v.person_key,
        v.skills,
        coalesce(p.region_code, 'ZZ') as region_code,
        r.months * coalesce(p.months, r.months) as months
    from valid as v
    cross join lateral unnest(v.months) as r (months)
    left join person_region as p on v.person_key = p.person_key
    where v.certificate_count = 1 and (p.months is null or r.months && p.months)
),

held as (
    select
        v.person_token,
        v.person_key,
        t.skill_key,
        range_agg(v.months) as months
    from valid as v
    inner join taught as t on v.skills = t.skills
    where v.certificate_count > 1 and t.skill_key is not null
    group by v.person_token, v.person_key, t.skill_key
),

several as (
    select
        h.person_token,
        h.person_key,
        h.skill_key,
        coalesce(p.region_code, 'ZZ') as region_code,
        r.months * coalesce(p.months, r.months) as months
    from held as h
    cross join lateral unnest(h.months) as r (months)
    left join person_region as p on h.person_key = p.person_key
    where p.months is null or r.months && p.months
)

select
    s.person_token,
    s.person_key,
    t.skill_key,
    s.region_code,
    lower(s.months) as month_from,
    upper(s.months) as month_to
from single as s
inner join taught as t on s.skills = t.skills
where t.skill_key is not null
union all
select
    s.person_token,
    s.person_key,
    s.skill_key,
    s.region_code,
    lower(s.months) as month_from,
    upper(s.months) as month_to
from several as s;
