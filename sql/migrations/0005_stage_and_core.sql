-- purpose: typed rows of a batch (stage), all versions (core) and the current version (core views) of each entity

-- grain: one version of one enrolment, certificate or vacancy

-- key: stage: topic_id, partition, offset; core: source_id, <entity>_id, record_version

create unlogged table stage.enrolment (
    source_id integer not null,
    enrolment_id text not null,
    record_version bigint not null,
    event_id uuid not null,
    action text not null,
    occurred_at timestamptz not null,
    landed_at timestamptz not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null,
    payload_sha256 bytea not null,
    person_token uuid not null,
    birth_date date,
    organisation_bin text not null,
    organisation_kind text not null,
    programme_code text not null,
    programme_name_kk text,
    programme_name_ru text,
    programme_name_en text,
    isced_field_code text,
    isced_level smallint not null,
    grade smallint,
    year_of_study smallint,
    study_form text not null,
    language_code text not null,
    funding text not null,
    kato_code text not null,
    begin_date date not null,
    end_date date,
    entry_type text,
    exit_type text,
    status text not null,
    is_duplicate boolean not null default false,
    warnings text[] not null default '{}',
    failures text[] not null default '{}',
    primary key (topic_id, partition, "offset")
);

create table core.enrolment (
    source_id integer not null,
    enrolment_id text not null,
    record_version bigint not null,
    event_id uuid not null,
    action text not null,
    occurred_at timestamptz not null,
    landed_at timestamptz not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null,
    payload_sha256 bytea not null,
    person_token uuid not null,
    birth_date date,
    organisation_bin text not null,
    organisation_kind text not null,
    programme_code text not null,
    programme_name_kk text,
    programme_name_ru text,
    programme_name_en text,
    isced_field_code text,
    isced_level smallint not null,
    grade smallint,
    year_of_study smallint,
    study_form text not null,
    language_code text not null,
    funding text not null,
    kato_code text not null,
    begin_date date not null,
    end_date date,
    entry_type text,
    exit_type text,
    status text not null,
    arrival text not null check (arrival in ('loaded', 'superseded')),
    is_current boolean not null,
    warnings text[] not null default '{}',
    loaded_at timestamptz not null default now(),
    primary key (source_id, enrolment_id, record_version),
    unique (source_id, event_id)
);

create index enrolment_batch on core.enrolment (batch_id);

create index enrolment_person on core.enrolment (person_token) where is_current;
comment on table stage.enrolment is 'The batch in hand, typed. Grain: one event of the batch.';
comment on table core.enrolment is 'All versions of each enrolment. Grain: one version.';
comment on column stage.enrolment.source_id is 'Registered source of the event.';
comment on column stage.enrolment.enrolment_id is 'The enrolment''s id at its source; unique with source_id and record_version.';
comment on column stage.enrolment.record_version is 'Version of the enrolment at its source; the highest is current.';
comment on column stage.enrolment.event_id is 'CloudEvents id.';
comment on column stage.enrolment.action is 'Past action: started, changed, ended or voided.';
comment on column stage.enrolment.occurred_at is 'When it happened in the world.';
comment on column stage.enrolment.landed_at is 'When Arna came to know it.';
comment on column stage.enrolment.topic_id is 'Lineage: topic incarnation.';
comment on column stage.enrolment.partition is 'Lineage: Kafka partition.';
comment on column stage.enrolment."offset" is 'Lineage: Kafka offset.';
comment on column stage.enrolment.batch_id is 'Lineage: batch that carried it.';
comment on column stage.enrolment.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column stage.enrolment.person_token is 'Token of the person''s IIN.';
comment on column stage.enrolment.birth_date is 'Birth date the source declared.';
comment on column stage.enrolment.organisation_bin is 'BIN of the school, college or university.';
comment on column stage.enrolment.organisation_kind is 'school, college, university or ai_university.';
comment on column stage.enrolment.programme_code is 'Code of the programme at the organisation.';
comment on column stage.enrolment.programme_name_kk is 'Name of the programme in Kazakh.';
comment on column stage.enrolment.programme_name_ru is 'Name of the programme in Russian.';
comment on column stage.enrolment.programme_name_en is 'Name of the programme in English.';
comment on column stage.enrolment.isced_field_code is 'ISCED-F 2013 field.';
comment on column stage.enrolment.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column stage.enrolment.grade is 'School grade.';
comment on column stage.enrolment.year_of_study is 'Year of study above school.';
comment on column stage.enrolment.study_form is 'full_time, part_time, evening or distance.';
comment on column stage.enrolment.language_code is 'Language of instruction.';
comment on column stage.enrolment.funding is 'state_grant, self_funded, employer or other.';
comment on column stage.enrolment.kato_code is 'Place, KATO code of 9 digits.';
comment on column stage.enrolment.begin_date is 'First day.';
comment on column stage.enrolment.end_date is 'Day after the last.';
comment on column stage.enrolment.entry_type is 'How the learner came.';
comment on column stage.enrolment.exit_type is 'How the learner left.';
comment on column stage.enrolment.status is 'active, on_leave, ended or voided.';
comment on column stage.enrolment.is_duplicate is 'Says again what an earlier event of the same id and bytes said.';
comment on column stage.enrolment.warnings is 'Warning rules the row breaks.';
comment on column stage.enrolment.failures is 'Critical rules the row breaks, in the order of the suite.';
comment on column core.enrolment.source_id is 'Registered source of the event.';
comment on column core.enrolment.enrolment_id is 'The enrolment''s id at its source; unique with source_id and record_version.';
comment on column core.enrolment.record_version is 'Version of the enrolment at its source; the highest is current.';
comment on column core.enrolment.event_id is 'CloudEvents id.';
comment on column core.enrolment.action is 'Past action: started, changed, ended or voided.';
comment on column core.enrolment.occurred_at is 'When it happened in the world.';
comment on column core.enrolment.landed_at is 'When Arna came to know it.';
comment on column core.enrolment.topic_id is 'Lineage: topic incarnation.';
comment on column core.enrolment.partition is 'Lineage: Kafka partition.';
comment on column core.enrolment."offset" is 'Lineage: Kafka offset.';
comment on column core.enrolment.batch_id is 'Lineage: batch that carried it.';
comment on column core.enrolment.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.enrolment.person_token is 'Token of the person''s IIN.';
comment on column core.enrolment.birth_date is 'Birth date the source declared.';
comment on column core.enrolment.organisation_bin is 'BIN of the school, college or university.';
comment on column core.enrolment.organisation_kind is 'school, college, university or ai_university.';
comment on column core.enrolment.programme_code is 'Code of the programme at the organisation.';
comment on column core.enrolment.programme_name_kk is 'Name of the programme in Kazakh.';
comment on column core.enrolment.programme_name_ru is 'Name of the programme in Russian.';
comment on column core.enrolment.programme_name_en is 'Name of the programme in English.';
comment on column core.enrolment.isced_field_code is 'ISCED-F 2013 field.';
comment on column core.enrolment.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column core.enrolment.grade is 'School grade.';
comment on column core.enrolment.year_of_study is 'Year of study above school.';
comment on column core.enrolment.study_form is 'full_time, part_time, evening or distance.';
comment on column core.enrolment.language_code is 'Language of instruction.';
comment on column core.enrolment.funding is 'state_grant, self_funded, employer or other.';
comment on column core.enrolment.kato_code is 'Place, KATO code of 9 digits.';
comment on column core.enrolment.begin_date is 'First day.';
comment on column core.enrolment.end_date is 'Day after the last.';
comment on column core.enrolment.entry_type is 'How the learner came.';
comment on column core.enrolment.exit_type is 'How the learner left.';
comment on column core.enrolment.status is 'active, on_leave, ended or voided.';
comment on column core.enrolment.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.enrolment.is_current is 'Whether it is the highest version.';
comment on column core.enrolment.warnings is 'Warning rules the row breaks.';
comment on column core.enrolment.loaded_at is 'When it was loaded.';

