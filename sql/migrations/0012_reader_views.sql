-- purpose: the views of the two readers; readers see these and nothing below them
-- grain: see each view
-- key: see each view
create view mart.region as
select
    r.region_code,
    r.name_kk,
    r.name_ru,
    r.name_en
from ref.region as r
union all
select
    v.region_code,
    v.name_kk,
    v.name_ru,
    v.name_en
from (
    values
    ('00', 'Бүкіл Қазақстан, қашықтан', 'Весь Казахстан, удалённо', 'Whole country, remote'),
    ('ZZ', 'Өңірі белгісіз', 'Регион неизвестен', 'Region unknown')
) as v (region_code, name_kk, name_ru, name_en);
comment on view mart.region is 'Regions of the aggregates: those of KATO, remote work, and unknown. Grain: one region.';
comment on column mart.region.region_code is 'First two digits of KATO; 00 is remote work, ZZ is unknown.';
comment on column mart.region.name_kk is 'Name in Kazakh.';
comment on column mart.region.name_ru is 'Name in Russian.';
comment on column mart.region.name_en is 'Name in English.';

create view mart.skill_label as
select
    s.mart_group,
    s.skill_key,
    s.framework,
    s.skill_code,
    s.name as skill_name,
    r.name_kk as skill_name_kk,
    r.name_ru as skill_name_ru,
    r.name_en as skill_name_en
from mart.skill as s
left join ref.skill as r
    on s.framework = r.framework and s.skill_code = r.skill_code;
comment on view mart.skill_label is 'Skills with the labels of the reference. Grain: one skill in one group of marts.';
comment on column mart.skill_label.mart_group is 'Group that met it.';
comment on column mart.skill_label.skill_key is 'Key after mart.skill_key.';
comment on column mart.skill_label.framework is 'esco, onet or local.';
comment on column mart.skill_label.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column mart.skill_label.skill_name is 'Name as it was sent.';
comment on column mart.skill_label.skill_name_kk is 'Name of the reference skill in Kazakh.';
comment on column mart.skill_label.skill_name_ru is 'Name of the reference skill in Russian.';
comment on column mart.skill_label.skill_name_en is 'Name of the reference skill in English.';

create view profile.student as
select
    s.person_key,
    p.person_token,
    p.is_identity_disputed,
    p.birth_date,
    s.organisation_bin,
    s.organisation_kind,
    s.programme_code,
    s.programme_name_kk,
    s.programme_name_ru,
    s.programme_name_en,
    s.isced_field_code,
    s.isced_level,
    s.grade,
    s.year_of_study,
    s.study_form,
    s.language_code,
    s.funding,
    s.kato_code,
    s.region_code,
    r.name_kk as region_name_kk,
    r.name_ru as region_name_ru,
    r.name_en as region_name_en,
    s.begin_date,
    s.end_date,
    s.entry_type,
    s.exit_type,
    s.status,
    s.status = 'active'
    and s.begin_date <= mart.today()
    and (s.end_date is null or mart.today() < s.end_date) as is_studying,
    case
        when s.exit_type in ('completed', 'graduated') then 100
        when s.status = 'ended' or s.end_date is null or s.end_date <= s.begin_date then null
        else round(least(greatest(100.0 * (mart.today() - s.begin_date) / (s.end_date - s.begin_date), 0), 100), 1)
    end as progress_percent,
    s.enrolment_count,
    s.source_id,
    s.enrolment_id,
    s.record_version,
    s.event_at
