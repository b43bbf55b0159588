-- purpose: the profile group in depth: education history, outcomes of programmes, courses; and what was known, or true, on another day
-- grain: see each table, view and function
-- key: see each table, view and function
create function mart.enrolment_outcome(status text, exit_type text, begin_date date, end_date date, on_date date)
returns text
language sql immutable parallel safe
return case
    when begin_date > on_date then 'planned'
    when status = 'ended' and exit_type in ('completed', 'graduated') then 'completed'
    when status = 'ended' and exit_type = 'transferred' then 'transferred'
    when status = 'ended' and exit_type in ('withdrawn', 'dropout', 'expelled', 'no_show') then 'dropped_out'
    when status = 'ended' then 'other'
    when end_date <= on_date then 'unreported'
    when status = 'on_leave' then 'on_leave'
    else 'active'
end;
comment on function mart.enrolment_outcome(text, text, date, date, date) is 'How an enrolment came out by a day: planned, completed, transferred, dropped_out, other, unreported (its end has passed and no source said how), on_leave or active.';

alter table mart.certificate add column skill_keys text[] not null default '{}';
comment on column mart.certificate.skill_keys is 'Keys of the skills it stands for, sorted; none where it is revoked.';
create index certificate_course on mart.certificate (issuer_bin, achievement_code, awarded_on, source_id, certificate_id)
where status <> 'revoked';

-- What was known on another day asks for versions of a person's records that are no longer current.
create index enrolment_token on core.enrolment (person_token);
drop index core.enrolment_person;
create index certification_token on core.certification (person_token);
drop index core.certification_person;

create table mart.education_history (
    source_id integer not null,
    enrolment_id text not null,
    person_key uuid not null,
    record_version bigint not null,
    sequence_number integer not null,
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
    cohort_year integer not null,
    entry_type text,
    exit_type text,
    status text not null,
    event_at timestamptz not null,
    outcome_at_refresh text not null,
    certified_skill_keys text[],
    change_seq bigint not null default 0,
    primary key (source_id, enrolment_id)
);
comment on table mart.education_history is 'Behind profile.education_history. Grain: one enrolment that was not voided.';
comment on column mart.education_history.source_id is 'Source that told of it.';
comment on column mart.education_history.enrolment_id is 'Id at the source.';
comment on column mart.education_history.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column mart.education_history.record_version is 'Version of it in use, the highest known.';
comment on column mart.education_history.sequence_number is 'Place among the enrolments of the person, from 1, by begin_date, source_id, enrolment_id.';
comment on column mart.education_history.organisation_bin is 'BIN of the school, college or university.';
comment on column mart.education_history.organisation_kind is 'school, college, university or ai_university.';
comment on column mart.education_history.programme_code is 'Code of the programme at the organisation.';
comment on column mart.education_history.programme_name_kk is 'Name of the programme in Kazakh; null is not given.';
comment on column mart.education_history.programme_name_ru is 'Name of the programme in Russian; null is not given.';
comment on column mart.education_history.programme_name_en is 'Name of the programme in English; null is not given.';
comment on column mart.education_history.isced_field_code is 'ISCED-F 2013 field.';
comment on column mart.education_history.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column mart.education_history.grade is 'School grade.';
comment on column mart.education_history.year_of_study is 'Year of study above school.';
comment on column mart.education_history.study_form is 'full_time, part_time, evening or distance.';
comment on column mart.education_history.language_code is 'Language of instruction.';
comment on column mart.education_history.funding is 'state_grant, self_funded, employer or other.';
comment on column mart.education_history.kato_code is 'Place, KATO code of 9 digits.';
comment on column mart.education_history.region_code is 'Region, first two digits of KATO; ZZ is unknown.';
comment on column mart.education_history.begin_date is 'First day.';
comment on column mart.education_history.end_date is 'Day after the last, planned or real; null is not known.';
comment on column mart.education_history.cohort_year is 'Year of begin_date.';
comment on column mart.education_history.entry_type is 'How the learner came.';
comment on column mart.education_history.exit_type is 'How the learner left.';
comment on column mart.education_history.status is 'Status its source declares: active, on_leave or ended.';
comment on column mart.education_history.event_at is 'When the event behind the row happened.';
comment on column mart.education_history.outcome_at_refresh is 'What profile.education_history.outcome was at the refresh, so that the row changes on the day it does.';
comment on column mart.education_history.certified_skill_keys is 'Skills of the certificates, not revoked, that its organisation issued to the person and awarded from begin_date to 180 days after end_date (without one: after today); empty where they name none, null where there is no such certificate.';
comment on column mart.education_history.change_seq is 'Refresh of the group that last changed the row.';
create index education_history_person on mart.education_history (person_key);
create index education_history_cohort on mart.education_history (
    organisation_bin, programme_code, cohort_year, event_at desc, source_id desc, enrolment_id desc
) where outcome_at_refresh <> 'planned';

create table mart.programme_count (
    organisation_bin text not null,
    programme_code text not null,
    cohort_year integer not null,
    entered integer not null,
    active integer not null,
    completed integer not null,
    transferred integer not null,
    dropped_out integer not null,
    other integer not null,
    unreported integer not null,
    certified integer not null,
    primary key (organisation_bin, programme_code, cohort_year)
);
comment on table mart.programme_count is 'What became of those who entered a programme, with figures of few people: no reader sees it. Kept up to date by differences. Grain: one programme and year of beginning.';
comment on column mart.programme_count.organisation_bin is 'BIN of the school, college or university.';
comment on column mart.programme_count.programme_code is 'Code of the programme at the organisation.';
comment on column mart.programme_count.cohort_year is 'Year of begin_date of the enrolments.';
comment on column mart.programme_count.entered is 'Enrolments that began.';
comment on column mart.programme_count.active is 'Those active or on leave.';
comment on column mart.programme_count.completed is 'Those completed.';
comment on column mart.programme_count.transferred is 'Those that went on elsewhere.';
comment on column mart.programme_count.dropped_out is 'Those broken off.';
comment on column mart.programme_count.other is 'Those that ended otherwise.';
comment on column mart.programme_count.unreported is 'Those whose end has passed without a word on how.';
comment on column mart.programme_count.certified is 'Those whose person the organisation certified.';