create view core.enrolment_current as
select
    v.source_id,
    v.enrolment_id,
    v.record_version,
    v.event_id,
    v.action,
    v.occurred_at,
    v.landed_at,
    v.topic_id,
    v.partition,
    v."offset",
    v.batch_id,
    v.payload_sha256,
    v.person_token,
    v.birth_date,
    v.organisation_bin,
    v.organisation_kind,
    v.programme_code,
    v.programme_name_kk,
    v.programme_name_ru,
    v.programme_name_en,
    v.isced_field_code,
    v.isced_level,
    v.grade,
    v.year_of_study,
    v.study_form,
    v.language_code,
    v.funding,
    v.kato_code,
    v.begin_date,
    v.end_date,
    v.entry_type,
    v.exit_type,
    v.status,
    v.arrival,
    v.warnings,
    v.loaded_at
from core.enrolment as v
where v.is_current;
comment on view core.enrolment_current is 'The highest version of each enrolment. Grain: one enrolment.';
comment on column core.enrolment_current.source_id is 'Registered source of the event.';
comment on column core.enrolment_current.enrolment_id is 'The enrolment''s id at its source; unique with source_id and record_version.';
comment on column core.enrolment_current.record_version is 'Version of the enrolment at its source; the highest is current.';
comment on column core.enrolment_current.event_id is 'CloudEvents id.';
comment on column core.enrolment_current.action is 'Past action: started, changed, ended or voided.';
comment on column core.enrolment_current.occurred_at is 'When it happened in the world.';
comment on column core.enrolment_current.landed_at is 'When Arna came to know it.';
comment on column core.enrolment_current.topic_id is 'Lineage: topic incarnation.';
comment on column core.enrolment_current.partition is 'Lineage: Kafka partition.';
comment on column core.enrolment_current."offset" is 'Lineage: Kafka offset.';
comment on column core.enrolment_current.batch_id is 'Lineage: batch that carried it.';
comment on column core.enrolment_current.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.enrolment_current.person_token is 'Token of the person''s IIN.';
comment on column core.enrolment_current.birth_date is 'Birth date the source declared.';
comment on column core.enrolment_current.organisation_bin is 'BIN of the school, college or university.';
comment on column core.enrolment_current.organisation_kind is 'school, college, university or ai_university.';
comment on column core.enrolment_current.programme_code is 'Code of the programme at the organisation.';
comment on column core.enrolment_current.programme_name_kk is 'Name of the programme in Kazakh.';
comment on column core.enrolment_current.programme_name_ru is 'Name of the programme in Russian.';
comment on column core.enrolment_current.programme_name_en is 'Name of the programme in English.';
comment on column core.enrolment_current.isced_field_code is 'ISCED-F 2013 field.';
comment on column core.enrolment_current.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column core.enrolment_current.grade is 'School grade.';
comment on column core.enrolment_current.year_of_study is 'Year of study above school.';
comment on column core.enrolment_current.study_form is 'full_time, part_time, evening or distance.';
comment on column core.enrolment_current.language_code is 'Language of instruction.';
comment on column core.enrolment_current.funding is 'state_grant, self_funded, employer or other.';
comment on column core.enrolment_current.kato_code is 'Place, KATO code of 9 digits.';
comment on column core.enrolment_current.begin_date is 'First day.';
comment on column core.enrolment_current.end_date is 'Day after the last.';
comment on column core.enrolment_current.entry_type is 'How the learner came.';
comment on column core.enrolment_current.exit_type is 'How the learner left.';
comment on column core.enrolment_current.status is 'active, on_leave, ended or voided.';
comment on column core.enrolment_current.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.enrolment_current.warnings is 'Warning rules the row breaks.';
comment on column core.enrolment_current.loaded_at is 'When it was loaded.';

