-- purpose: tables behind the readers' views, and the queue and state of their refresh
-- grain: see each table
-- key: see each table
create table ops.mart_batch (
    mart_group text not null check (mart_group in ('profile', 'retraining')),
    batch_id bigint not null references ops.batch (batch_id),
    included_at timestamptz,
    primary key (mart_group, batch_id)
);
create index mart_batch_waiting on ops.mart_batch (mart_group, batch_id) where included_at is null;
comment on table ops.mart_batch is 'Which loaded batches the marts have taken in; a queue, since batches commit out of order. Grain: one batch for one group of marts.';
comment on column ops.mart_batch.mart_group is 'profile or retraining.';
comment on column ops.mart_batch.batch_id is 'The loaded batch.';
comment on column ops.mart_batch.included_at is 'When the marts took it in; null is waiting.';

create function ops.queue_mart_batch() returns trigger
language plpgsql security definer set search_path = pg_catalog, ops
as $$
begin
    insert into ops.mart_batch (mart_group, batch_id)
    select g.mart_group, new.batch_id
    from (values ('profile', array['enrolment', 'certification']),
                 ('retraining', array['enrolment', 'certification', 'vacancy'])) as g (mart_group, entities)
    where new.entity = any (g.entities)
    on conflict do nothing;
    return null;
end
$$;
comment on function ops.queue_mart_batch() is 'Queues a batch for the marts in the transaction that loads it.';
create trigger queue_mart_batch_inserted
after insert on ops.batch
for each row when (new.state = 'loaded') execute function ops.queue_mart_batch();
create trigger queue_mart_batch_loaded
after update of state on ops.batch
for each row when (new.state = 'loaded' and old.state <> 'loaded') execute function ops.queue_mart_batch();

insert into ops.mart_batch (mart_group, batch_id)
select
    g.mart_group,
    b.batch_id
from ops.batch as b
cross join (values ('profile'), ('retraining')) as g (mart_group)
where b.state = 'loaded' and (g.mart_group = 'retraining' or b.entity <> 'vacancy');

create table ops.mart_state (
    mart_group text primary key check (mart_group in ('profile', 'retraining')),
    as_of_date date not null,
    model_sha256 text not null,
    skill_load_id bigint not null,
    refreshed_at timestamptz not null
);
comment on table ops.mart_state is 'What the marts were last built from. Grain: one group of marts.';
comment on column ops.mart_state.mart_group is 'profile or retraining.';
comment on column ops.mart_state.as_of_date is 'The day they were built for.';
comment on column ops.mart_state.model_sha256 is 'Hash of the models; another one means the group is rebuilt.';
comment on column ops.mart_state.skill_load_id is 'Last load of ref.skill in use; a newer one means the group is rebuilt.';
comment on column ops.mart_state.refreshed_at is 'When.';

create table ops.freshness (
    view_name text primary key,
    mart_group text not null,
    last_event_at timestamptz,
    last_landed_at timestamptz,
    refreshed_at timestamptz not null,
    row_count bigint not null
);
comment on table ops.freshness is 'How old the data of the readers'' views is. Grain: one view.';
comment on column ops.freshness.view_name is 'The view, with its schema.';
comment on column ops.freshness.mart_group is 'Group it is refreshed with.';
comment on column ops.freshness.last_event_at is 'When the latest event in it happened in the world.';
comment on column ops.freshness.last_landed_at is 'When Arna came to know the latest event in it.';
comment on column ops.freshness.refreshed_at is 'When it was last brought up to date.';
comment on column ops.freshness.row_count is 'Rows in it then.';

create table mart.skill (
    mart_group text not null,
    skill_key text not null,
    framework text not null,
    skill_code text,
    name text not null,
    primary key (mart_group, skill_key)
);
comment on table mart.skill is 'Every skill that a certificate or vacancy named. Grain: one skill in one group of marts.';
comment on column mart.skill.mart_group is 'Group that met it.';
comment on column mart.skill.skill_key is 'Key after mart.skill_key.';
comment on column mart.skill.framework is 'esco, onet or local.';
comment on column mart.skill.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column mart.skill.name is 'Name as it was sent; of several the first in code point order.';