create table mart.programme_skill (
    organisation_bin text not null,
    programme_code text not null,
    skill_key text not null,
    enrolments integer not null,
    primary key (organisation_bin, programme_code, skill_key)
);
comment on table mart.programme_skill is 'How many enrolments of a programme led to a certificate for a skill. Kept up to date by differences. Grain: one skill of one programme.';
comment on column mart.programme_skill.organisation_bin is 'BIN of the school, college or university.';
comment on column mart.programme_skill.programme_code is 'Code of the programme at the organisation.';
comment on column mart.programme_skill.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.programme_skill.enrolments is 'Enrolments, over all years, with a certificate counted in mart.programme_count.certified that stands for the skill.';

create table mart.programme_outcome (
    organisation_bin text not null,
    programme_code text not null,
    cohort_year integer not null,
    programme_name_kk text,
    programme_name_ru text,
    programme_name_en text,
    isced_level smallint not null,
    isced_field_code text,
    entered integer,
    active integer,
    completed integer,
    transferred integer,
    dropped_out integer,
    other integer,
    unreported integer,
    certified integer,
    completion_rate numeric,
    dropout_rate numeric,
    certified_rate numeric,
    taught_skill_keys text[] not null,
    is_suppressed boolean not null,
    change_seq bigint not null default 0,
    primary key (organisation_bin, programme_code, cohort_year)
);
comment on table mart.programme_outcome is 'Behind profile.programme_outcome, figures of few people already withheld. Grain: one programme and year of beginning.';
comment on column mart.programme_outcome.organisation_bin is 'BIN of the school, college or university.';
comment on column mart.programme_outcome.programme_code is 'Code of the programme at the organisation.';
comment on column mart.programme_outcome.cohort_year is 'Year of begin_date of the enrolments.';
comment on column mart.programme_outcome.programme_name_kk is 'Name of the programme in Kazakh, of the latest enrolment (event_at, source_id, enrolment_id); null is not given.';
comment on column mart.programme_outcome.programme_name_ru is 'Name of the programme in Russian, of the same; null is not given.';
comment on column mart.programme_outcome.programme_name_en is 'Name of the programme in English, of the same; null is not given.';
comment on column mart.programme_outcome.isced_level is 'ISCED 2011 level, 0 to 8, of the same.';
comment on column mart.programme_outcome.isced_field_code is 'ISCED-F 2013 field of the same; null is not given.';
comment on column mart.programme_outcome.entered is 'Enrolments that began, not voided: active + completed + transferred + dropped_out + other + unreported. Null under 5.';
comment on column mart.programme_outcome.active is 'Enrolments whose outcome in profile.education_history is active or on_leave. Null where withheld.';
comment on column mart.programme_outcome.completed is 'Enrolments whose outcome is completed. Null where withheld.';
comment on column mart.programme_outcome.transferred is 'Enrolments whose outcome is transferred. Null where withheld.';
comment on column mart.programme_outcome.dropped_out is 'Enrolments whose outcome is dropped_out. Null where withheld.';
comment on column mart.programme_outcome.other is 'Enrolments that ended otherwise. Null where withheld.';
comment on column mart.programme_outcome.unreported is 'Enrolments whose end has passed without a word on how. Null where withheld.';
comment on column mart.programme_outcome.certified is 'Enrolments whose person holds a certificate, not revoked, of the same organisation that was awarded from begin_date to 180 days after end_date (without one: after today). Null where it, or entered - certified, is 1 to 4.';
comment on column mart.programme_outcome.completion_rate is 'completed / (completed + dropped_out + transferred + other), 4 digits; null where a part is withheld or nobody has ended.';
comment on column mart.programme_outcome.dropout_rate is 'dropped_out / (completed + dropped_out + transferred + other), 4 digits; null where a part is withheld or nobody has ended.';
comment on column mart.programme_outcome.certified_rate is 'certified / entered, 4 digits; null where either is withheld.';
comment on column mart.programme_outcome.taught_skill_keys is 'Skills that the certificates counted in certified stand for, in at least 5 enrolments over all years of the programme; sorted.';
comment on column mart.programme_outcome.is_suppressed is 'Whether a figure of the row is withheld: all under 5 entered; else each part of 1 to 4, and where those withheld make fewer than 5 together, the smallest other part (of equal ones the first in the order of columns) too.';
comment on column mart.programme_outcome.change_seq is 'Refresh of the group that last changed the row.';

create table mart.course (
    issuer_bin text not null,
    achievement_code text not null,
    issuer_name text not null,
    achievement_name_kk text,
    achievement_name_ru text,
    achievement_name_en text,
    achievement_type text not null,
    hours numeric,
    language_code text not null,
    change_seq bigint not null default 0,
    primary key (issuer_bin, achievement_code)
);
comment on table mart.course is 'What a course is: an achievement as its latest certificate describes it. Grain: one achievement of one issuer.';
comment on column mart.course.issuer_bin is 'BIN of the issuer.';
comment on column mart.course.achievement_code is 'Code of the achievement at the issuer.';
comment on column mart.course.issuer_name is 'Name of the issuer, of the latest certificate (awarded_on, source_id, certificate_id) that is not revoked.';
comment on column mart.course.achievement_name_kk is 'Name of the achievement in Kazakh, of the same; null is not given.';
comment on column mart.course.achievement_name_ru is 'Name of the achievement in Russian, of the same; null is not given.';
comment on column mart.course.achievement_name_en is 'Name of the achievement in English, of the same; null is not given.';
comment on column mart.course.achievement_type is 'Open Badges 3.0 achievement type, of the same.';
comment on column mart.course.hours is 'Hours of study, of the same; null is not given.';
comment on column mart.course.language_code is 'Language of the achievement, of the same.';
comment on column mart.course.change_seq is 'Refresh of the group that last changed the row.';