from mart.student as s
inner join mart.person as p on s.person_key = p.person_key
left join mart.region as r on s.region_code = r.region_code;
comment on view profile.student is 'Where each learner stands: organisation, programme, level, language, region, progress, status. Grain: one person with an enrolment that was not voided. Key: person_key.';
comment on column profile.student.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column profile.student.person_token is 'Token of the person''s IIN; several rows share one only where the identity is disputed.';
comment on column profile.student.is_identity_disputed is 'Whether birth dates declared for the token disagree; its people are then kept apart.';
comment on column profile.student.birth_date is 'Birth date the sources declare; null is not declared.';
comment on column profile.student.organisation_bin is 'BIN of the school, college or university.';
comment on column profile.student.organisation_kind is 'school, college, university or ai_university.';
comment on column profile.student.programme_code is 'Code of the programme at the organisation.';
comment on column profile.student.programme_name_kk is 'Name of the programme in Kazakh; null is not given.';
comment on column profile.student.programme_name_ru is 'Name of the programme in Russian; null is not given.';
comment on column profile.student.programme_name_en is 'Name of the programme in English; null is not given.';
comment on column profile.student.isced_field_code is 'ISCED-F 2013 field.';
comment on column profile.student.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column profile.student.grade is 'School grade.';
comment on column profile.student.year_of_study is 'Year of study above school.';
comment on column profile.student.study_form is 'full_time, part_time, evening or distance.';
comment on column profile.student.language_code is 'Language of instruction.';
comment on column profile.student.funding is 'state_grant, self_funded, employer or other.';
comment on column profile.student.kato_code is 'Place, KATO code of 9 digits.';
comment on column profile.student.region_code is 'Region, first two digits of KATO; ZZ is unknown.';
comment on column profile.student.region_name_kk is 'Name of the region in Kazakh.';
comment on column profile.student.region_name_ru is 'Name of the region in Russian.';
comment on column profile.student.region_name_en is 'Name of the region in English.';
comment on column profile.student.begin_date is 'First day.';
comment on column profile.student.end_date is 'Day after the last, planned or real; null is not known.';
comment on column profile.student.entry_type is 'How the learner came.';
comment on column profile.student.exit_type is 'How the learner left.';
comment on column profile.student.status is 'Status its source declares: active, on_leave or ended.';
comment on column profile.student.is_studying is 'Whether today lies in the enrolment: status active, begin_date <= today, no end_date or today < end_date.';
comment on column profile.student.progress_percent is 'Progress in time: 100 when completed or graduated, null when it ended otherwise or the end is not known, else 100 * (today - begin_date) / (end_date - begin_date), kept between 0 and 100.';
comment on column profile.student.enrolment_count is 'Enrolments of the person that were not voided.';
comment on column profile.student.source_id is 'Source that told of it.';
comment on column profile.student.enrolment_id is 'Enrolment the row shows: of those not voided the one in force (status active or on_leave, begun, not past its end), active before on leave, then the latest begin, the highest level, the latest event.';
comment on column profile.student.record_version is 'Version of it in use, the highest known.';
comment on column profile.student.event_at is 'When the event behind the row happened.';

create view profile.certificate as
select
    c.person_key,
    c.source_id,
    c.certificate_id,
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
    case
        when c.status <> 'valid' then c.status
        when c.valid_until < mart.today() then 'expired'
        when c.valid_from > mart.today() then 'not_yet_valid'
        else 'valid'
    end as status,
    c.revocation_reason,
    c.result_kind,
    c.result_value,
    c.result_percent,
    c.language_code,
    c.evidence_url,
    c.event_at
from mart.certificate as c;
comment on view profile.certificate is 'All certificates with their status today. Grain: one certificate. Key: source_id, certificate_id.';
comment on column profile.certificate.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column profile.certificate.source_id is 'Source that told of it.';
comment on column profile.certificate.certificate_id is 'Id at the source.';
comment on column profile.certificate.record_version is 'Version of it in use, the highest known.';
comment on column profile.certificate.issuer_bin is 'BIN of the issuer.';
comment on column profile.certificate.issuer_name is 'Name of the issuer.';
comment on column profile.certificate.achievement_code is 'Code of the achievement at the issuer.';
comment on column profile.certificate.achievement_name_kk is 'Name of the achievement in Kazakh; null is not given.';
comment on column profile.certificate.achievement_name_ru is 'Name of the achievement in Russian; null is not given.';
comment on column profile.certificate.achievement_name_en is 'Name of the achievement in English; null is not given.';
comment on column profile.certificate.achievement_type is 'Open Badges 3.0 achievement type.';
comment on column profile.certificate.hours is 'Hours of study.';
comment on column profile.certificate.awarded_on is 'Day of the award.';
comment on column profile.certificate.valid_from is 'First day of validity.';
comment on column profile.certificate.valid_until is 'Last day of validity; null is without end.';
comment on column profile.certificate.status is 'revoked or suspended where the source says so, else expired when valid_until < today, not_yet_valid when valid_from > today, else valid. Derived at each reading.';
comment on column profile.certificate.revocation_reason is 'Why it was revoked.';
comment on column profile.certificate.result_kind is 'percent, score, grade or pass.';
comment on column profile.certificate.result_value is 'Result as declared.';
comment on column profile.certificate.result_percent is 'Result in percent: the value of kind percent, or 100 * value / max of kind score; else null.';
comment on column profile.certificate.language_code is 'Language of the achievement.';
comment on column profile.certificate.evidence_url is 'Where the evidence lies.';
comment on column profile.certificate.event_at is 'When the event behind the row happened.';

