-- purpose: model of mart.student: of a person's enrolments the one in force, else the last one
-- grain: one person with an enrolment that was not voided
-- key: person_key
insert into next_student (
    person_key, source_id, enrolment_id, record_version, organisation_bin, organisation_kind, programme_code,
    programme_name_kk, programme_name_ru, programme_name_en, isced_field_code, isced_level, grade, year_of_study,
    study_form, language_code, funding, kato_code, region_code, begin_date, end_date, entry_type, exit_type, status,
    enrolment_count, event_at, is_studying_at_refresh
)
with ranked as (
    select
        e.*,
        mart.person_key(e.person_token, e.birth_date, i.is_disputed) as person_key,
        count(*) over person as enrolment_count,
        row_number() over (
            person
            order by
                (
                    e.status in ('active', 'on_leave')
                    and e.begin_date <= %(today)s
                    and (e.end_date is null or e.end_date > %(today)s)
                ) desc,
                -- A place that has not begun says less about today than one that is over.
                (e.begin_date <= %(today)s) desc,
                (e.status = 'active') desc,
                e.begin_date desc,
                e.isced_level desc,
                e.occurred_at desc,
                e.source_id asc,
                e.enrolment_id asc
        ) as place
    from core.enrolment_current as e
    inner join identity as i on e.person_token = i.person_token
    where e.status <> 'voided'
    window person as (partition by mart.person_key(e.person_token, e.birth_date, i.is_disputed))
)

select
    e.person_key,
    e.source_id,
    e.enrolment_id,
    e.record_version,
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
    e.entry_type,
    e.exit_type,
    e.status,
    e.enrolment_count,
    e.occurred_at as event_at,
    e.status = 'active'
    and e.begin_date <= %(today)s
    and (e.end_date is null or %(today)s < e.end_date) as is_studying_at_refresh
from ranked as e
left join ref.region as r on left(e.kato_code, 2) = r.region_code
where e.place = 1;
