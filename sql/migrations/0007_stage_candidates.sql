-- purpose: what Great Expectations checks: the batch in hand without mere repeats, and measures of each row
-- grain: one event
-- key: topic_id, partition, offset
-- Measures (days between dates, margins, counts) make rules about one column, which are all evaluated in one scan.
create view stage.enrolment_candidate as
select
    s.source_id,
    s.enrolment_id,
    s.record_version,
    s.event_id,
    s.action,
    s.occurred_at,
    s.landed_at,
    s.topic_id,
    s.partition,
    s."offset",
    s.batch_id,
    s.payload_sha256,
    s.person_token,
    s.birth_date,
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
    s.begin_date,
    s.end_date,
    s.entry_type,
    s.exit_type,
    s.status,
    left(s.kato_code, 2) as region_code,
    s.end_date - s.begin_date as enrolled_days,
    s.begin_date - s.birth_date as age_at_begin_days,
    s.begin_date - cast(s.landed_at as date) as begin_ahead_days,
    num_nonnulls(s.programme_name_kk, s.programme_name_ru) as state_language_name_count
from stage.enrolment as s
where not s.is_duplicate;
comment on view stage.enrolment_candidate is 'The batch in hand without repeated events; the table that the expectations are about. Grain: one event of the batch.';
comment on column stage.enrolment_candidate.enrolled_days is 'Days from begin to end; null where either is unknown.';
comment on column stage.enrolment_candidate.age_at_begin_days is 'Days from birth to begin; null where the birth date is unknown.';
comment on column stage.enrolment_candidate.begin_ahead_days is 'Days from landing to begin.';
comment on column stage.enrolment_candidate.state_language_name_count is 'How many names there are in Kazakh and Russian.';
comment on column stage.enrolment_candidate.source_id is 'Registered source of the event.';
comment on column stage.enrolment_candidate.enrolment_id is 'The enrolment''s id at its source; unique with source_id and record_version.';
comment on column stage.enrolment_candidate.record_version is 'Version of the enrolment at its source; the highest is current.';
comment on column stage.enrolment_candidate.event_id is 'CloudEvents id.';
comment on column stage.enrolment_candidate.action is 'Past action: started, changed, ended or voided.';
comment on column stage.enrolment_candidate.occurred_at is 'When it happened in the world.';
comment on column stage.enrolment_candidate.landed_at is 'When Arna came to know it.';
comment on column stage.enrolment_candidate.topic_id is 'Lineage: topic incarnation.';
comment on column stage.enrolment_candidate.partition is 'Lineage: Kafka partition.';
comment on column stage.enrolment_candidate."offset" is 'Lineage: Kafka offset.';
comment on column stage.enrolment_candidate.batch_id is 'Lineage: batch that carried it.';
comment on column stage.enrolment_candidate.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column stage.enrolment_candidate.person_token is 'Token of the person''s IIN.';
comment on column stage.enrolment_candidate.birth_date is 'Birth date the source declared.';
comment on column stage.enrolment_candidate.organisation_bin is 'BIN of the school, college or university.';
comment on column stage.enrolment_candidate.organisation_kind is 'school, college, university or ai_university.';
comment on column stage.enrolment_candidate.programme_code is 'Code of the programme at the organisation.';
comment on column stage.enrolment_candidate.programme_name_kk is 'Name of the programme in Kazakh.';
comment on column stage.enrolment_candidate.programme_name_ru is 'Name of the programme in Russian.';
comment on column stage.enrolment_candidate.programme_name_en is 'Name of the programme in English.';
comment on column stage.enrolment_candidate.isced_field_code is 'ISCED-F 2013 field.';
comment on column stage.enrolment_candidate.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column stage.enrolment_candidate.grade is 'School grade.';
comment on column stage.enrolment_candidate.year_of_study is 'Year of study above school.';
comment on column stage.enrolment_candidate.study_form is 'full_time, part_time, evening or distance.';
comment on column stage.enrolment_candidate.language_code is 'Language of instruction.';
comment on column stage.enrolment_candidate.funding is 'state_grant, self_funded, employer or other.';
comment on column stage.enrolment_candidate.kato_code is 'Place, KATO code of 9 digits.';
comment on column stage.enrolment_candidate.begin_date is 'First day.';
comment on column stage.enrolment_candidate.end_date is 'Day after the last.';
comment on column stage.enrolment_candidate.entry_type is 'How the learner came.';
comment on column stage.enrolment_candidate.exit_type is 'How the learner left.';
comment on column stage.enrolment_candidate.status is 'active, on_leave, ended or voided.';
comment on column stage.enrolment_candidate.region_code is 'Region, the first two digits of the KATO code.';