create table mart.course_count (
    issuer_bin text not null,
    achievement_code text not null,
    skill_key text not null,
    people_certified integer not null,
    people_valid integer not null,
    primary key (issuer_bin, achievement_code, skill_key)
);
comment on table mart.course_count is 'How many people a course has certified for a skill, few ones too: no reader sees it. Kept up to date by differences. Grain: one skill of one course.';
comment on column mart.course_count.issuer_bin is 'BIN of the issuer.';
comment on column mart.course_count.achievement_code is 'Code of the achievement at the issuer.';
comment on column mart.course_count.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.course_count.people_certified is 'People with a certificate for it that is not revoked.';
comment on column mart.course_count.people_valid is 'Those with one that is valid on the day of the refresh.';

create table mart.course_skill (
    issuer_bin text not null,
    achievement_code text not null,
    skill_key text not null,
    people_certified integer,
    people_valid integer,
    is_suppressed boolean not null,
    first_awarded_on date not null,
    last_awarded_on date not null,
    is_offered boolean not null,
    change_seq bigint not null default 0,
    primary key (issuer_bin, achievement_code, skill_key)
);
comment on table mart.course_skill is 'Behind retraining.course, numbers of few people already withheld. Grain: one skill of one course.';
comment on column mart.course_skill.issuer_bin is 'BIN of the issuer.';
comment on column mart.course_skill.achievement_code is 'Code of the achievement at the issuer.';
comment on column mart.course_skill.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.course_skill.people_certified is 'People with a certificate of the course for the skill that is not revoked, each once. Null under 5.';
comment on column mart.course_skill.people_valid is 'Those of them with one that is valid on the day of the refresh. Null under 5.';
comment on column mart.course_skill.is_suppressed is 'Whether one of the two numbers is withheld because it is under 5.';
comment on column mart.course_skill.first_awarded_on is 'First award of the course for the skill, revoked ones left out.';
comment on column mart.course_skill.last_awarded_on is 'Latest award of the course for the skill, revoked ones left out.';
comment on column mart.course_skill.is_offered is 'Whether it was offered at the refresh: last_awarded_on > that day - 24 months.';
comment on column mart.course_skill.change_seq is 'Refresh of the group that last changed the row.';
create index course_skill_skill on mart.course_skill (skill_key);

grant select, insert, update, delete
on mart.education_history, mart.programme_count, mart.programme_skill, mart.programme_outcome, mart.course,
mart.course_count, mart.course_skill
to arna_loader;
grant select
on mart.education_history, mart.programme_count, mart.programme_skill, mart.programme_outcome, mart.course,
mart.course_count, mart.course_skill
to arna_engineer;

create view profile.education_history as
select
    h.person_key,
    h.sequence_number,
    h.organisation_bin,
    h.organisation_kind,
    h.programme_code,
    h.programme_name_kk,
    h.programme_name_ru,
    h.programme_name_en,
    h.isced_field_code,
    h.isced_level,
    h.grade,
    h.year_of_study,
    h.study_form,
    h.language_code,
    h.funding,
    h.kato_code,
    h.region_code,
    r.name_kk as region_name_kk,
    r.name_ru as region_name_ru,
    r.name_en as region_name_en,
    h.begin_date,
    h.end_date,
    h.cohort_year,
    h.entry_type,
    h.exit_type,
    h.status,
    mart.enrolment_outcome(h.status, h.exit_type, h.begin_date, h.end_date, mart.today()) as outcome,
    case when h.status = 'ended' and h.begin_date <= mart.today() then h.end_date end as exit_date,
    h.source_id,
    h.enrolment_id,
    h.record_version,
    h.event_at,
    h.change_seq