create view core.enrolment_history as
select
    v.source_id,
    v.enrolment_id,
    v.record_version,
    v.event_id,
    v.action,
    v.occurred_at,
    v.landed_at,
    v.topic_id,
    v.partition,
    v."offset",
    v.batch_id,
    v.payload_sha256,
    v.person_token,
    v.birth_date,
    v.organisation_bin,
    v.organisation_kind,
    v.programme_code,
    v.programme_name_kk,
    v.programme_name_ru,
    v.programme_name_en,
    v.isced_field_code,
    v.isced_level,
    v.grade,
    v.year_of_study,
    v.study_form,
    v.language_code,
    v.funding,
    v.kato_code,
    v.begin_date,
    v.end_date,
    v.entry_type,
    v.exit_type,
    v.status,
    v.arrival,
    v.warnings,
    v.loaded_at,
    v.is_current,
    lead(v.occurred_at) over (partition by v.source_id, v.enrolment_id order by v.record_version asc) as replaced_at
from core.enrolment as v;
comment on view core.enrolment_history is 'All versions of each enrolment, each with the time of the next. Grain: one version.';
comment on column core.enrolment_history.source_id is 'Registered source of the event.';
comment on column core.enrolment_history.enrolment_id is 'The enrolment''s id at its source; unique with source_id and record_version.';
comment on column core.enrolment_history.record_version is 'Version of the enrolment at its source; the highest is current.';
comment on column core.enrolment_history.event_id is 'CloudEvents id.';
comment on column core.enrolment_history.action is 'Past action: started, changed, ended or voided.';
comment on column core.enrolment_history.occurred_at is 'When it happened in the world.';
comment on column core.enrolment_history.landed_at is 'When Arna came to know it.';
comment on column core.enrolment_history.topic_id is 'Lineage: topic incarnation.';
comment on column core.enrolment_history.partition is 'Lineage: Kafka partition.';
comment on column core.enrolment_history."offset" is 'Lineage: Kafka offset.';
comment on column core.enrolment_history.batch_id is 'Lineage: batch that carried it.';
comment on column core.enrolment_history.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.enrolment_history.person_token is 'Token of the person''s IIN.';
comment on column core.enrolment_history.birth_date is 'Birth date the source declared.';
comment on column core.enrolment_history.organisation_bin is 'BIN of the school, college or university.';
comment on column core.enrolment_history.organisation_kind is 'school, college, university or ai_university.';
comment on column core.enrolment_history.programme_code is 'Code of the programme at the organisation.';
comment on column core.enrolment_history.programme_name_kk is 'Name of the programme in Kazakh.';
comment on column core.enrolment_history.programme_name_ru is 'Name of the programme in Russian.';
comment on column core.enrolment_history.programme_name_en is 'Name of the programme in English.';
comment on column core.enrolment_history.isced_field_code is 'ISCED-F 2013 field.';
comment on column core.enrolment_history.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column core.enrolment_history.grade is 'School grade.';
comment on column core.enrolment_history.year_of_study is 'Year of study above school.';
comment on column core.enrolment_history.study_form is 'full_time, part_time, evening or distance.';
comment on column core.enrolment_history.language_code is 'Language of instruction.';
comment on column core.enrolment_history.funding is 'state_grant, self_funded, employer or other.';
comment on column core.enrolment_history.kato_code is 'Place, KATO code of 9 digits.';
comment on column core.enrolment_history.begin_date is 'First day.';
comment on column core.enrolment_history.end_date is 'Day after the last.';
comment on column core.enrolment_history.entry_type is 'How the learner came.';
comment on column core.enrolment_history.exit_type is 'How the learner left.';
comment on column core.enrolment_history.status is 'active, on_leave, ended or voided.';
comment on column core.enrolment_history.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.enrolment_history.is_current is 'Whether it is the highest version.';
comment on column core.enrolment_history.warnings is 'Warning rules the row breaks.';
comment on column core.enrolment_history.loaded_at is 'When it was loaded.';
comment on column core.enrolment_history.replaced_at is 'When the next version happened; null for the current one.';

create unlogged table stage.certification (
    source_id integer not null,
    certificate_id text not null,
    record_version bigint not null,
    event_id uuid not null,
    action text not null,
    occurred_at timestamptz not null,
    landed_at timestamptz not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null,
    payload_sha256 bytea not null,
    person_token uuid not null,
    birth_date date,
    issuer_bin text not null,
    issuer_name text not null,
    achievement_code text not null,
    achievement_name_kk text,
    achievement_name_ru text,
    achievement_name_en text,
    achievement_type text not null,
    hours numeric,
    skills jsonb not null default '[]',
    awarded_on date not null,
    valid_from date not null,
    valid_until date,
    result_kind text,
    result_value text,
    result_number numeric,
    result_max numeric,
    language_code text not null,
    evidence_url text,
    status text not null,
    revocation_reason text,
    is_duplicate boolean not null default false,
    warnings text[] not null default '{}',
    failures text[] not null default '{}',
    primary key (topic_id, partition, "offset")
);

create table core.certification (
    source_id integer not null,
    certificate_id text not null,
    record_version bigint not null,
    event_id uuid not null,
    action text not null,
    occurred_at timestamptz not null,
    landed_at timestamptz not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null,
    payload_sha256 bytea not null,
    person_token uuid not null,
    birth_date date,
    issuer_bin text not null,
    issuer_name text not null,
    achievement_code text not null,
    achievement_name_kk text,
    achievement_name_ru text,
    achievement_name_en text,
    achievement_type text not null,
    hours numeric,
    skills jsonb not null default '[]',
    awarded_on date not null,
    valid_from date not null,
    valid_until date,
    result_kind text,
    result_value text,
    result_number numeric,
    result_max numeric,
    language_code text not null,
    evidence_url text,
    status text not null,
    revocation_reason text,
    arrival text not null check (arrival in ('loaded', 'superseded')),
    is_current boolean not null,
    warnings text[] not null default '{}',
    loaded_at timestamptz not null default now(),
    primary key (source_id, certificate_id, record_version),
    unique (source_id, event_id)
);

create index certification_batch on core.certification (batch_id);

