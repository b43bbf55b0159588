-- purpose: model of mart.person_skill: what a person has certificates for; a revoked one proves nothing
-- grain: one skill of one person
-- key: person_key, skill_key
insert into next_person_skill (
    person_key, skill_key, valid_certificate_count, certificate_count, certificate_ids, source_ids, first_awarded_on,
    last_awarded_on, best_result_percent
)
with held as materialized (
    select
        c.person_key,
        c.source_id,
        c.certificate_id,
        c.awarded_on,
        c.result_percent,
        c.skill_keys,
        c.status_at_refresh = 'valid' as is_valid,
        count(*) over (partition by c.person_key) as held_count
    from next_certificate as c
    -- A revoked one has none.
    where c.skill_keys <> '{}'
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
cross join lateral unnest(h.skill_keys) as t (skill_key)
where h.held_count = 1
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
cross join lateral unnest(h.skill_keys) as t (skill_key)
where h.held_count > 1
group by h.person_key, t.skill_key;