from mart.education_history as h
left join mart.region as r on h.region_code = r.region_code;
comment on view profile.education_history is 'Every enrolment of a person in order, and how it came out. Grain: one enrolment that was not voided. Key: source_id, enrolment_id.';
comment on column profile.education_history.person_key is 'Key of the person: the token, or a key per token and birth date where the identity is disputed.';
comment on column profile.education_history.sequence_number is 'Place among the enrolments of the person, from 1, by begin_date, source_id, enrolment_id.';
comment on column profile.education_history.organisation_bin is 'BIN of the school, college or university.';
comment on column profile.education_history.organisation_kind is 'school, college, university or ai_university.';
comment on column profile.education_history.programme_code is 'Code of the programme at the organisation.';
comment on column profile.education_history.programme_name_kk is 'Name of the programme in Kazakh; null is not given.';
comment on column profile.education_history.programme_name_ru is 'Name of the programme in Russian; null is not given.';
comment on column profile.education_history.programme_name_en is 'Name of the programme in English; null is not given.';
comment on column profile.education_history.isced_field_code is 'ISCED-F 2013 field.';
comment on column profile.education_history.isced_level is 'ISCED 2011 level, 0 to 8.';
comment on column profile.education_history.grade is 'School grade.';
comment on column profile.education_history.year_of_study is 'Year of study above school.';
comment on column profile.education_history.study_form is 'full_time, part_time, evening or distance.';
comment on column profile.education_history.language_code is 'Language of instruction.';
comment on column profile.education_history.funding is 'state_grant, self_funded, employer or other.';
comment on column profile.education_history.kato_code is 'Place, KATO code of 9 digits.';
comment on column profile.education_history.region_code is 'Region, first two digits of KATO; ZZ is unknown.';
comment on column profile.education_history.region_name_kk is 'Name of the region in Kazakh.';
comment on column profile.education_history.region_name_ru is 'Name of the region in Russian.';
comment on column profile.education_history.region_name_en is 'Name of the region in English.';
comment on column profile.education_history.begin_date is 'First day.';
comment on column profile.education_history.end_date is 'Day after the last, planned or real; null is not known.';
comment on column profile.education_history.cohort_year is 'Year of begin_date.';
comment on column profile.education_history.entry_type is 'How the learner came.';
comment on column profile.education_history.exit_type is 'How the learner left.';
comment on column profile.education_history.status is 'Status its source declares: active, on_leave or ended.';
comment on column profile.education_history.outcome is 'planned when begin_date > today; of status ended: completed (exit_type completed, graduated), transferred, dropped_out (withdrawn, dropout, expelled, no_show), else other; not ended: unreported when end_date <= today (its end has passed and no source said how), else on_leave or active as the source declares. Derived at each reading.';
comment on column profile.education_history.exit_date is 'end_date where the outcome is completed, transferred, dropped_out or other; else null.';
comment on column profile.education_history.source_id is 'Source that told of it.';
comment on column profile.education_history.enrolment_id is 'Id at the source.';
comment on column profile.education_history.record_version is 'Version of it in use, the highest known.';
comment on column profile.education_history.event_at is 'When the event behind the row happened.';
comment on column profile.education_history.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create view profile.programme_outcome as
select
    o.organisation_bin,
    o.programme_code,
    o.cohort_year,
    o.programme_name_kk,
    o.programme_name_ru,
    o.programme_name_en,
    o.isced_level,
    o.isced_field_code,
    o.entered,
    o.active,
    o.completed,
    o.transferred,
    o.dropped_out,
    o.other,
    o.unreported,
    o.certified,
    o.completion_rate,
    o.dropout_rate,
    o.certified_rate,
    o.taught_skill_keys,
    round(d.openings / 12, 4) as demand_openings_avg,
    o.is_suppressed,
    o.change_seq
from mart.programme_outcome as o
cross join
    lateral (
        select sum(m.openings) as openings
        from unnest(o.taught_skill_keys) as k (skill_key)
        cross join
            lateral (
                select coalesce(sum(s.openings_known + s.vacancies_with_unknown_openings), 0) as openings
                from mart.skill_demand as s
                where
                    s.skill_key = k.skill_key
                    and s.month >= mart.month_start(mart.month_index(mart.today()) - 11)
                    and s.month <= mart.today()
            ) as m
    ) as d;
comment on view profile.programme_outcome is 'What became of those who entered a programme, what it certifies, and whether that is asked for. Grain: one programme of one organisation and year of beginning. Key: organisation_bin, programme_code, cohort_year. Figures of fewer than 5 people are withheld.';
comment on column profile.programme_outcome.organisation_bin is 'BIN of the school, college or university.';
comment on column profile.programme_outcome.programme_code is 'Code of the programme at the organisation.';
comment on column profile.programme_outcome.cohort_year is 'Year of begin_date of the enrolments.';
comment on column profile.programme_outcome.programme_name_kk is 'Name of the programme in Kazakh, of the latest enrolment (event_at, source_id, enrolment_id); null is not given.';
comment on column profile.programme_outcome.programme_name_ru is 'Name of the programme in Russian, of the same; null is not given.';
comment on column profile.programme_outcome.programme_name_en is 'Name of the programme in English, of the same; null is not given.';
comment on column profile.programme_outcome.isced_level is 'ISCED 2011 level, 0 to 8, of the same.';
comment on column profile.programme_outcome.isced_field_code is 'ISCED-F 2013 field of the same; null is not given.';
comment on column profile.programme_outcome.entered is 'Enrolments that began, not voided: active + completed + transferred + dropped_out + other + unreported. Null under 5.';
comment on column profile.programme_outcome.active is 'Enrolments whose outcome in profile.education_history is active or on_leave. Null where withheld.';
comment on column profile.programme_outcome.completed is 'Enrolments whose outcome is completed. Null where withheld.';
comment on column profile.programme_outcome.transferred is 'Enrolments whose outcome is transferred. Null where withheld.';
comment on column profile.programme_outcome.dropped_out is 'Enrolments whose outcome is dropped_out. Null where withheld.';
comment on column profile.programme_outcome.other is 'Enrolments that ended otherwise. Null where withheld.';
comment on column profile.programme_outcome.unreported is 'Enrolments whose end has passed without a word on how. Null where withheld.';
comment on column profile.programme_outcome.certified is 'Enrolments whose person holds a certificate, not revoked, of the same organisation that was awarded from begin_date to 180 days after end_date (without one: after today). Null where it, or entered - certified, is 1 to 4.';
comment on column profile.programme_outcome.completion_rate is 'completed / (completed + dropped_out + transferred + other), 4 digits; null where a part is withheld or nobody has ended.';
comment on column profile.programme_outcome.dropout_rate is 'dropped_out / (completed + dropped_out + transferred + other), 4 digits; null where a part is withheld or nobody has ended.';
comment on column profile.programme_outcome.certified_rate is 'certified / entered, 4 digits; null where either is withheld.';
comment on column profile.programme_outcome.taught_skill_keys is 'Skills that the certificates counted in certified stand for, in at least 5 enrolments over all years of the programme; sorted.';
comment on column profile.programme_outcome.demand_openings_avg is 'Places a month, over the 12 months that end with the current one, that ask for the skills taught: sum of openings of retraining.skill_demand over taught_skill_keys, regions and these months / 12; a place that asks for two of them counts for both. Null where no skill is taught. Derived at each reading.';
comment on column profile.programme_outcome.is_suppressed is 'Whether a figure of the row is withheld: all under 5 entered; else each part of 1 to 4, and where those withheld make fewer than 5 together, the smallest other part (of equal ones the first in the order of columns) too.';
comment on column profile.programme_outcome.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create view retraining.course as
select
    k.issuer_bin,
    c.issuer_name,
    k.achievement_code,
    c.achievement_name_kk,
    c.achievement_name_ru,
    c.achievement_name_en,
    c.achievement_type,
    c.hours,
    c.language_code,
    k.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    k.people_certified,
    k.people_valid,
    k.is_suppressed,
    k.first_awarded_on,
    k.last_awarded_on,
    k.last_awarded_on > (mart.today() - interval '24 months')::date as is_offered,
    greatest(k.change_seq, c.change_seq, l.change_seq) as change_seq