create index certification_person on core.certification (person_token) where is_current;
comment on table stage.certification is 'The batch in hand, typed. Grain: one event of the batch.';
comment on table core.certification is 'All versions of each certificate. Grain: one version.';
comment on column stage.certification.source_id is 'Registered source of the event.';
comment on column stage.certification.certificate_id is 'The certificate''s id at its source; unique with source_id and record_version.';
comment on column stage.certification.record_version is 'Version of the certificate at its source; the highest is current.';
comment on column stage.certification.event_id is 'CloudEvents id.';
comment on column stage.certification.action is 'Past action: issued, suspended, reinstated or revoked.';
comment on column stage.certification.occurred_at is 'When it happened in the world.';
comment on column stage.certification.landed_at is 'When Arna came to know it.';
comment on column stage.certification.topic_id is 'Lineage: topic incarnation.';
comment on column stage.certification.partition is 'Lineage: Kafka partition.';
comment on column stage.certification."offset" is 'Lineage: Kafka offset.';
comment on column stage.certification.batch_id is 'Lineage: batch that carried it.';
comment on column stage.certification.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column stage.certification.person_token is 'Token of the person''s IIN.';
comment on column stage.certification.birth_date is 'Birth date the source declared.';
comment on column stage.certification.issuer_bin is 'BIN of the issuer.';
comment on column stage.certification.issuer_name is 'Name of the issuer.';
comment on column stage.certification.achievement_code is 'Code of the achievement at its issuer.';
comment on column stage.certification.achievement_name_kk is 'Name of the achievement in Kazakh.';
comment on column stage.certification.achievement_name_ru is 'Name of the achievement in Russian.';
comment on column stage.certification.achievement_name_en is 'Name of the achievement in English.';
comment on column stage.certification.achievement_type is 'Open Badges 3.0 achievementType.';
comment on column stage.certification.hours is 'Length of study, hours.';
comment on column stage.certification.skills is 'Skills the achievement teaches: list of {code?, framework, name}.';
comment on column stage.certification.awarded_on is 'Day of the award.';
comment on column stage.certification.valid_from is 'First day of validity.';
comment on column stage.certification.valid_until is 'Last day of validity; null is for ever.';
comment on column stage.certification.result_kind is 'percent, score, grade or pass.';
comment on column stage.certification.result_value is 'Result as given.';
comment on column stage.certification.result_number is 'Result as a number where it is one.';
comment on column stage.certification.result_max is 'Highest possible result.';
comment on column stage.certification.language_code is 'Language of the certificate.';
comment on column stage.certification.evidence_url is 'Where the evidence lies.';
comment on column stage.certification.status is 'valid, suspended or revoked.';
comment on column stage.certification.revocation_reason is 'Why it was revoked.';
comment on column stage.certification.is_duplicate is 'Says again what an earlier event of the same id and bytes said.';
comment on column stage.certification.warnings is 'Warning rules the row breaks.';
comment on column stage.certification.failures is 'Critical rules the row breaks, in the order of the suite.';
comment on column core.certification.source_id is 'Registered source of the event.';
comment on column core.certification.certificate_id is 'The certificate''s id at its source; unique with source_id and record_version.';
comment on column core.certification.record_version is 'Version of the certificate at its source; the highest is current.';
comment on column core.certification.event_id is 'CloudEvents id.';
comment on column core.certification.action is 'Past action: issued, suspended, reinstated or revoked.';
comment on column core.certification.occurred_at is 'When it happened in the world.';
comment on column core.certification.landed_at is 'When Arna came to know it.';
comment on column core.certification.topic_id is 'Lineage: topic incarnation.';
comment on column core.certification.partition is 'Lineage: Kafka partition.';
comment on column core.certification."offset" is 'Lineage: Kafka offset.';
comment on column core.certification.batch_id is 'Lineage: batch that carried it.';
comment on column core.certification.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.certification.person_token is 'Token of the person''s IIN.';
comment on column core.certification.birth_date is 'Birth date the source declared.';
comment on column core.certification.issuer_bin is 'BIN of the issuer.';
comment on column core.certification.issuer_name is 'Name of the issuer.';
comment on column core.certification.achievement_code is 'Code of the achievement at its issuer.';
comment on column core.certification.achievement_name_kk is 'Name of the achievement in Kazakh.';
comment on column core.certification.achievement_name_ru is 'Name of the achievement in Russian.';
comment on column core.certification.achievement_name_en is 'Name of the achievement in English.';
comment on column core.certification.achievement_type is 'Open Badges 3.0 achievementType.';
comment on column core.certification.hours is 'Length of study, hours.';
comment on column core.certification.skills is 'Skills the achievement teaches: list of {code?, framework, name}.';
comment on column core.certification.awarded_on is 'Day of the award.';
comment on column core.certification.valid_from is 'First day of validity.';
comment on column core.certification.valid_until is 'Last day of validity; null is for ever.';
comment on column core.certification.result_kind is 'percent, score, grade or pass.';
comment on column core.certification.result_value is 'Result as given.';
comment on column core.certification.result_number is 'Result as a number where it is one.';
comment on column core.certification.result_max is 'Highest possible result.';
comment on column core.certification.language_code is 'Language of the certificate.';
comment on column core.certification.evidence_url is 'Where the evidence lies.';
comment on column core.certification.status is 'valid, suspended or revoked.';
comment on column core.certification.revocation_reason is 'Why it was revoked.';
comment on column core.certification.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.certification.is_current is 'Whether it is the highest version.';
comment on column core.certification.warnings is 'Warning rules the row breaks.';
comment on column core.certification.loaded_at is 'When it was loaded.';

create view core.certification_current as
select
    v.source_id,
    v.certificate_id,
    v.record_version,
    v.event_id,
    v.action,
    v.occurred_at,
    v.landed_at,
    v.topic_id,
    v.partition,
    v."offset",
    v.batch_id,
    v.payload_sha256,
    v.person_token,
    v.birth_date,
    v.issuer_bin,
    v.issuer_name,
    v.achievement_code,
    v.achievement_name_kk,
    v.achievement_name_ru,
    v.achievement_name_en,
    v.achievement_type,
    v.hours,
    v.skills,
    v.awarded_on,
    v.valid_from,
    v.valid_until,
    v.result_kind,
    v.result_value,
    v.result_number,
    v.result_max,
    v.language_code,
    v.evidence_url,
    v.status,
    v.revocation_reason,
    v.arrival,
    v.warnings,
    v.loaded_at
