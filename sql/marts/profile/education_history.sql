-- purpose: model of mart.education_history: every enrolment of a person, in order, how it came out, and what its organisation certified for it
-- grain: one enrolment not voided
-- key: source_id, enrolment_id
insert into next_education_history (
    source_id, enrolment_id, person_key, record_version, sequence_number, organisation_bin, organisation_kind,
    programme_code, programme_name_kk, programme_name_ru, programme_name_en, isced_field_code, isced_level, grade,
    year_of_study, study_form, language_code, funding, kato_code, region_code, begin_date, end_date, cohort_year,
    entry_type, exit_type, status, event_at, outcome_at_refresh, certified_skill_keys
)
with enrolled as materialized (
    select
        e.*,
        mart.person_key(e.person_token, e.birth_date, i.is_disputed) as person_key
    from core.enrolment_current as e
    inner join identity as i on e.person_token = i.person_token
    where e.status <> 'voided'
),

certified as (
    select
        e.source_id,
        e.enrolment_id,
        coalesce(array_agg(distinct k.skill_key) filter (where k.skill_key is not null), '{}') as skill_keys
    from enrolled as e
    inner join next_certificate as c
        on
            e.person_key = c.person_key
            and e.organisation_bin = c.issuer_bin
            and c.awarded_on between e.begin_date and coalesce(e.end_date, %(today)s) + 180
    left join lateral unnest(c.skill_keys) as k (skill_key) on true
    where c.status <> 'revoked'
    group by e.source_id, e.enrolment_id
)

select
    e.source_id,
    e.enrolment_id,
    e.person_key,
    e.record_version,
    row_number() over (
        partition by e.person_key
        order by e.begin_date, e.source_id, e.enrolment_id
    ) as sequence_number,
    e.organisation_bin,
    e.organisation_kind,
    e.programme_code,
    e.programme_name_kk,
    e.programme_name_ru,
    e.programme_name_en,
    e.isced_field_code,
    e.isced_level,
    e.grade,
    e.year_of_study,
    e.study_form,
    e.language_code,
    e.funding,
    e.kato_code,
    coalesce(r.region_code, 'ZZ') as region_code,
    e.begin_date,
    e.end_date,
    extract(year from e.begin_date) as cohort_year,
    e.entry_type,
    e.exit_type,
    e.status,
    e.occurred_at as event_at,
    mart.enrolment_outcome(e.status, e.exit_type, e.begin_date, e.end_date, %(today)s) as outcome_at_refresh,
    c.skill_keys as certified_skill_keys
from enrolled as e
left join certified as c on e.source_id = c.source_id and e.enrolment_id = c.enrolment_id
left join ref.region as r on left(e.kato_code, 2) = r.region_code;