from mart.course_skill as k
inner join mart.course as c on k.issuer_bin = c.issuer_bin and k.achievement_code = c.achievement_code
inner join mart.skill_label as l on k.skill_key = l.skill_key and l.mart_group = 'profile';
comment on view retraining.course is 'Courses, as certificates show them: what was awarded, for which skills, to how many. Grain: one skill of one achievement of one issuer. Key: issuer_bin, achievement_code, skill_key.';
comment on column retraining.course.issuer_bin is 'BIN of the issuer.';
comment on column retraining.course.issuer_name is 'Name of the issuer, of the latest certificate (awarded_on, source_id, certificate_id) that is not revoked.';
comment on column retraining.course.achievement_code is 'Code of the achievement at the issuer.';
comment on column retraining.course.achievement_name_kk is 'Name of the achievement in Kazakh, of the same; null is not given.';
comment on column retraining.course.achievement_name_ru is 'Name of the achievement in Russian, of the same; null is not given.';
comment on column retraining.course.achievement_name_en is 'Name of the achievement in English, of the same; null is not given.';
comment on column retraining.course.achievement_type is 'Open Badges 3.0 achievement type, of the same.';
comment on column retraining.course.hours is 'Hours of study, of the same; null is not given.';
comment on column retraining.course.language_code is 'Language of the achievement, of the same.';
comment on column retraining.course.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column retraining.course.framework is 'esco, onet or local.';
comment on column retraining.course.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column retraining.course.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column retraining.course.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.course.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.course.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.course.people_certified is 'People with a certificate of the course for the skill that is not revoked, each once. Null under 5.';
comment on column retraining.course.people_valid is 'Those of them with one that is valid on the day of the refresh. Null under 5.';
comment on column retraining.course.is_suppressed is 'Whether one of the two numbers is withheld because it is under 5.';
comment on column retraining.course.first_awarded_on is 'First award of the course for the skill, revoked ones left out.';
comment on column retraining.course.last_awarded_on is 'Latest award of the course for the skill, revoked ones left out.';
comment on column retraining.course.is_offered is 'Whether last_awarded_on > today - 24 months. Derived at each reading.';
comment on column retraining.course.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

grant select on profile.education_history, profile.programme_outcome to profile_reader, arna_loader, arna_engineer;
grant select on retraining.course to retraining_reader, arna_loader, arna_engineer;

-- What was known, or true, on another day. The rows have the columns of the views but change_seq.
create type profile.student_row as (
    person_key uuid,
    person_token uuid,
    is_identity_disputed boolean,
    birth_date date,
    organisation_bin text,
    organisation_kind text,
    programme_code text,
    programme_name_kk text,
    programme_name_ru text,
    programme_name_en text,
    isced_field_code text,
    isced_level smallint,
    grade smallint,
    year_of_study smallint,
    study_form text,
    language_code text,
    funding text,
    kato_code text,
    region_code text,
    region_name_kk text,
    region_name_ru text,
    region_name_en text,
    begin_date date,
    end_date date,
    entry_type text,
    exit_type text,
    status text,
    is_studying boolean,
    progress_percent numeric,
    enrolment_count integer,
    source_id integer,
    enrolment_id text,
    record_version bigint,
    event_at timestamptz
);
comment on type profile.student_row is 'Columns of profile.student, as they are described there, but change_seq.';

create type profile.certificate_row as (
    person_key uuid,
    source_id integer,
    certificate_id text,
    record_version bigint,
    issuer_bin text,
    issuer_name text,
    achievement_code text,
    achievement_name_kk text,
    achievement_name_ru text,
    achievement_name_en text,
    achievement_type text,
    hours numeric,
    awarded_on date,
    valid_from date,
    valid_until date,
    status text,
    revocation_reason text,
    result_kind text,
    result_value text,
    result_percent numeric,
    language_code text,
    evidence_url text,
    event_at timestamptz
);
comment on type profile.certificate_row is 'Columns of profile.certificate, as they are described there, but change_seq.';

create type profile.education_history_row as (
    person_key uuid,
    sequence_number integer,
    organisation_bin text,
    organisation_kind text,
    programme_code text,
    programme_name_kk text,
    programme_name_ru text,
    programme_name_en text,
    isced_field_code text,
    isced_level smallint,
    grade smallint,
    year_of_study smallint,
    study_form text,
    language_code text,
    funding text,
    kato_code text,
    region_code text,
    region_name_kk text,
    region_name_ru text,
    region_name_en text,
    begin_date date,
    end_date date,
    cohort_year integer,
    entry_type text,
    exit_type text,
    status text,
    outcome text,
    exit_date date,
    source_id integer,
    enrolment_id text,
    record_version bigint,
    event_at timestamptz
);
comment on type profile.education_history_row is 'Columns of profile.education_history, as they are described there, but change_seq.';

create type profile.skill_row as (
    person_key uuid,
    skill_key text,
    framework text,
    skill_code text,
    skill_name text,
    skill_name_kk text,
    skill_name_ru text,
    skill_name_en text,
    is_held boolean,
    valid_certificate_count integer,
    certificate_count integer,
    certificate_ids text array,
    source_ids integer array,
    first_awarded_on date,
    last_awarded_on date,
    best_result_percent numeric
);
comment on type profile.skill_row is 'Columns of profile.skill, as they are described there, but change_seq.';

