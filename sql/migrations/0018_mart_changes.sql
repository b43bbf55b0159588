-- purpose: what changed in the tables behind the readers' views: a number per refresh on each row, what was removed, and the outbox of arna.mart-changed.v1
-- grain: see each table
-- key: see each table
alter table ops.mart_state add column change_seq bigint not null default 0;
comment on column ops.mart_state.change_seq is 'Number of the last refresh of the group that changed a row. Refreshes of a group run one at a time and commit in this order, so who has read all up to N misses nothing up to N.';

alter table mart.skill
add column name_kk text,
add column name_ru text,
add column name_en text,
add column change_seq bigint not null default 0;
comment on column mart.skill.name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column mart.skill.name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column mart.skill.name_en is 'Name of the reference skill in English; null is missing there.';
comment on column mart.skill.change_seq is 'Refresh of the group that last changed the row.';

alter table mart.person add column change_seq bigint not null default 0;
comment on column mart.person.change_seq is 'Refresh of the group that last changed the row.';

alter table mart.student
add column is_studying_at_refresh boolean not null default false,
add column change_seq bigint not null default 0;
comment on column mart.student.is_studying_at_refresh is 'What profile.student.is_studying was at the refresh, so that the row changes on the day it does.';
comment on column mart.student.change_seq is 'Refresh of the group that last changed the row.';

alter table mart.certificate
add column status_at_refresh text not null default '',
add column change_seq bigint not null default 0;
comment on column mart.certificate.status_at_refresh is 'What profile.certificate.status was at the refresh, so that the row changes on the day it does.';
comment on column mart.certificate.change_seq is 'Refresh of the group that last changed the row.';

alter table mart.person_skill add column change_seq bigint not null default 0;
comment on column mart.person_skill.change_seq is 'Refresh of the group that last changed the row.';
alter table mart.skill_supply add column change_seq bigint not null default 0;
comment on column mart.skill_supply.change_seq is 'Refresh of the group that last changed the row.';
alter table mart.skill_demand add column change_seq bigint not null default 0;
comment on column mart.skill_demand.change_seq is 'Refresh of the group that last changed the row.';

create table mart.tombstone (
    table_name text not null,
    key jsonb not null,
    change_seq bigint not null,
    primary key (table_name, key)
);
create index tombstone_seq on mart.tombstone (table_name, change_seq);
comment on table mart.tombstone is 'Rows that were removed from a table of mart; a key that has come back since has a row with a higher number there. Grain: one key of one table.';
comment on column mart.tombstone.table_name is 'The table, without its schema.';
comment on column mart.tombstone.key is 'Its primary key, by column.';
comment on column mart.tombstone.change_seq is 'Refresh of the group that removed it last.';

create table ops.mart_change (
    change_id bigint generated always as identity primary key,
    view_name text not null,
    change_seq bigint not null,
    as_of_date date not null,
    changed_count bigint not null,
    removed_count bigint not null,
    keys jsonb,
    created_at timestamptz not null default now(),
    sent_at timestamptz
);
create index mart_change_unsent on ops.mart_change (change_id) where sent_at is null;
comment on table ops.mart_change is 'Outbox of arna.mart-changed.v1: keys and numbers only. Grain: one refresh of one view that changed rows.';
comment on column ops.mart_change.change_id is 'Number, in the order of writing.';
comment on column ops.mart_change.view_name is 'The view, with its schema.';
comment on column ops.mart_change.change_seq is 'Number of the refresh; pull the rows above the one read before.';
comment on column ops.mart_change.as_of_date is 'The day the refresh stands for.';
comment on column ops.mart_change.changed_count is 'Rows added or changed.';
comment on column ops.mart_change.removed_count is 'Rows removed.';
comment on column ops.mart_change.keys is 'Keys of these rows, an array of objects; null: more than 1,000, pull them.';
comment on column ops.mart_change.created_at is 'When the refresh wrote it.';
comment on column ops.mart_change.sent_at is 'When the event was acknowledged by Kafka; null is not sent.';

alter table ops.freshness
alter column row_count drop not null,
add column change_seq bigint not null default 0,
add column validated_at timestamptz,
add column is_valid boolean;
comment on column ops.freshness.row_count is 'Rows in it then; null for a view that is derived at reading.';
comment on column ops.freshness.change_seq is 'Number of the last refresh that changed a row of it; 0 for a view that is derived at reading.';
comment on column ops.freshness.validated_at is 'When its expectations were last checked; null is never.';
comment on column ops.freshness.is_valid is 'Whether no critical one failed then.';

create or replace view mart.skill_label as
select
    s.mart_group,
    s.skill_key,
    s.framework,
    s.skill_code,
    s.name as skill_name,
    s.name_kk as skill_name_kk,
    s.name_ru as skill_name_ru,
    s.name_en as skill_name_en,
    s.change_seq
from mart.skill as s;
comment on column mart.skill_label.change_seq is 'Refresh of the group that last changed the labels.';

grant select, insert, update, delete on mart.tombstone to arna_loader;
grant select on mart.tombstone, ops.mart_change to arna_engineer;
grant select, insert, update on ops.mart_change to arna_loader;

create or replace view profile.student as
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
    s.event_at,
    greatest(s.change_seq, p.change_seq) as change_seq
from mart.student as s
inner join mart.person as p on s.person_key = p.person_key
left join mart.region as r on s.region_code = r.region_code;
comment on column profile.student.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create or replace view profile.certificate as
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
    c.event_at,
    c.change_seq
from mart.certificate as c;
comment on column profile.certificate.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create or replace view profile.skill as
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
    k.best_result_percent,
    greatest(k.change_seq, l.change_seq) as change_seq
from mart.person_skill as k
inner join mart.skill_label as l
    on k.skill_key = l.skill_key and l.mart_group = 'profile';
comment on column profile.skill.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create or replace view retraining.skill_demand as
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
    d.vacancies_with_unknown_openings,
    greatest(d.change_seq, l.change_seq) as change_seq
from mart.skill_demand as d
inner join mart.skill_label as l
    on d.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on d.region_code = r.region_code;
comment on column retraining.skill_demand.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create or replace view retraining.skill_supply as
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
    s.people < 5 as is_suppressed,
    greatest(s.change_seq, l.change_seq) as change_seq
from mart.skill_supply as s
inner join mart.skill_label as l
    on s.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on s.region_code = r.region_code;
comment on column retraining.skill_supply.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';