create view stage.certification_candidate as
select
    s.source_id,
    s.certificate_id,
    s.record_version,
    s.event_id,
    s.action,
    s.occurred_at,
    s.landed_at,
    s.topic_id,
    s.partition,
    s."offset",
    s.batch_id,
    s.payload_sha256,
    s.person_token,
    s.birth_date,
    s.issuer_bin,
    s.issuer_name,
    s.achievement_code,
    s.achievement_name_kk,
    s.achievement_name_ru,
    s.achievement_name_en,
    s.achievement_type,
    s.hours,
    s.skills,
    s.awarded_on,
    s.valid_from,
    s.valid_until,
    s.result_kind,
    s.result_value,
    s.result_number,
    s.result_max,
    s.language_code,
    s.evidence_url,
    s.status,
    s.revocation_reason,
    s.valid_until - s.valid_from as valid_days,
    s.awarded_on - s.birth_date as age_at_award_days,
    s.awarded_on - cast(s.landed_at as date) as award_ahead_days,
    s.valid_from - s.awarded_on as award_to_validity_days,
    s.result_max - s.result_number as result_margin,
    case when s.result_kind = 'percent' then s.result_number end as result_percent,
    jsonb_array_length(s.skills) as skill_count,
    num_nonnulls(s.achievement_name_kk, s.achievement_name_ru) as state_language_name_count
from stage.certification as s
where not s.is_duplicate;
comment on view stage.certification_candidate is 'The batch in hand without repeated events; the table that the expectations are about. Grain: one event of the batch.';
comment on column stage.certification_candidate.valid_days is 'Days from the start of validity to its end; null where it has no end.';
comment on column stage.certification_candidate.age_at_award_days is 'Days from birth to award; null where the birth date is unknown.';
comment on column stage.certification_candidate.award_ahead_days is 'Days from landing to award.';
comment on column stage.certification_candidate.award_to_validity_days is 'Days from award to the start of validity.';
comment on column stage.certification_candidate.result_margin is 'Highest possible result less the result; null where either is unknown.';
comment on column stage.certification_candidate.result_percent is 'Result in percent; null for other kinds.';
comment on column stage.certification_candidate.skill_count is 'How many skills it names.';
comment on column stage.certification_candidate.state_language_name_count is 'How many names there are in Kazakh and Russian.';
comment on column stage.certification_candidate.source_id is 'Registered source of the event.';
comment on column stage.certification_candidate.certificate_id is 'The certificate''s id at its source; unique with source_id and record_version.';
comment on column stage.certification_candidate.record_version is 'Version of the certificate at its source; the highest is current.';
comment on column stage.certification_candidate.event_id is 'CloudEvents id.';
comment on column stage.certification_candidate.action is 'Past action: issued, suspended, reinstated or revoked.';
comment on column stage.certification_candidate.occurred_at is 'When it happened in the world.';
comment on column stage.certification_candidate.landed_at is 'When Arna came to know it.';
comment on column stage.certification_candidate.topic_id is 'Lineage: topic incarnation.';
comment on column stage.certification_candidate.partition is 'Lineage: Kafka partition.';
comment on column stage.certification_candidate."offset" is 'Lineage: Kafka offset.';
comment on column stage.certification_candidate.batch_id is 'Lineage: batch that carried it.';
comment on column stage.certification_candidate.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column stage.certification_candidate.person_token is 'Token of the person''s IIN.';
comment on column stage.certification_candidate.birth_date is 'Birth date the source declared.';
comment on column stage.certification_candidate.issuer_bin is 'BIN of the issuer.';
comment on column stage.certification_candidate.issuer_name is 'Name of the issuer.';
comment on column stage.certification_candidate.achievement_code is 'Code of the achievement at its issuer.';
comment on column stage.certification_candidate.achievement_name_kk is 'Name of the achievement in Kazakh.';
comment on column stage.certification_candidate.achievement_name_ru is 'Name of the achievement in Russian.';
comment on column stage.certification_candidate.achievement_name_en is 'Name of the achievement in English.';
comment on column stage.certification_candidate.achievement_type is 'Open Badges 3.0 achievementType.';
comment on column stage.certification_candidate.hours is 'Length of study, hours.';
comment on column stage.certification_candidate.skills is 'Skills the achievement teaches: list of {code?, framework, name}.';
comment on column stage.certification_candidate.awarded_on is 'Day of the award.';
comment on column stage.certification_candidate.valid_from is 'First day of validity.';
comment on column stage.certification_candidate.valid_until is 'Last day of validity; null is for ever.';
comment on column stage.certification_candidate.result_kind is 'percent, score, grade or pass.';
comment on column stage.certification_candidate.result_value is 'Result as given.';
comment on column stage.certification_candidate.result_number is 'Result as a number where it is one.';
comment on column stage.certification_candidate.result_max is 'Highest possible result.';
comment on column stage.certification_candidate.language_code is 'Language of the certificate.';
comment on column stage.certification_candidate.evidence_url is 'Where the evidence lies.';
comment on column stage.certification_candidate.status is 'valid, suspended or revoked.';
comment on column stage.certification_candidate.revocation_reason is 'Why it was revoked.';