create table mart.person (
    person_key uuid primary key,
    person_token uuid not null,
    birth_date date,
    is_identity_disputed boolean not null
);
create index person_token on mart.person (person_token);
comment on table mart.person is 'Who is one person. Grain: one person; several of one token where birth dates disagree.';
comment on column mart.person.person_key is 'Key of the person, after mart.person_key.';
comment on column mart.person.person_token is 'Token of the IIN.';
comment on column mart.person.birth_date is 'Birth date the sources declare; null is not declared.';
comment on column mart.person.is_identity_disputed is 'Whether birth dates of the token disagree.';

create table mart.student (
    person_key uuid primary key,
    source_id integer not null,
    enrolment_id text not null,
    record_version bigint not null,
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
    region_code text not null,
    begin_date date not null,
    end_date date,
    entry_type text,
    exit_type text,
    status text not null,
    enrolment_count integer not null,
    event_at timestamptz not null
);
comment on table mart.student is 'Behind profile.student. Grain: one person with an enrolment that was not voided.';

create table mart.certificate (
    source_id integer not null,
    certificate_id text not null,
    person_key uuid not null,
    record_version bigint not null,
    issuer_bin text not null,
    issuer_name text not null,
    achievement_code text not null,
    achievement_name_kk text,
    achievement_name_ru text,
    achievement_name_en text,
    achievement_type text not null,
    hours numeric,
    awarded_on date not null,
    valid_from date not null,
    valid_until date,
    result_kind text,
    result_value text,
    result_percent numeric,
    language_code text not null,
    evidence_url text,
    status text not null,
    revocation_reason text,
    event_at timestamptz not null,
    primary key (source_id, certificate_id)
);
create index certificate_person on mart.certificate (person_key);
comment on table mart.certificate is 'Behind profile.certificate. Grain: one certificate.';

create table mart.person_skill (
    person_key uuid not null,
    skill_key text not null,
    valid_certificate_count integer not null,
    certificate_count integer not null,
    certificate_ids text[] not null,
    source_ids integer[] not null,
    first_awarded_on date not null,
    last_awarded_on date not null,
    best_result_percent numeric,
    primary key (person_key, skill_key)
);
comment on table mart.person_skill is 'Behind profile.skill. Grain: one skill of one person.';

create table mart.supply_span (
    person_token uuid not null,
    person_key uuid not null,
    skill_key text not null,
    region_code text not null,
    month_from integer not null,
    month_to integer,
    check (month_from < month_to)
);
create index supply_span_token on mart.supply_span (person_token);
comment on table mart.supply_span is 'From when to when a person held a skill by a valid certificate, and where. Grain: one run of months; runs of one person and skill do not overlap.';
comment on column mart.supply_span.person_token is 'Token of the person; what a refresh looks up.';
comment on column mart.supply_span.person_key is 'The person.';
comment on column mart.supply_span.skill_key is 'The skill.';
comment on column mart.supply_span.region_code is 'Region of the enrolment in those months.';
comment on column mart.supply_span.month_from is 'First month, as an index.';
comment on column mart.supply_span.month_to is 'Month after the last; null is open.';

create table mart.supply_change (
    skill_key text not null,
    region_code text not null,
    month_index integer not null,
    people integer not null,
    primary key (skill_key, region_code, month_index)
);
comment on table mart.supply_change is 'By how many people the supply of a skill changes at the start of a month; the running sum is the supply. Grain: one skill, region and month in which it changes.';
comment on column mart.supply_change.skill_key is 'The skill.';
comment on column mart.supply_change.region_code is 'The region.';
comment on column mart.supply_change.month_index is 'The month, as an index.';
comment on column mart.supply_change.people is 'People more, or fewer, than the month before.';

create table mart.skill_supply (
    skill_key text not null,
    region_code text not null,
    month date not null,
    people integer not null check (people > 0),
    primary key (skill_key, region_code, month)
);
comment on table mart.skill_supply is 'Behind retraining.skill_supply, not yet suppressed. Grain: one skill, region and month with people.';

