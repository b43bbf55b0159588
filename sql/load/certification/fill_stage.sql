-- purpose: type the events of one range of a certification batch into the stage
-- grain: one event
-- key: topic_id, partition, offset
insert into stage.certification (
    source_id,
    certificate_id,
    record_version,
    event_id,
    action,
    occurred_at,
    landed_at,
    topic_id,
    partition,
    "offset",
    batch_id,
    payload_sha256,
    person_token,
    birth_date,
    issuer_bin,
    issuer_name,
    achievement_code,
    achievement_name_kk,
    achievement_name_ru,
    achievement_name_en,
    achievement_type,
    hours,
    skills,
    awarded_on,
    valid_from,
    valid_until,
    result_kind,
    result_value,
    result_number,
    result_max,
    language_code,
    evidence_url,
    status,
    revocation_reason
)
select
    p.source_id,
    p.subject as certificate_id,
    p.record_version,
    p.event_id,
    p.action,
    p.occurred_at,
    p.landed_at,
    p.topic_id,
    p.partition,
    p."offset",
    %(batch_id)s,
    p.payload_sha256,
    (p.person ->> 'iin')::uuid as person_token,
    (p.person ->> 'birth_date')::date as birth_date,
    p.issuer ->> 'bin' as issuer_bin,
    p.issuer ->> 'name' as issuer_name,
    p.achievement ->> 'code' as achievement_code,
    p.achievement_name ->> 'kk' as achievement_name_kk,
    p.achievement_name ->> 'ru' as achievement_name_ru,
    p.achievement_name ->> 'en' as achievement_name_en,
    p.achievement ->> 'type' as achievement_type,
    (p.achievement ->> 'hours')::numeric as hours,
    case when jsonb_typeof(p.achievement -> 'skills') = 'array' then p.achievement -> 'skills' else '[]' end as skills,
    (p.data ->> 'awarded_on')::date as awarded_on,
    (p.data ->> 'valid_from')::date as valid_from,
    (p.data ->> 'valid_until')::date as valid_until,
    p.result ->> 'kind' as result_kind,
    p.result ->> 'value' as result_value,
    case
        when p.result ->> 'value' ~ '^-?[0-9]{1,12}(\.[0-9]{1,12})?$' then (p.result ->> 'value')::numeric
    end as result_number,
    (p.result ->> 'max')::numeric as result_max,
    p.data ->> 'language' as language_code,
    p.data ->> 'evidence_url' as evidence_url,
    p.data ->> 'status' as status,
    p.data ->> 'revocation_reason' as revocation_reason
from (
    -- "offset 0" keeps the planner from parsing the JSON once per column: three times as fast.
    select
        e.*,
        e.achievement -> 'name' as achievement_name
    from (
        select
            j.*,
            j.data -> 'person' as person,
            j.data -> 'issuer' as issuer,
            j.data -> 'achievement' as achievement,
            j.data -> 'result' as result
        from (
            select
                r.source_id,
                r.subject,
                r.record_version,
                r.event_id,
                r.action,
                r.occurred_at,
                r.landed_at,
                r.topic_id,
                r.partition,
                r."offset",
                r.payload_sha256,
                r.data::jsonb as data
            from raw.certification as r
            where
                r.topic_id = %(topic_id)s
                and r.partition = %(partition)s
                and r."offset" >= %(from_offset)s
                and r."offset" < %(to_offset)s
                -- An event that could not be typed is already rejected as load_error.
                and not exists (
                    select 1
                    from ops.rejection as x
                    where x.topic_id = r.topic_id and x.partition = r.partition and x."offset" = r."offset"
                )
            offset 0
        ) as j
        offset 0
    ) as e
    offset 0
) as p
