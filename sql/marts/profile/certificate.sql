-- purpose: model of mart.certificate
-- grain: one certificate
-- key: source_id, certificate_id
insert into next_certificate (
    source_id, certificate_id, person_key, record_version, issuer_bin, issuer_name, achievement_code,
    achievement_name_kk, achievement_name_ru, achievement_name_en, achievement_type, hours, awarded_on, valid_from,
    valid_until, result_kind, result_value, result_percent, language_code, evidence_url, status, revocation_reason,
    event_at, status_at_refresh
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
    end as status_at_refresh
from core.certification_current as c
inner join identity as i on c.person_token = i.person_token;