from core.certification as v
where v.is_current;
comment on view core.certification_current is 'The highest version of each certificate. Grain: one certificate.';
comment on column core.certification_current.source_id is 'Registered source of the event.';
comment on column core.certification_current.certificate_id is 'The certificate''s id at its source; unique with source_id and record_version.';
comment on column core.certification_current.record_version is 'Version of the certificate at its source; the highest is current.';
comment on column core.certification_current.event_id is 'CloudEvents id.';
comment on column core.certification_current.action is 'Past action: issued, suspended, reinstated or revoked.';
comment on column core.certification_current.occurred_at is 'When it happened in the world.';
comment on column core.certification_current.landed_at is 'When Arna came to know it.';
comment on column core.certification_current.topic_id is 'Lineage: topic incarnation.';
comment on column core.certification_current.partition is 'Lineage: Kafka partition.';
comment on column core.certification_current."offset" is 'Lineage: Kafka offset.';
comment on column core.certification_current.batch_id is 'Lineage: batch that carried it.';
comment on column core.certification_current.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.certification_current.person_token is 'Token of the person''s IIN.';
comment on column core.certification_current.birth_date is 'Birth date the source declared.';
comment on column core.certification_current.issuer_bin is 'BIN of the issuer.';
comment on column core.certification_current.issuer_name is 'Name of the issuer.';
comment on column core.certification_current.achievement_code is 'Code of the achievement at its issuer.';
comment on column core.certification_current.achievement_name_kk is 'Name of the achievement in Kazakh.';
comment on column core.certification_current.achievement_name_ru is 'Name of the achievement in Russian.';
comment on column core.certification_current.achievement_name_en is 'Name of the achievement in English.';
comment on column core.certification_current.achievement_type is 'Open Badges 3.0 achievementType.';
comment on column core.certification_current.hours is 'Length of study, hours.';
comment on column core.certification_current.skills is 'Skills the achievement teaches: list of {code?, framework, name}.';
comment on column core.certification_current.awarded_on is 'Day of the award.';
comment on column core.certification_current.valid_from is 'First day of validity.';
comment on column core.certification_current.valid_until is 'Last day of validity; null is for ever.';
comment on column core.certification_current.result_kind is 'percent, score, grade or pass.';
comment on column core.certification_current.result_value is 'Result as given.';
comment on column core.certification_current.result_number is 'Result as a number where it is one.';
comment on column core.certification_current.result_max is 'Highest possible result.';
comment on column core.certification_current.language_code is 'Language of the certificate.';
comment on column core.certification_current.evidence_url is 'Where the evidence lies.';
comment on column core.certification_current.status is 'valid, suspended or revoked.';
comment on column core.certification_current.revocation_reason is 'Why it was revoked.';
comment on column core.certification_current.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.certification_current.warnings is 'Warning rules the row breaks.';
comment on column core.certification_current.loaded_at is 'When it was loaded.';

create view core.certification_history as
select
    v.source_id,
    v.certificate_id,
    v.record_version,
    v.event_id,
    v.action,
    v.occurred_at,
    v.landed_at,
    v.topic_id,
    v.partition,
    v."offset",
    v.batch_id,
    v.payload_sha256,
    v.person_token,
    v.birth_date,
    v.issuer_bin,
    v.issuer_name,
    v.achievement_code,
    v.achievement_name_kk,
    v.achievement_name_ru,
    v.achievement_name_en,
    v.achievement_type,
    v.hours,
    v.skills,
    v.awarded_on,
    v.valid_from,
    v.valid_until,
    v.result_kind,
    v.result_value,
    v.result_number,
    v.result_max,
    v.language_code,
    v.evidence_url,
    v.status,
    v.revocation_reason,
    v.arrival,
    v.warnings,
    v.loaded_at,
    v.is_current,
    lead(v.occurred_at) over (partition by v.source_id, v.certificate_id order by v.record_version asc) as replaced_at
from core.certification as v;
comment on view core.certification_history is 'All versions of each certificate, each with the time of the next. Grain: one version.';
comment on column core.certification_history.source_id is 'Registered source of the event.';
comment on column core.certification_history.certificate_id is 'The certificate''s id at its source; unique with source_id and record_version.';
comment on column core.certification_history.record_version is 'Version of the certificate at its source; the highest is current.';
comment on column core.certification_history.event_id is 'CloudEvents id.';
comment on column core.certification_history.action is 'Past action: issued, suspended, reinstated or revoked.';
comment on column core.certification_history.occurred_at is 'When it happened in the world.';
comment on column core.certification_history.landed_at is 'When Arna came to know it.';
comment on column core.certification_history.topic_id is 'Lineage: topic incarnation.';
comment on column core.certification_history.partition is 'Lineage: Kafka partition.';
comment on column core.certification_history."offset" is 'Lineage: Kafka offset.';
comment on column core.certification_history.batch_id is 'Lineage: batch that carried it.';
comment on column core.certification_history.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.certification_history.person_token is 'Token of the person''s IIN.';
comment on column core.certification_history.birth_date is 'Birth date the source declared.';
comment on column core.certification_history.issuer_bin is 'BIN of the issuer.';
comment on column core.certification_history.issuer_name is 'Name of the issuer.';
comment on column core.certification_history.achievement_code is 'Code of the achievement at its issuer.';
comment on column core.certification_history.achievement_name_kk is 'Name of the achievement in Kazakh.';
comment on column core.certification_history.achievement_name_ru is 'Name of the achievement in Russian.';
comment on column core.certification_history.achievement_name_en is 'Name of the achievement in English.';
comment on column core.certification_history.achievement_type is 'Open Badges 3.0 achievementType.';
comment on column core.certification_history.hours is 'Length of study, hours.';
comment on column core.certification_history.skills is 'Skills the achievement teaches: list of {code?, framework, name}.';
comment on column core.certification_history.awarded_on is 'Day of the award.';
comment on column core.certification_history.valid_from is 'First day of validity.';
comment on column core.certification_history.valid_until is 'Last day of validity; null is for ever.';
comment on column core.certification_history.result_kind is 'percent, score, grade or pass.';
comment on column core.certification_history.result_value is 'Result as given.';
comment on column core.certification_history.result_number is 'Result as a number where it is one.';
comment on column core.certification_history.result_max is 'Highest possible result.';
comment on column core.certification_history.language_code is 'Language of the certificate.';
comment on column core.certification_history.evidence_url is 'Where the evidence lies.';
comment on column core.certification_history.status is 'valid, suspended or revoked.';
comment on column core.certification_history.revocation_reason is 'Why it was revoked.';
comment on column core.certification_history.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.certification_history.is_current is 'Whether it is the highest version.';
comment on column core.certification_history.warnings is 'Warning rules the row breaks.';
comment on column core.certification_history.loaded_at is 'When it was loaded.';
comment on column core.certification_history.replaced_at is 'When the next version happened; null for the current one.';

