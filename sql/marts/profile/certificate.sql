-- purpose: model of mart.certificate, with the keys of the skills it stands for; a revoked one stands for none
-- grain: one certificate
-- key: source_id, certificate_id
insert into next_certificate (
    source_id, certificate_id, person_key, record_version, issuer_bin, issuer_name, achievement_code,
    achievement_name_kk, achievement_name_ru, achievement_name_en, achievement_type, hours, awarded_on, valid_from,
    valid_until, result_kind, result_value, result_percent, language_code, evidence_url, status, revocation_reason,
    event_at, status_at_refresh, skill_keys
)
-- Certificates of one achievement carry one list, so keys are looked up once per list, not once per certificate.
with list as materialized (
    select distinct c.skills
    from core.certification_current as c
    inner join identity as i on c.person_token = i.person_token
    where c.status <> 'revoked' and c.skills <> '[]'
),

named as materialized (
    select
        l.skills,
        mart.skill_key(s.skill ->> 'framework', s.skill ->> 'code', s.skill ->> 'name') as skill_key
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
),

taught as (
    select
        n.skills,
        array_agg(distinct n.skill_key) as skill_keys
    from named as n
    where n.skill_key is not null
    group by n.skills
)

select
    c.source_id,
    c.certificate_id,
    mart.person_key(c.person_token, c.birth_date, i.is_disputed) as person_key,
    c.record_version,
    c.issuer_bin,
    c.issuer_name,
    c.achievement_code,
    c.achievement_name_kk,
    c.achievement_name_ru,
    c.achievement_name_en,
    c.achievement_type,
    c.hours,
    c.awarded_on,
    c.valid_from,
    c.valid_until,
    c.result_kind,
    c.result_value,
    case
        when c.result_kind = 'percent' then c.result_number
        when c.result_kind = 'score' and c.result_max > 0 then round(100 * c.result_number / c.result_max, 1)
    end as result_percent,
    c.language_code,
    c.evidence_url,
    c.status,
    c.revocation_reason,
    c.occurred_at as event_at,
    case
        when c.status <> 'valid' then c.status
        when c.valid_until < %(today)s then 'expired'
        when c.valid_from > %(today)s then 'not_yet_valid'
        else 'valid'
    end as status_at_refresh,
    coalesce(t.skill_keys, '{}') as skill_keys
from core.certification_current as c
inner join identity as i on c.person_token = i.person_token
left join taught as t on c.skills = t.skills and c.status <> 'revoked';