create function mart.day_end(day date) returns timestamptz
language sql immutable strict parallel safe
return timezone(interval '5 hours', (day + 1)::timestamp);
comment on function mart.day_end(date) is 'The moment a day ends in Kazakhstan.';

create function mart.person_tokens(person uuid) returns uuid[]
language sql stable
as $$
select
    case
        when person is not null then coalesce(
            (
                select array_agg(p.person_token)
                from mart.person as p
                where p.person_key = person
            ),
            (
                select array[person]
                where
                    exists (select from core.enrolment as e where e.person_token = person)
                    or exists (select from core.certification as c where c.person_token = person)
            ),
            -- A key that a dispute gave and its end took back: only the records tell whose it was.
            (
                select array_agg(distinct d.person_token)
                from (
                    select e.person_token, e.birth_date
                    from core.enrolment as e
                    union
                    select c.person_token, c.birth_date
                    from core.certification as c
                ) as d
                where mart.person_key(d.person_token, d.birth_date, true) = person
            ),
            '{}'
        )
    end as tokens
$$;
comment on function mart.person_tokens(uuid) is 'The token behind a person_key of today or of another day, as a list; empty where nobody has it, null for null (everybody).';

-- These two are not parsed now, so that the planner can put them into the query that asks.
create function mart.enrolment_at(known_on date, on_date date, tokens uuid[]) returns setof core.enrolment
language sql stable
as $$
select v.*
from core.enrolment as v
where
    v.landed_at < mart.day_end(known_on)
    and v.occurred_at < mart.day_end(on_date)
    and (tokens is null or v.person_token = any(tokens))
    and not exists (
        select 1
        from core.enrolment as n
        where
            n.source_id = v.source_id
            and n.enrolment_id = v.enrolment_id
            and n.record_version > v.record_version
            and n.landed_at < mart.day_end(known_on)
            and n.occurred_at < mart.day_end(on_date)
    )
$$;
comment on function mart.enrolment_at(date, date, uuid[]) is 'Of each enrolment the highest version that had landed by the end of known_on and happened by the end of on_date; of these tokens, null is of all. Grain: one enrolment.';

create function mart.certification_at(known_on date, on_date date, tokens uuid[]) returns setof core.certification
language sql stable
as $$
select v.*
from core.certification as v
where
    v.landed_at < mart.day_end(known_on)
    and v.occurred_at < mart.day_end(on_date)
    and (tokens is null or v.person_token = any(tokens))
    and not exists (
        select 1
        from core.certification as n
        where
            n.source_id = v.source_id
            and n.certificate_id = v.certificate_id
            and n.record_version > v.record_version
            and n.landed_at < mart.day_end(known_on)
            and n.occurred_at < mart.day_end(on_date)
    )
$$;
comment on function mart.certification_at(date, date, uuid[]) is 'Of each certificate the highest version that had landed by the end of known_on and happened by the end of on_date; of these tokens, null is of all. Grain: one certificate.';

create function mart.identity_at(known_on date, on_date date, tokens uuid[])
returns table (person_token uuid, birth_date date, is_disputed boolean)
language sql stable
as $$
select
    d.person_token,
    max(d.birth_date) as birth_date,
    coalesce(min(d.birth_date) <> max(d.birth_date), false) as is_disputed
from (
    select e.person_token, e.birth_date
    from mart.enrolment_at(known_on, on_date, tokens) as e
    where e.status <> 'voided'
    union all
    select c.person_token, c.birth_date
    from mart.certification_at(known_on, on_date, tokens) as c
) as d
group by d.person_token
$$;
comment on function mart.identity_at(date, date, uuid[]) is 'Whether the birth dates declared for a token disagreed then. Grain: one token.';

-- Each of these is planned with its values, so that one person is looked up and all people are joined.
create function mart.student_at(known_on date, on_date date, tokens uuid[]) returns setof profile.student_row
language sql stable set search_path = pg_catalog, pg_temp set jit = off
as $$
with ranked as (
    select
        e.*,
        i.is_disputed,
        case when i.is_disputed then e.birth_date else i.birth_date end as known_birth_date,
        mart.person_key(e.person_token, e.birth_date, i.is_disputed) as person_key,
        count(*) over person as enrolment_count,
        row_number() over (
            person
            order by
                (
                    e.status in ('active', 'on_leave')
                    and e.begin_date <= on_date
                    and (e.end_date is null or e.end_date > on_date)
                ) desc,
                (e.begin_date <= on_date) desc,
                (e.status = 'active') desc,
                e.begin_date desc,
                e.isced_level desc,
                e.occurred_at desc,
                e.source_id asc,
                e.enrolment_id asc
        ) as place
    from mart.enrolment_at(known_on, on_date, tokens) as e
    inner join mart.identity_at(known_on, on_date, tokens) as i on e.person_token = i.person_token
    where e.status <> 'voided'
    window person as (partition by mart.person_key(e.person_token, e.birth_date, i.is_disputed))
)

select
    e.person_key,
    e.person_token,
    e.is_disputed,
    e.known_birth_date,
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
    r.region_code,
    r.name_kk,
    r.name_ru,
    r.name_en,
    e.begin_date,
    e.end_date,
    e.entry_type,
    e.exit_type,
    e.status,
    e.status = 'active' and e.begin_date <= on_date and (e.end_date is null or on_date < e.end_date),
    case
        when e.exit_type in ('completed', 'graduated') then 100
        when e.status = 'ended' or e.end_date is null or e.end_date <= e.begin_date then null
        else round(least(greatest(100.0 * (on_date - e.begin_date) / (e.end_date - e.begin_date), 0), 100), 1)
    end,
    e.enrolment_count::integer,
    e.source_id,
    e.enrolment_id,
    e.record_version,
    e.occurred_at