create view profile.skill as
select
    k.person_key,
    k.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    k.valid_certificate_count > 0 as is_held,
    k.valid_certificate_count,
    k.certificate_count,
    k.certificate_ids,
    k.source_ids,
    k.first_awarded_on,
    k.last_awarded_on,
    k.best_result_percent
from mart.person_skill as k
inner join mart.skill_label as l
    on k.skill_key = l.skill_key and l.mart_group = 'profile';
comment on view profile.skill is 'What a person can show certificates for, with the evidence. Grain: one skill of one person. Key: person_key, skill_key.';
comment on column profile.skill.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column profile.skill.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column profile.skill.framework is 'esco, onet or local.';
comment on column profile.skill.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column profile.skill.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column profile.skill.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column profile.skill.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column profile.skill.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column profile.skill.is_held is 'Whether at least one certificate for it is valid.';
comment on column profile.skill.valid_certificate_count is 'Certificates for the skill that are valid on the day of the refresh.';
comment on column profile.skill.certificate_count is 'Certificates for the skill that are not revoked: valid, expired, suspended, not yet valid.';
comment on column profile.skill.certificate_ids is 'The evidence: ids of those certificates, latest award first.';
comment on column profile.skill.source_ids is 'Their sources, in the same order.';
comment on column profile.skill.first_awarded_on is 'First award among them.';
comment on column profile.skill.last_awarded_on is 'Latest award among them.';
comment on column profile.skill.best_result_percent is 'Best result among them in percent; null where none has a number.';

create view retraining.skill_demand as
select
    d.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    d.region_code,
    r.name_kk as region_name_kk,
    r.name_ru as region_name_ru,
    r.name_en as region_name_en,
    d.month,
    d.vacancies,
    d.vacancies_raw,
    d.openings_known + d.vacancies_with_unknown_openings as openings,
    d.openings_known,
    d.vacancies_with_unknown_openings
from mart.skill_demand as d
inner join mart.skill_label as l
    on d.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on d.region_code = r.region_code;
comment on view retraining.skill_demand is 'How many vacancies and places ask for a skill. Grain: one skill, region and month with an open vacancy. Key: skill_key, region_code, month. Every vacancy stands in one region, so regions add up to the country.';
comment on column retraining.skill_demand.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column retraining.skill_demand.framework is 'esco, onet or local.';
comment on column retraining.skill_demand.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column retraining.skill_demand.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column retraining.skill_demand.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.skill_demand.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.skill_demand.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.skill_demand.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column retraining.skill_demand.region_name_kk is 'Name of the region in Kazakh.';
comment on column retraining.skill_demand.region_name_ru is 'Name of the region in Russian.';
comment on column retraining.skill_demand.region_name_en is 'Name of the region in English.';
comment on column retraining.skill_demand.month is 'First day of the month.';
comment on column retraining.skill_demand.vacancies is 'Vacancies open on at least one day of the month, a chain of reposts counted once, where its latest posting stands.';
comment on column retraining.skill_demand.vacancies_raw is 'The same without joining reposts.';
comment on column retraining.skill_demand.openings is 'Places, at least: openings_known + vacancies_with_unknown_openings, for an unknown number is at least one.';
comment on column retraining.skill_demand.openings_known is 'Places of the vacancies that say how many.';
comment on column retraining.skill_demand.vacancies_with_unknown_openings is 'Vacancies that do not say how many.';

create view retraining.skill_supply as
select
    s.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    s.region_code,
    r.name_kk as region_name_kk,
    r.name_ru as region_name_ru,
    r.name_en as region_name_en,
    s.month,
    case when s.people >= 5 then s.people end as people,
    s.people < 5 as is_suppressed