create table mart.vacancy_span (
    source_id integer not null,
    vacancy_id text not null,
    skill_key text not null,
    region_code text not null,
    chain_id text not null,
    openings integer,
    months int4multirange not null,
    counted_months int4multirange not null,
    primary key (source_id, vacancy_id, skill_key)
);
comment on table mart.vacancy_span is 'In which months a vacancy asked for a skill. Grain: one skill of one vacancy.';
comment on column mart.vacancy_span.source_id is 'Source of the vacancy.';
comment on column mart.vacancy_span.vacancy_id is 'The vacancy.';
comment on column mart.vacancy_span.skill_key is 'The skill.';
comment on column mart.vacancy_span.region_code is 'The region; 00 is remote work.';
comment on column mart.vacancy_span.chain_id is 'The first vacancy of the chain of reposts it belongs to.';
comment on column mart.vacancy_span.openings is 'Places to fill; null is unknown.';
comment on column mart.vacancy_span.months is 'Months with at least one day on which it was open.';
comment on column mart.vacancy_span.counted_months is 'Those months less the ones a later posting of the chain stands for.';

create table mart.demand_change (
    skill_key text not null,
    region_code text not null,
    month_index integer not null,
    vacancies integer not null,
    vacancies_raw integer not null,
    openings_known bigint not null,
    vacancies_with_unknown_openings integer not null,
    primary key (skill_key, region_code, month_index)
);
comment on table mart.demand_change is 'By how much the demand for a skill changes at the start of a month; the running sum is the demand. Grain: one skill, region and month in which it changes.';

create table mart.skill_demand (
    skill_key text not null,
    region_code text not null,
    month date not null,
    vacancies integer not null,
    vacancies_raw integer not null,
    openings_known bigint not null,
    vacancies_with_unknown_openings integer not null,
    primary key (skill_key, region_code, month)
);
comment on table mart.skill_demand is 'Behind retraining.skill_demand. Grain: one skill, region and month with an open vacancy.';

create index vacancy_replaces on core.vacancy (source_id, replaces_vacancy_id) where replaces_vacancy_id is not null;

