-- purpose: model of mart.person_skill: what a person has certificates for; a revoked one proves nothing
-- grain: one skill of one person
-- key: person_key, skill_key
insert into next_person_skill (
    person_key, skill_key, valid_certificate_count, certificate_count, certificate_ids, source_ids, first_awarded_on,
    last_awarded_on, best_result_percent
)
with held as materialized (
    select
        mart.person_key(c.person_token, c.birth_date, i.is_disputed) as person_key,
        c.source_id,
        c.certificate_id,
        c.awarded_on,
        c.skills,
        count(*) over (partition by mart.person_key(c.person_token, c.birth_date, i.is_disputed)) as held_count,
        c.status = 'valid'
        and c.valid_from <= %(today)s
        and (c.valid_until is null or c.valid_until >= %(today)s) as is_valid,
        case
            when c.result_kind = 'percent' then c.result_number
            when c.result_kind = 'score' and c.result_max > 0 then round(100 * c.result_number / c.result_max, 1)
        end as result_percent
    from core.certification_current as c
    inner join identity as i on c.person_token = i.person_token
    where c.status <> 'revoked' and c.skills <> '[]'
),

-- Certificates of one achievement carry one list, so keys are looked up once per list, not once per certificate.
list as materialized (
    select distinct h.skills
    from held as h
),

taught as materialized (
    select distinct
        l.skills,
        mart.skill_key(s.skill ->> 'framework', s.skill ->> 'code', s.skill ->> 'name') as skill_key
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
)

-- Who has one certificate needs no grouping.
select
    h.person_key,
    t.skill_key,
    h.is_valid::integer as valid_certificate_count,
    1 as certificate_count,
    array[h.certificate_id] as certificate_ids,
    array[h.source_id] as source_ids,
    h.awarded_on as first_awarded_on,
    h.awarded_on as last_awarded_on,
    h.result_percent as best_result_percent
from held as h
inner join taught as t on h.skills = t.skills
where h.held_count = 1 and t.skill_key is not null
union all
select
    h.person_key,
    t.skill_key,
    count(*) filter (where h.is_valid) as valid_certificate_count,
    count(*) as certificate_count,
    array_agg(h.certificate_id order by h.awarded_on desc, h.source_id asc, h.certificate_id asc) as certificate_ids,
    array_agg(h.source_id order by h.awarded_on desc, h.source_id asc, h.certificate_id asc) as source_ids,
    min(h.awarded_on) as first_awarded_on,
    max(h.awarded_on) as last_awarded_on,
    max(h.result_percent) as best_result_percent
from held as h
inner join taught as t on h.skills = t.skills
where h.held_count > 1 and t.skill_key is not null
group by h.person_key, t.skill_key;