from mart.skill_supply as s
inner join mart.skill_label as l
    on s.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on s.region_code = r.region_code;
comment on view retraining.skill_supply is 'How many people hold a skill by a valid certificate. Grain: one skill, region and month with such people. Key: skill_key, region_code, month.';
comment on column retraining.skill_supply.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column retraining.skill_supply.framework is 'esco, onet or local.';
comment on column retraining.skill_supply.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column retraining.skill_supply.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column retraining.skill_supply.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.skill_supply.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.skill_supply.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.skill_supply.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column retraining.skill_supply.region_name_kk is 'Name of the region in Kazakh.';
comment on column retraining.skill_supply.region_name_ru is 'Name of the region in Russian.';
comment on column retraining.skill_supply.region_name_en is 'Name of the region in English.';
comment on column retraining.skill_supply.month is 'First day of the month.';
comment on column retraining.skill_supply.people is 'People who held a certificate teaching the skill that was valid on at least one day of the month, each once, in the region of their enrolment then (else of their last one before, else ZZ); null where fewer than 5.';
comment on column retraining.skill_supply.is_suppressed is 'Whether the number is withheld because it is 1 to 4.';

create view retraining.skill_gap as
with figure as (
    select
        d.skill_key,
        d.region_code,
        d.month,
        d.vacancies,
        d.openings_known + d.vacancies_with_unknown_openings as openings,
        0 as people
    from mart.skill_demand as d
    union all
    select
        s.skill_key,
        s.region_code,
        s.month,
        0 as vacancies,
        0 as openings,
        s.people
    from mart.skill_supply as s
),

total as (
    -- Demand and supply have at most one row each, so a sum joins them and lets filters on the key through.
    select
        f.skill_key,
        f.region_code,
        f.month,
        sum(f.vacancies)::integer as vacancies,
        sum(f.openings)::bigint as openings,
        sum(f.people)::integer as people
    from figure as f
    group by f.skill_key, f.region_code, f.month
)

select
    t.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    t.region_code,
    r.name_kk as region_name_kk,
    r.name_ru as region_name_ru,
    r.name_en as region_name_en,
    t.month,
    t.vacancies as demand_vacancies,
    t.openings as demand_openings,
    case when t.people not between 1 and 4 then t.people end as supply_people,
    case when t.people not between 1 and 4 then t.openings - t.people end as gap,
    t.people between 1 and 4 as is_suppressed
from total as t
inner join mart.skill_label as l
    on t.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on t.region_code = r.region_code;
comment on view retraining.skill_gap is 'Demand less supply. Grain: one skill, region and month with demand or supply. Key: skill_key, region_code, month.';
comment on column retraining.skill_gap.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column retraining.skill_gap.framework is 'esco, onet or local.';
comment on column retraining.skill_gap.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column retraining.skill_gap.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column retraining.skill_gap.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.skill_gap.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.skill_gap.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.skill_gap.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column retraining.skill_gap.region_name_kk is 'Name of the region in Kazakh.';
comment on column retraining.skill_gap.region_name_ru is 'Name of the region in Russian.';
comment on column retraining.skill_gap.region_name_en is 'Name of the region in English.';
comment on column retraining.skill_gap.month is 'First day of the month.';
comment on column retraining.skill_gap.demand_vacancies is 'vacancies of retraining.skill_demand; 0 without a row there.';
comment on column retraining.skill_gap.demand_openings is 'openings of retraining.skill_demand; 0 without a row there.';
comment on column retraining.skill_gap.supply_people is 'people of retraining.skill_supply; 0 without a row there, null where fewer than 5.';
comment on column retraining.skill_gap.gap is 'demand_openings - supply_people: places no certified person is there for; negative is a surplus; null where supply_people is.';
comment on column retraining.skill_gap.is_suppressed is 'Whether the supply, and with it the gap, is withheld because it is 1 to 4 people.';

revoke all on mart.region, mart.skill_label from public;
grant select on mart.region, mart.skill_label to arna_loader, arna_engineer;
grant select on profile.student, profile.certificate, profile.skill to profile_reader, arna_loader, arna_engineer;
grant select on retraining.skill_demand, retraining.skill_supply, retraining.skill_gap
to retraining_reader, arna_loader, arna_engineer;