comment on column mart.student.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column mart.student.source_id is 'Source that told of it.';
comment on column mart.student.enrolment_id is 'Enrolment the row shows: of those not voided the one in force (status active or on_leave, begun, not past its end), active before on leave, then the latest begin, the highest level, the latest event.';
comment on column mart.student.record_version is 'Version of it in use, the highest known.';
comment on column mart.student.organisation_bin is 'BIN of the school, college or university.';
comment on column mart.student.organisation_kind is 'school, college, university or ai_university.';
comment on column mart.student.programme_code is 'Code of the programme at the organisation.';
comment on column mart.student.programme_name_kk is 'Name of the programme in Kazakh; null is not given.';
comment on column mart.student.programme_name_ru is 'Name of the programme in Russian; null is not given.';
comment on column mart.student.programme_name_en is 'Name of the programme in English; null is not given.';
comment on column mart.student.isced_field_code is 'ISCED-F 2013 field.';
comment on column mart.student.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column mart.student.grade is 'School grade.';
comment on column mart.student.year_of_study is 'Year of study above school.';
comment on column mart.student.study_form is 'full_time, part_time, evening or distance.';
comment on column mart.student.language_code is 'Language of instruction.';
comment on column mart.student.funding is 'state_grant, self_funded, employer or other.';
comment on column mart.student.kato_code is 'Place, KATO code of 9 digits.';
comment on column mart.student.region_code is 'Region, first two digits of KATO; ZZ is unknown.';
comment on column mart.student.begin_date is 'First day.';
comment on column mart.student.end_date is 'Day after the last, planned or real; null is not known.';
comment on column mart.student.entry_type is 'How the learner came.';
comment on column mart.student.exit_type is 'How the learner left.';
comment on column mart.student.status is 'Status its source declares: active, on_leave or ended.';
comment on column mart.student.enrolment_count is 'Enrolments of the person that were not voided.';
comment on column mart.student.event_at is 'When the event behind the row happened.';
comment on column mart.certificate.source_id is 'Source that told of it.';
comment on column mart.certificate.certificate_id is 'Id at the source.';
comment on column mart.certificate.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column mart.certificate.record_version is 'Version of it in use, the highest known.';
comment on column mart.certificate.issuer_bin is 'BIN of the issuer.';
comment on column mart.certificate.issuer_name is 'Name of the issuer.';
comment on column mart.certificate.achievement_code is 'Code of the achievement at the issuer.';
comment on column mart.certificate.achievement_name_kk is 'Name of the achievement in Kazakh; null is not given.';
comment on column mart.certificate.achievement_name_ru is 'Name of the achievement in Russian; null is not given.';
comment on column mart.certificate.achievement_name_en is 'Name of the achievement in English; null is not given.';
comment on column mart.certificate.achievement_type is 'Open Badges 3.0 achievement type.';
comment on column mart.certificate.hours is 'Hours of study.';
comment on column mart.certificate.awarded_on is 'Day of the award.';
comment on column mart.certificate.valid_from is 'First day of validity.';
comment on column mart.certificate.valid_until is 'Last day of validity; null is without end.';
comment on column mart.certificate.result_kind is 'percent, score, grade or pass.';
comment on column mart.certificate.result_value is 'Result as declared.';
comment on column mart.certificate.result_percent is 'Result in percent: the value of kind percent, or 100 * value / max of kind score; else null.';
comment on column mart.certificate.language_code is 'Language of the achievement.';
comment on column mart.certificate.evidence_url is 'Where the evidence lies.';
comment on column mart.certificate.status is 'Status its source declares: valid, suspended or revoked.';
comment on column mart.certificate.revocation_reason is 'Why it was revoked.';
comment on column mart.certificate.event_at is 'When the event behind the row happened.';
comment on column mart.person_skill.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column mart.person_skill.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.person_skill.valid_certificate_count is 'Certificates for the skill that are valid on the day of the refresh.';
comment on column mart.person_skill.certificate_count is 'Certificates for the skill that are not revoked: valid, expired, suspended, not yet valid.';
comment on column mart.person_skill.certificate_ids is 'The evidence: ids of those certificates, latest award first.';
comment on column mart.person_skill.source_ids is 'Their sources, in the same order.';
comment on column mart.person_skill.first_awarded_on is 'First award among them.';
comment on column mart.person_skill.last_awarded_on is 'Latest award among them.';
comment on column mart.person_skill.best_result_percent is 'Best result among them in percent; null where none has a number.';
comment on column mart.skill_supply.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.skill_supply.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column mart.skill_supply.month is 'First day of the month.';
comment on column mart.skill_supply.people is 'People who held a certificate teaching the skill that was valid on at least one day of the month, each once, in the region of their enrolment then (else of their last one before, else ZZ).';
comment on column mart.demand_change.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.demand_change.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column mart.demand_change.month_index is 'The month, as an index.';
comment on column mart.demand_change.vacancies is 'Change in vacancies, reposts counted once.';
comment on column mart.demand_change.vacancies_raw is 'Change in vacancies, reposts apart.';
comment on column mart.demand_change.openings_known is 'Change in known places.';
comment on column mart.demand_change.vacancies_with_unknown_openings is 'Change in vacancies that do not say how many.';
comment on column mart.skill_demand.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.skill_demand.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column mart.skill_demand.month is 'First day of the month.';
comment on column mart.skill_demand.vacancies is 'Vacancies open on at least one day of the month, a chain of reposts counted once, where its latest posting stands.';
comment on column mart.skill_demand.vacancies_raw is 'The same without joining reposts.';
comment on column mart.skill_demand.openings_known is 'Places of the vacancies that say how many.';
comment on column mart.skill_demand.vacancies_with_unknown_openings is 'Vacancies that do not say how many.';

grant select, insert, update, delete on all tables in schema mart to arna_loader;
grant select on all tables in schema mart to arna_engineer;
grant select, update on ops.mart_batch to arna_loader;
grant select, insert, update on ops.mart_state, ops.freshness to arna_loader;
grant select on ref.load to arna_loader;
grant select on ops.mart_batch, ops.mart_state, ops.freshness to arna_engineer;