create unlogged table stage.vacancy (
    source_id integer not null,
    vacancy_id text not null,
    record_version bigint not null,
    event_id uuid not null,
    action text not null,
    occurred_at timestamptz not null,
    landed_at timestamptz not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null,
    payload_sha256 bytea not null,
    employer_id text not null,
    employer_name text not null,
    title text not null,
    language_code text not null,
    occupation_code text,
    occupation_scheme text,
    kato_code text,
    is_remote boolean not null,
    employment_type text not null,
    openings integer,
    skills jsonb not null default '[]',
    salary_min numeric,
    salary_max numeric,
    salary_currency_code text,
    salary_period text,
    is_salary_gross boolean,
    education_level text,
    experience_months integer,
    published_on date not null,
    valid_through date,
    status text not null,
    replaces_vacancy_id text,
    is_duplicate boolean not null default false,
    warnings text[] not null default '{}',
    failures text[] not null default '{}',
    primary key (topic_id, partition, "offset")
);

create table core.vacancy (
    source_id integer not null,
    vacancy_id text not null,
    record_version bigint not null,
    event_id uuid not null,
    action text not null,
    occurred_at timestamptz not null,
    landed_at timestamptz not null,
    topic_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    batch_id bigint not null,
    payload_sha256 bytea not null,
    employer_id text not null,
    employer_name text not null,
    title text not null,
    language_code text not null,
    occupation_code text,
    occupation_scheme text,
    kato_code text,
    is_remote boolean not null,
    employment_type text not null,
    openings integer,
    skills jsonb not null default '[]',
    salary_min numeric,
    salary_max numeric,
    salary_currency_code text,
    salary_period text,
    is_salary_gross boolean,
    education_level text,
    experience_months integer,
    published_on date not null,
    valid_through date,
    status text not null,
    replaces_vacancy_id text,
    arrival text not null check (arrival in ('loaded', 'superseded')),
    is_current boolean not null,
    warnings text[] not null default '{}',
    loaded_at timestamptz not null default now(),
    primary key (source_id, vacancy_id, record_version),
    unique (source_id, event_id)
);