from ranked as e
left join ref.region as k on left(e.kato_code, 2) = k.region_code
inner join mart.region as r on coalesce(k.region_code, 'ZZ') = r.region_code
where e.place = 1
$$;
comment on function mart.student_at(date, date, uuid[]) is 'Rows of profile.student_at, of these tokens; null is of all.';

create function mart.certificate_at(known_on date, on_date date, tokens uuid[]) returns setof profile.certificate_row
language sql stable set search_path = pg_catalog, pg_temp set jit = off
as $$
select
    mart.person_key(c.person_token, c.birth_date, i.is_disputed),
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
        when c.valid_until < on_date then 'expired'
        when c.valid_from > on_date then 'not_yet_valid'
        else 'valid'
    end,
    c.revocation_reason,
    c.result_kind,
    c.result_value,
    case
        when c.result_kind = 'percent' then c.result_number
        when c.result_kind = 'score' and c.result_max > 0 then round(100 * c.result_number / c.result_max, 1)
    end,
    c.language_code,
    c.evidence_url,
    c.occurred_at
from mart.certification_at(known_on, on_date, tokens) as c
inner join mart.identity_at(known_on, on_date, tokens) as i on c.person_token = i.person_token
$$;
comment on function mart.certificate_at(date, date, uuid[]) is 'Rows of profile.certificate_at, of these tokens; null is of all.';

create function mart.education_history_at(known_on date, on_date date, tokens uuid[])
returns setof profile.education_history_row
language sql stable set search_path = pg_catalog, pg_temp set jit = off
as $$
select
    mart.person_key(e.person_token, e.birth_date, i.is_disputed),
    (row_number() over (
        partition by mart.person_key(e.person_token, e.birth_date, i.is_disputed)
        order by e.begin_date, e.source_id, e.enrolment_id
    ))::integer,
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
    r.region_code,
    r.name_kk,
    r.name_ru,
    r.name_en,
    e.begin_date,
    e.end_date,
    extract(year from e.begin_date)::integer,
    e.entry_type,
    e.exit_type,
    e.status,
    mart.enrolment_outcome(e.status, e.exit_type, e.begin_date, e.end_date, on_date),
    case when e.status = 'ended' and e.begin_date <= on_date then e.end_date end,
    e.source_id,
    e.enrolment_id,
    e.record_version,
    e.occurred_at
from mart.enrolment_at(known_on, on_date, tokens) as e
inner join mart.identity_at(known_on, on_date, tokens) as i on e.person_token = i.person_token
left join ref.region as k on left(e.kato_code, 2) = k.region_code
inner join mart.region as r on coalesce(k.region_code, 'ZZ') = r.region_code
where e.status <> 'voided'
$$;
comment on function mart.education_history_at(date, date, uuid[]) is 'Rows of profile.education_history_at, of these tokens; null is of all.';

create function mart.skill_at(known_on date, on_date date, tokens uuid[]) returns setof profile.skill_row
language sql stable set search_path = pg_catalog, pg_temp set jit = off
as $$
with held as materialized (
    select
        mart.person_key(c.person_token, c.birth_date, i.is_disputed) as person_key,
        c.source_id,
        c.certificate_id,
        c.awarded_on,
        c.skills,
        c.status = 'valid'
        and c.valid_from <= on_date
        and (c.valid_until is null or c.valid_until >= on_date) as is_valid,
        case
            when c.result_kind = 'percent' then c.result_number
            when c.result_kind = 'score' and c.result_max > 0 then round(100 * c.result_number / c.result_max, 1)
        end as result_percent
    from mart.certification_at(known_on, on_date, tokens) as c
    inner join mart.identity_at(known_on, on_date, tokens) as i on c.person_token = i.person_token
    where c.status <> 'revoked' and c.skills <> '[]'
),

list as materialized (
    select distinct h.skills
    from held as h
),

taught as materialized (
    select distinct
        l.skills,
        mart.skill_key(s.skill ->> 'framework', s.skill ->> 'code', s.skill ->> 'name') as skill_key
    from list as l
    cross join lateral jsonb_array_elements(l.skills) as s (skill)
),

shown as (
    select
        h.person_key,
        t.skill_key,
        count(*) filter (where h.is_valid)::integer as valid_certificate_count,
        count(*)::integer as certificate_count,
        array_agg(h.certificate_id order by h.awarded_on desc, h.source_id asc, h.certificate_id asc) as certificate_ids,
        array_agg(h.source_id order by h.awarded_on desc, h.source_id asc, h.certificate_id asc) as source_ids,
        min(h.awarded_on) as first_awarded_on,
        max(h.awarded_on) as last_awarded_on,
        max(h.result_percent) as best_result_percent
    from held as h
    inner join taught as t on h.skills = t.skills
    where t.skill_key is not null
    group by h.person_key, t.skill_key
)

select
    s.person_key,
    s.skill_key,
    coalesce(l.framework, substring(s.skill_key from '^(esco|onet|local):')),
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    s.valid_certificate_count > 0,
    s.valid_certificate_count,
    s.certificate_count,
    s.certificate_ids,
    s.source_ids,
    s.first_awarded_on,
    s.last_awarded_on,
    s.best_result_percent
from shown as s
left join mart.skill_label as l on s.skill_key = l.skill_key and l.mart_group = 'profile'
$$;
comment on function mart.skill_at(date, date, uuid[]) is 'Rows of profile.skill_at, of these tokens; null is of all.';

revoke execute on function
mart.person_tokens(uuid),
mart.enrolment_at(date, date, uuid[]),
mart.certification_at(date, date, uuid[]),
mart.identity_at(date, date, uuid[]),
mart.student_at(date, date, uuid[]),
mart.certificate_at(date, date, uuid[]),
mart.education_history_at(date, date, uuid[]),
mart.skill_at(date, date, uuid[])
from public;