create view stage.vacancy_candidate as
select
    s.source_id,
    s.vacancy_id,
    s.record_version,
    s.event_id,
    s.action,
    s.occurred_at,
    s.landed_at,
    s.topic_id,
    s.partition,
    s."offset",
    s.batch_id,
    s.payload_sha256,
    s.employer_id,
    s.employer_name,
    s.title,
    s.language_code,
    s.occupation_code,
    s.occupation_scheme,
    s.kato_code,
    s.is_remote,
    s.employment_type,
    s.openings,
    s.skills,
    s.salary_min,
    s.salary_max,
    s.salary_currency_code,
    s.salary_period,
    s.is_salary_gross,
    s.education_level,
    s.experience_months,
    s.published_on,
    s.valid_through,
    s.status,
    s.replaces_vacancy_id,
    left(s.kato_code, 2) as region_code,
    s.valid_through - s.published_on as open_days,
    s.published_on - cast(s.landed_at as date) as publication_ahead_days,
    s.salary_max - s.salary_min as salary_spread,
    jsonb_array_length(s.skills) as skill_count
from stage.vacancy as s
where not s.is_duplicate;
comment on view stage.vacancy_candidate is 'The batch in hand without repeated events; the table that the expectations are about. Grain: one event of the batch.';
comment on column stage.vacancy_candidate.open_days is 'Days from publication to the last day to apply; null where that is not told.';
comment on column stage.vacancy_candidate.publication_ahead_days is 'Days from landing to publication.';
comment on column stage.vacancy_candidate.salary_spread is 'Highest salary less the lowest; null where either is unknown.';
comment on column stage.vacancy_candidate.skill_count is 'How many skills it names.';
comment on column stage.vacancy_candidate.source_id is 'Registered source of the event.';
comment on column stage.vacancy_candidate.vacancy_id is 'The vacancy''s id at its source; unique with source_id and record_version.';
comment on column stage.vacancy_candidate.record_version is 'Version of the vacancy at its source; the highest is current.';
comment on column stage.vacancy_candidate.event_id is 'CloudEvents id.';
comment on column stage.vacancy_candidate.action is 'Past action: published, amended or closed.';
comment on column stage.vacancy_candidate.occurred_at is 'When it happened in the world.';
comment on column stage.vacancy_candidate.landed_at is 'When Arna came to know it.';
comment on column stage.vacancy_candidate.topic_id is 'Lineage: topic incarnation.';
comment on column stage.vacancy_candidate.partition is 'Lineage: Kafka partition.';
comment on column stage.vacancy_candidate."offset" is 'Lineage: Kafka offset.';
comment on column stage.vacancy_candidate.batch_id is 'Lineage: batch that carried it.';
comment on column stage.vacancy_candidate.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column stage.vacancy_candidate.employer_id is 'BIN of the employer, or the token of a sole trader''s IIN.';
comment on column stage.vacancy_candidate.employer_name is 'Name of the employer.';
comment on column stage.vacancy_candidate.title is 'Job title.';
comment on column stage.vacancy_candidate.language_code is 'Language of the vacancy.';
comment on column stage.vacancy_candidate.occupation_code is 'Occupation.';
comment on column stage.vacancy_candidate.occupation_scheme is 'Classification of the occupation: nkz, isco08, esco or onet.';
comment on column stage.vacancy_candidate.kato_code is 'Place, KATO code of 9 digits; null for remote work without a place.';
comment on column stage.vacancy_candidate.is_remote is 'Whether the work is remote.';
comment on column stage.vacancy_candidate.employment_type is 'Kind of employment.';
comment on column stage.vacancy_candidate.openings is 'Places to fill; null is unknown, which is not one.';
comment on column stage.vacancy_candidate.skills is 'Skills asked for: list of {code?, framework?, name}.';
comment on column stage.vacancy_candidate.salary_min is 'Lowest salary.';
comment on column stage.vacancy_candidate.salary_max is 'Highest salary.';
comment on column stage.vacancy_candidate.salary_currency_code is 'ISO 4217 code.';
comment on column stage.vacancy_candidate.salary_period is 'What the salary is paid for: hour, day, week, month or year.';
comment on column stage.vacancy_candidate.is_salary_gross is 'Whether the salary is before tax.';
comment on column stage.vacancy_candidate.education_level is 'Education asked for.';
comment on column stage.vacancy_candidate.experience_months is 'Experience asked for, months.';
comment on column stage.vacancy_candidate.published_on is 'Day of publication.';
comment on column stage.vacancy_candidate.valid_through is 'Last day to apply.';
comment on column stage.vacancy_candidate.status is 'open, filled, closed or withdrawn.';
comment on column stage.vacancy_candidate.replaces_vacancy_id is 'Vacancy of the same source that this one reposts.';
comment on column stage.vacancy_candidate.region_code is 'Region, the first two digits of the KATO code.';

grant select on table stage.enrolment_candidate to arna_loader;
grant select on table stage.certification_candidate to arna_loader;
grant select on table stage.vacancy_candidate to arna_loader;