create index vacancy_batch on core.vacancy (batch_id);
comment on table stage.vacancy is 'The batch in hand, typed. Grain: one event of the batch.';
comment on table core.vacancy is 'All versions of each vacancy. Grain: one version.';
comment on column stage.vacancy.source_id is 'Registered source of the event.';
comment on column stage.vacancy.vacancy_id is 'The vacancy''s id at its source; unique with source_id and record_version.';
comment on column stage.vacancy.record_version is 'Version of the vacancy at its source; the highest is current.';
comment on column stage.vacancy.event_id is 'CloudEvents id.';
comment on column stage.vacancy.action is 'Past action: published, amended or closed.';
comment on column stage.vacancy.occurred_at is 'When it happened in the world.';
comment on column stage.vacancy.landed_at is 'When Arna came to know it.';
comment on column stage.vacancy.topic_id is 'Lineage: topic incarnation.';
comment on column stage.vacancy.partition is 'Lineage: Kafka partition.';
comment on column stage.vacancy."offset" is 'Lineage: Kafka offset.';
comment on column stage.vacancy.batch_id is 'Lineage: batch that carried it.';
comment on column stage.vacancy.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column stage.vacancy.employer_id is 'BIN of the employer, or the token of a sole trader''s IIN.';
comment on column stage.vacancy.employer_name is 'Name of the employer.';
comment on column stage.vacancy.title is 'Job title.';
comment on column stage.vacancy.language_code is 'Language of the vacancy.';
comment on column stage.vacancy.occupation_code is 'Occupation.';
comment on column stage.vacancy.occupation_scheme is 'Classification of the occupation: nkz, isco08, esco or onet.';
comment on column stage.vacancy.kato_code is 'Place, KATO code of 9 digits; null for remote work without a place.';
comment on column stage.vacancy.is_remote is 'Whether the work is remote.';
comment on column stage.vacancy.employment_type is 'Kind of employment.';
comment on column stage.vacancy.openings is 'Places to fill; null is unknown, which is not one.';
comment on column stage.vacancy.skills is 'Skills asked for: list of {code?, framework?, name}.';
comment on column stage.vacancy.salary_min is 'Lowest salary.';
comment on column stage.vacancy.salary_max is 'Highest salary.';
comment on column stage.vacancy.salary_currency_code is 'ISO 4217 code.';
comment on column stage.vacancy.salary_period is 'What the salary is paid for: hour, day, week, month or year.';
comment on column stage.vacancy.is_salary_gross is 'Whether the salary is before tax.';
comment on column stage.vacancy.education_level is 'Education asked for.';
comment on column stage.vacancy.experience_months is 'Experience asked for, months.';
comment on column stage.vacancy.published_on is 'Day of publication.';
comment on column stage.vacancy.valid_through is 'Last day to apply.';
comment on column stage.vacancy.status is 'open, filled, closed or withdrawn.';
comment on column stage.vacancy.replaces_vacancy_id is 'Vacancy of the same source that this one reposts.';
comment on column stage.vacancy.is_duplicate is 'Says again what an earlier event of the same id and bytes said.';
comment on column stage.vacancy.warnings is 'Warning rules the row breaks.';
comment on column stage.vacancy.failures is 'Critical rules the row breaks, in the order of the suite.';
comment on column core.vacancy.source_id is 'Registered source of the event.';
comment on column core.vacancy.vacancy_id is 'The vacancy''s id at its source; unique with source_id and record_version.';
comment on column core.vacancy.record_version is 'Version of the vacancy at its source; the highest is current.';
comment on column core.vacancy.event_id is 'CloudEvents id.';
comment on column core.vacancy.action is 'Past action: published, amended or closed.';
comment on column core.vacancy.occurred_at is 'When it happened in the world.';
comment on column core.vacancy.landed_at is 'When Arna came to know it.';
comment on column core.vacancy.topic_id is 'Lineage: topic incarnation.';
comment on column core.vacancy.partition is 'Lineage: Kafka partition.';
comment on column core.vacancy."offset" is 'Lineage: Kafka offset.';
comment on column core.vacancy.batch_id is 'Lineage: batch that carried it.';
comment on column core.vacancy.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.vacancy.employer_id is 'BIN of the employer, or the token of a sole trader''s IIN.';
comment on column core.vacancy.employer_name is 'Name of the employer.';
comment on column core.vacancy.title is 'Job title.';
comment on column core.vacancy.language_code is 'Language of the vacancy.';
comment on column core.vacancy.occupation_code is 'Occupation.';
comment on column core.vacancy.occupation_scheme is 'Classification of the occupation: nkz, isco08, esco or onet.';
comment on column core.vacancy.kato_code is 'Place, KATO code of 9 digits; null for remote work without a place.';
comment on column core.vacancy.is_remote is 'Whether the work is remote.';
comment on column core.vacancy.employment_type is 'Kind of employment.';
comment on column core.vacancy.openings is 'Places to fill; null is unknown, which is not one.';
comment on column core.vacancy.skills is 'Skills asked for: list of {code?, framework?, name}.';
comment on column core.vacancy.salary_min is 'Lowest salary.';
comment on column core.vacancy.salary_max is 'Highest salary.';
comment on column core.vacancy.salary_currency_code is 'ISO 4217 code.';
comment on column core.vacancy.salary_period is 'What the salary is paid for: hour, day, week, month or year.';
comment on column core.vacancy.is_salary_gross is 'Whether the salary is before tax.';
comment on column core.vacancy.education_level is 'Education asked for.';
comment on column core.vacancy.experience_months is 'Experience asked for, months.';
comment on column core.vacancy.published_on is 'Day of publication.';
comment on column core.vacancy.valid_through is 'Last day to apply.';
comment on column core.vacancy.status is 'open, filled, closed or withdrawn.';
comment on column core.vacancy.replaces_vacancy_id is 'Vacancy of the same source that this one reposts.';
comment on column core.vacancy.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.vacancy.is_current is 'Whether it is the highest version.';
comment on column core.vacancy.warnings is 'Warning rules the row breaks.';
comment on column core.vacancy.loaded_at is 'When it was loaded.';

create view core.vacancy_current as
select
    v.source_id,
    v.vacancy_id,
    v.record_version,
    v.event_id,
    v.action,
    v.occurred_at,
    v.landed_at,
    v.topic_id,
    v.partition,
    v."offset",
    v.batch_id,
    v.payload_sha256,
    v.employer_id,
    v.employer_name,
    v.title,
    v.language_code,
    v.occupation_code,
    v.occupation_scheme,
    v.kato_code,
    v.is_remote,
    v.employment_type,
    v.openings,
    v.skills,
    v.salary_min,
    v.salary_max,
    v.salary_currency_code,
    v.salary_period,
    v.is_salary_gross,
    v.education_level,
    v.experience_months,
    v.published_on,
    v.valid_through,
    v.status,
    v.replaces_vacancy_id,
    v.arrival,
    v.warnings,
    v.loaded_at
from core.vacancy as v
where v.is_current;
comment on view core.vacancy_current is 'The highest version of each vacancy. Grain: one vacancy.';
comment on column core.vacancy_current.source_id is 'Registered source of the event.';
comment on column core.vacancy_current.vacancy_id is 'The vacancy''s id at its source; unique with source_id and record_version.';
comment on column core.vacancy_current.record_version is 'Version of the vacancy at its source; the highest is current.';
comment on column core.vacancy_current.event_id is 'CloudEvents id.';
comment on column core.vacancy_current.action is 'Past action: published, amended or closed.';
comment on column core.vacancy_current.occurred_at is 'When it happened in the world.';
comment on column core.vacancy_current.landed_at is 'When Arna came to know it.';
comment on column core.vacancy_current.topic_id is 'Lineage: topic incarnation.';
comment on column core.vacancy_current.partition is 'Lineage: Kafka partition.';
comment on column core.vacancy_current."offset" is 'Lineage: Kafka offset.';
comment on column core.vacancy_current.batch_id is 'Lineage: batch that carried it.';
comment on column core.vacancy_current.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.vacancy_current.employer_id is 'BIN of the employer, or the token of a sole trader''s IIN.';
comment on column core.vacancy_current.employer_name is 'Name of the employer.';
comment on column core.vacancy_current.title is 'Job title.';
comment on column core.vacancy_current.language_code is 'Language of the vacancy.';
comment on column core.vacancy_current.occupation_code is 'Occupation.';
comment on column core.vacancy_current.occupation_scheme is 'Classification of the occupation: nkz, isco08, esco or onet.';
comment on column core.vacancy_current.kato_code is 'Place, KATO code of 9 digits; null for remote work without a place.';
comment on column core.vacancy_current.is_remote is 'Whether the work is remote.';
comment on column core.vacancy_current.employment_type is 'Kind of employment.';
comment on column core.vacancy_current.openings is 'Places to fill; null is unknown, which is not one.';
comment on column core.vacancy_current.skills is 'Skills asked for: list of {code?, framework?, name}.';
comment on column core.vacancy_current.salary_min is 'Lowest salary.';
comment on column core.vacancy_current.salary_max is 'Highest salary.';
comment on column core.vacancy_current.salary_currency_code is 'ISO 4217 code.';
comment on column core.vacancy_current.salary_period is 'What the salary is paid for: hour, day, week, month or year.';
comment on column core.vacancy_current.is_salary_gross is 'Whether the salary is before tax.';
comment on column core.vacancy_current.education_level is 'Education asked for.';
comment on column core.vacancy_current.experience_months is 'Experience asked for, months.';
comment on column core.vacancy_current.published_on is 'Day of publication.';
comment on column core.vacancy_current.valid_through is 'Last day to apply.';
comment on column core.vacancy_current.status is 'open, filled, closed or withdrawn.';
comment on column core.vacancy_current.replaces_vacancy_id is 'Vacancy of the same source that this one reposts.';
comment on column core.vacancy_current.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.vacancy_current.warnings is 'Warning rules the row breaks.';
comment on column core.vacancy_current.loaded_at is 'When it was loaded.';