create function profile.student_at(known_on date, on_date date, person uuid default null) returns setof profile.student_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select s.*
from mart.student_at(known_on, on_date, mart.person_tokens(person)) as s
where person is null or s.person_key = person
$$;
comment on function profile.student_at(date, date, uuid) is 'profile.student of the day on_date, by what had landed by the end of known_on: of each record the highest version that had landed by then and happened by the end of on_date. Skills and regions are named as today. person: a person_key; null is everybody.';

create function profile.student_as_known(on_date date, person uuid default null) returns setof profile.student_row
language sql stable
begin atomic
    select s.*
    from profile.student_at($1, $1, $2) as s;
end;
comment on function profile.student_as_known(date, uuid) is 'profile.student as it was shown on that day: profile.student_at(on_date, on_date, person).';

create function profile.student_as_was(on_date date, person uuid default null) returns setof profile.student_row
language sql stable
begin atomic
    select s.*
    from profile.student_at(mart.today(), $1, $2) as s;
end;
comment on function profile.student_as_was(date, uuid) is 'profile.student as that day was, by what is known now: profile.student_at(today, on_date, person).';

create function profile.certificate_at(known_on date, on_date date, person uuid default null) returns setof profile.certificate_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select s.*
from mart.certificate_at(known_on, on_date, mart.person_tokens(person)) as s
where person is null or s.person_key = person
$$;
comment on function profile.certificate_at(date, date, uuid) is 'profile.certificate of the day on_date, by what had landed by the end of known_on: of each record the highest version that had landed by then and happened by the end of on_date. Skills and regions are named as today. person: a person_key; null is everybody.';

create function profile.certificate_as_known(on_date date, person uuid default null) returns setof profile.certificate_row
language sql stable
begin atomic
    select s.*
    from profile.certificate_at($1, $1, $2) as s;
end;
comment on function profile.certificate_as_known(date, uuid) is 'profile.certificate as it was shown on that day: profile.certificate_at(on_date, on_date, person).';

create function profile.certificate_as_was(on_date date, person uuid default null) returns setof profile.certificate_row
language sql stable
begin atomic
    select s.*
    from profile.certificate_at(mart.today(), $1, $2) as s;
end;
comment on function profile.certificate_as_was(date, uuid) is 'profile.certificate as that day was, by what is known now: profile.certificate_at(today, on_date, person).';

create function profile.education_history_at(known_on date, on_date date, person uuid default null) returns setof profile.education_history_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select s.*
from mart.education_history_at(known_on, on_date, mart.person_tokens(person)) as s
where person is null or s.person_key = person
$$;
comment on function profile.education_history_at(date, date, uuid) is 'profile.education_history of the day on_date, by what had landed by the end of known_on: of each record the highest version that had landed by then and happened by the end of on_date. Skills and regions are named as today. person: a person_key; null is everybody.';

create function profile.education_history_as_known(on_date date, person uuid default null) returns setof profile.education_history_row
language sql stable
begin atomic
    select s.*
    from profile.education_history_at($1, $1, $2) as s;
end;
comment on function profile.education_history_as_known(date, uuid) is 'profile.education_history as it was shown on that day: profile.education_history_at(on_date, on_date, person).';

create function profile.education_history_as_was(on_date date, person uuid default null) returns setof profile.education_history_row
language sql stable
begin atomic
    select s.*
    from profile.education_history_at(mart.today(), $1, $2) as s;
end;
comment on function profile.education_history_as_was(date, uuid) is 'profile.education_history as that day was, by what is known now: profile.education_history_at(today, on_date, person).';

create function profile.skill_at(known_on date, on_date date, person uuid default null) returns setof profile.skill_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select s.*
from mart.skill_at(known_on, on_date, mart.person_tokens(person)) as s
where person is null or s.person_key = person
$$;
comment on function profile.skill_at(date, date, uuid) is 'profile.skill of the day on_date, by what had landed by the end of known_on: of each record the highest version that had landed by then and happened by the end of on_date. Skills and regions are named as today. person: a person_key; null is everybody.';

create function profile.skill_as_known(on_date date, person uuid default null) returns setof profile.skill_row
language sql stable
begin atomic
    select s.*
    from profile.skill_at($1, $1, $2) as s;
end;
comment on function profile.skill_as_known(date, uuid) is 'profile.skill as it was shown on that day: profile.skill_at(on_date, on_date, person).';

create function profile.skill_as_was(on_date date, person uuid default null) returns setof profile.skill_row
language sql stable
begin atomic
    select s.*
    from profile.skill_at(mart.today(), $1, $2) as s;
end;
comment on function profile.skill_as_was(date, uuid) is 'profile.skill as that day was, by what is known now: profile.skill_at(today, on_date, person).';

revoke execute on function
profile.student_at(date, date, uuid),
profile.student_as_known(date, uuid),
profile.student_as_was(date, uuid),
profile.certificate_at(date, date, uuid),
profile.certificate_as_known(date, uuid),
profile.certificate_as_was(date, uuid),
profile.education_history_at(date, date, uuid),
profile.education_history_as_known(date, uuid),
profile.education_history_as_was(date, uuid),
profile.skill_at(date, date, uuid),
profile.skill_as_known(date, uuid),
profile.skill_as_was(date, uuid)
from public;
grant execute on function
profile.student_at(date, date, uuid),
profile.student_as_known(date, uuid),
profile.student_as_was(date, uuid),
profile.certificate_at(date, date, uuid),
profile.certificate_as_known(date, uuid),
profile.certificate_as_was(date, uuid),
profile.education_history_at(date, date, uuid),
profile.education_history_as_known(date, uuid),
profile.education_history_as_was(date, uuid),
profile.skill_at(date, date, uuid),
profile.skill_as_known(date, uuid),
profile.skill_as_was(date, uuid)
to profile_reader, arna_engineer;