create view core.vacancy_history as
select
    v.source_id,
    v.vacancy_id,
    v.record_version,
    v.event_id,
    v.action,
    v.occurred_at,
    v.landed_at,
    v.topic_id,
    v.partition,
    v."offset",
    v.batch_id,
    v.payload_sha256,
    v.employer_id,
    v.employer_name,
    v.title,
    v.language_code,
    v.occupation_code,
    v.occupation_scheme,
    v.kato_code,
    v.is_remote,
    v.employment_type,
    v.openings,
    v.skills,
    v.salary_min,
    v.salary_max,
    v.salary_currency_code,
    v.salary_period,
    v.is_salary_gross,
    v.education_level,
    v.experience_months,
    v.published_on,
    v.valid_through,
    v.status,
    v.replaces_vacancy_id,
    v.arrival,
    v.warnings,
    v.loaded_at,
    v.is_current,
    lead(v.occurred_at) over (partition by v.source_id, v.vacancy_id order by v.record_version asc) as replaced_at
from core.vacancy as v;
comment on view core.vacancy_history is 'All versions of each vacancy, each with the time of the next. Grain: one version.';
comment on column core.vacancy_history.source_id is 'Registered source of the event.';
comment on column core.vacancy_history.vacancy_id is 'The vacancy''s id at its source; unique with source_id and record_version.';
comment on column core.vacancy_history.record_version is 'Version of the vacancy at its source; the highest is current.';
comment on column core.vacancy_history.event_id is 'CloudEvents id.';
comment on column core.vacancy_history.action is 'Past action: published, amended or closed.';
comment on column core.vacancy_history.occurred_at is 'When it happened in the world.';
comment on column core.vacancy_history.landed_at is 'When Arna came to know it.';
comment on column core.vacancy_history.topic_id is 'Lineage: topic incarnation.';
comment on column core.vacancy_history.partition is 'Lineage: Kafka partition.';
comment on column core.vacancy_history."offset" is 'Lineage: Kafka offset.';
comment on column core.vacancy_history.batch_id is 'Lineage: batch that carried it.';
comment on column core.vacancy_history.payload_sha256 is 'SHA-256 of the message as it came.';
comment on column core.vacancy_history.employer_id is 'BIN of the employer, or the token of a sole trader''s IIN.';
comment on column core.vacancy_history.employer_name is 'Name of the employer.';
comment on column core.vacancy_history.title is 'Job title.';
comment on column core.vacancy_history.language_code is 'Language of the vacancy.';
comment on column core.vacancy_history.occupation_code is 'Occupation.';
comment on column core.vacancy_history.occupation_scheme is 'Classification of the occupation: nkz, isco08, esco or onet.';
comment on column core.vacancy_history.kato_code is 'Place, KATO code of 9 digits; null for remote work without a place.';
comment on column core.vacancy_history.is_remote is 'Whether the work is remote.';
comment on column core.vacancy_history.employment_type is 'Kind of employment.';
comment on column core.vacancy_history.openings is 'Places to fill; null is unknown, which is not one.';
comment on column core.vacancy_history.skills is 'Skills asked for: list of {code?, framework?, name}.';
comment on column core.vacancy_history.salary_min is 'Lowest salary.';
comment on column core.vacancy_history.salary_max is 'Highest salary.';
comment on column core.vacancy_history.salary_currency_code is 'ISO 4217 code.';
comment on column core.vacancy_history.salary_period is 'What the salary is paid for: hour, day, week, month or year.';
comment on column core.vacancy_history.is_salary_gross is 'Whether the salary is before tax.';
comment on column core.vacancy_history.education_level is 'Education asked for.';
comment on column core.vacancy_history.experience_months is 'Experience asked for, months.';
comment on column core.vacancy_history.published_on is 'Day of publication.';
comment on column core.vacancy_history.valid_through is 'Last day to apply.';
comment on column core.vacancy_history.status is 'open, filled, closed or withdrawn.';
comment on column core.vacancy_history.replaces_vacancy_id is 'Vacancy of the same source that this one reposts.';
comment on column core.vacancy_history.arrival is 'loaded, or superseded: it came after a newer version and was never current.';
comment on column core.vacancy_history.is_current is 'Whether it is the highest version.';
comment on column core.vacancy_history.warnings is 'Warning rules the row breaks.';
comment on column core.vacancy_history.loaded_at is 'When it was loaded.';
comment on column core.vacancy_history.replaced_at is 'When the next version happened; null for the current one.';

grant select, insert, update, delete, truncate, maintain on all tables in schema stage to arna_loader; -- noqa: PRS

grant select, insert, update, maintain on all tables in schema core to arna_loader; -- noqa: PRS

grant select on all tables in schema core to arna_engineer;
