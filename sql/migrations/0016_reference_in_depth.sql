-- purpose: reference data in depth: labels, fields of education, crosswalks, relations and organisations; validity for every code; what was cleared when a code appeared
-- grain: see each table
-- key: see each table
alter table ref.load
add column added_count bigint,
add column changed_count bigint,
add column retired_count bigint;
comment on column ref.load.added_count is 'Codes this load added; null for loads made before it was counted.';
comment on column ref.load.changed_count is 'Codes whose content this load changed.';
comment on column ref.load.retired_count is 'Codes this load ended, because the source no longer lists them.';

alter table ref.isced_level
add column valid_from date not null default date '2011-01-01',
add column valid_to date,
add column name_kk text,
add column name_ru text,
drop constraint isced_level_pkey,
add primary key (isced_level, valid_from);
comment on table ref.isced_level is 'Levels of education, ISCED 2011. Grain: one level in one period of validity.';
comment on column ref.isced_level.valid_from is 'First day of validity.';
comment on column ref.isced_level.valid_to is 'Day after the last; null is still valid.';
comment on column ref.isced_level.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.isced_level.name_ru is 'Name in Russian; null is missing at the source.';

alter table ref.currency
add column valid_from date not null default date '1978-01-01',
add column valid_to date,
add column name_kk text,
add column name_ru text,
add column name_en text,
drop constraint currency_pkey,
add primary key (currency_code, valid_from);
comment on table ref.currency is 'Currencies in use, ISO 4217. Grain: one currency in one period of validity.';
comment on column ref.currency.valid_from is 'First day of validity.';
comment on column ref.currency.valid_to is 'Day after the last; null is still valid.';
comment on column ref.currency.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.currency.name_ru is 'Name in Russian; null is missing at the source.';
comment on column ref.currency.name_en is 'Name in English; null is missing at the source.';

alter table ref.skill
add column valid_from date not null default date '2000-01-01',
add column valid_to date,
add column kind text,
add column group_code text,
add column group_name_en text;
update ref.skill as s
set valid_to = greatest(s.retired_on, s.valid_from + 1)
where s.retired_on is not null;
alter table ref.skill
drop constraint skill_pkey,
add primary key (framework, skill_code, valid_from);
comment on table ref.skill is 'Skills of the frameworks. Grain: one skill of one framework in one period of validity.';
comment on column ref.skill.valid_from is 'First day of validity.';
comment on column ref.skill.valid_to is 'Day after the last; null is still valid. A retired skill stays, for certificates name it.';
comment on column ref.skill.kind is 'skill or knowledge (ESCO), technology (O*NET); null is not told by the source.';
comment on column ref.skill.group_code is 'Group the source puts it in: for O*NET the UNSPSC commodity.';
comment on column ref.skill.group_name_en is 'Name of that group in English.';

create or replace view mart.skill_label as
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
left join lateral (
    select
        k.name_kk,
        k.name_ru,
        k.name_en
    from ref.skill as k
    where k.framework = s.framework and k.skill_code = s.skill_code
    order by k.valid_from desc
    limit 1
) as r on true;

alter table ref.skill drop column retired_on;

create table ref.skill_label (
    framework text not null check (framework in ('esco', 'onet', 'local')),
    skill_code text not null,
    language_code text not null check (language_code in ('kk', 'ru', 'en')),
    label text not null,
    valid_from date not null,
    valid_to date,
    kind text not null check (kind in ('alternative', 'hidden')),
    primary key (framework, skill_code, language_code, label, valid_from)
);
comment on table ref.skill_label is 'Other names a framework gives its skills. Grain: one label of one skill in one period of validity. A label can be wider or narrower than the skill.';
comment on column ref.skill_label.framework is 'esco, onet or local.';
comment on column ref.skill_label.skill_code is 'Code or URI in the framework.';
comment on column ref.skill_label.language_code is 'kk, ru or en.';
comment on column ref.skill_label.label is 'The label.';
comment on column ref.skill_label.valid_from is 'First day of validity.';
comment on column ref.skill_label.valid_to is 'Day after the last; null is still valid.';
comment on column ref.skill_label.kind is 'alternative, or hidden: for search, not to be shown.';

create table ref.skill_equivalent (
    framework text not null check (framework in ('onet', 'local')),
    skill_code text not null,
    skill_key text not null,
    primary key (framework, skill_code)
);
comment on table ref.skill_equivalent is 'Skills of another framework that have the very name of an ESCO skill, so that both count as one. Derived at each load. Grain: one skill.';
comment on column ref.skill_equivalent.framework is 'onet or local.';
comment on column ref.skill_equivalent.skill_code is 'Code in that framework.';
comment on column ref.skill_equivalent.skill_key is 'Key of the ESCO skill it counts as.';

create table ref.occupation_label (
    scheme text not null check (scheme in ('nkz', 'isco08', 'esco', 'onet')),
    occupation_code text not null,
    language_code text not null check (language_code in ('kk', 'ru', 'en')),
    label text not null,
    valid_from date not null,
    valid_to date,
    kind text not null check (kind in ('alternative', 'hidden')),
    primary key (scheme, occupation_code, language_code, label, valid_from)
);
comment on table ref.occupation_label is 'Other titles of an occupation. Grain: one label of one occupation in one period of validity.';
comment on column ref.occupation_label.scheme is 'nkz, isco08, esco or onet.';
comment on column ref.occupation_label.occupation_code is 'Code in the scheme.';
comment on column ref.occupation_label.language_code is 'kk, ru or en.';
comment on column ref.occupation_label.label is 'The label.';
comment on column ref.occupation_label.valid_from is 'First day of validity.';
comment on column ref.occupation_label.valid_to is 'Day after the last; null is still valid.';
comment on column ref.occupation_label.kind is 'alternative, or hidden: for search, not to be shown.';

create table ref.occupation_skill (
    scheme text not null check (scheme in ('nkz', 'isco08', 'esco', 'onet')),
    occupation_code text not null,
    framework text not null check (framework in ('esco', 'onet', 'local')),
    skill_code text not null,
    valid_from date not null,
    valid_to date,
    relation text check (relation in ('essential', 'optional', 'technology')),
    is_hot boolean,
    is_in_demand boolean,
    primary key (scheme, occupation_code, framework, skill_code, valid_from)
);
create index occupation_skill_skill on ref.occupation_skill (framework, skill_code);
comment on table ref.occupation_skill is 'Which skills an occupation calls for. Grain: one skill of one occupation in one period of validity.';
comment on column ref.occupation_skill.scheme is 'Scheme of the occupation.';
comment on column ref.occupation_skill.occupation_code is 'Code of the occupation.';
comment on column ref.occupation_skill.framework is 'Framework of the skill.';
comment on column ref.occupation_skill.skill_code is 'Code of the skill.';
comment on column ref.occupation_skill.valid_from is 'First day of validity.';
comment on column ref.occupation_skill.valid_to is 'Day after the last; null is still valid.';
comment on column ref.occupation_skill.relation is 'essential or optional (ESCO), technology (O*NET); null: the source names the relation without saying which.';
comment on column ref.occupation_skill.is_hot is 'O*NET: a technology that employers often ask for; null is not told.';
comment on column ref.occupation_skill.is_in_demand is 'O*NET: employers often ask for it in this occupation; null is not told.';

create table ref.occupation_relation (
    scheme text not null check (scheme in ('nkz', 'isco08', 'esco', 'onet')),
    occupation_code text not null,
    related_code text not null,
    valid_from date not null,
    valid_to date,
    tier text not null,
    position smallint not null,
    primary key (scheme, occupation_code, related_code, valid_from)
);
comment on table ref.occupation_relation is 'Occupations that are near to one another. Grain: one pair, in one direction, in one period of validity.';
comment on column ref.occupation_relation.scheme is 'Scheme of both.';
comment on column ref.occupation_relation.occupation_code is 'From this occupation.';
comment on column ref.occupation_relation.related_code is 'To this one.';
comment on column ref.occupation_relation.valid_from is 'First day of validity.';
comment on column ref.occupation_relation.valid_to is 'Day after the last; null is still valid.';
comment on column ref.occupation_relation.tier is 'How near: primary-short, primary-long or supplemental (O*NET).';
comment on column ref.occupation_relation.position is 'Place in the list, 1 is nearest.';

create table ref.occupation_crosswalk (
    from_scheme text not null check (from_scheme in ('nkz', 'isco08', 'esco', 'onet')),
    from_code text not null,
    to_scheme text not null check (to_scheme in ('nkz', 'isco08', 'esco', 'onet')),
    to_code text not null,
    valid_from date not null,
    valid_to date,
    match_type text not null check (match_type in ('exact', 'narrow', 'broad', 'none')),
    check ((match_type = 'none') = (to_code = '')),
    primary key (from_scheme, from_code, to_scheme, to_code, valid_from)
);
comment on table ref.occupation_crosswalk is 'How the codes of one classification of occupations map to another, as a source says it; nothing is guessed. Grain: one pair of codes in one period of validity.';
comment on column ref.occupation_crosswalk.from_scheme is 'Scheme that is mapped.';
comment on column ref.occupation_crosswalk.from_code is 'Code in it.';
comment on column ref.occupation_crosswalk.to_scheme is 'Scheme it is mapped to.';
comment on column ref.occupation_crosswalk.to_code is 'Code in that one; empty where the source says that there is none.';
comment on column ref.occupation_crosswalk.valid_from is 'First day of validity.';
comment on column ref.occupation_crosswalk.valid_to is 'Day after the last; null is still valid.';
comment on column ref.occupation_crosswalk.match_type is 'exact: the same; narrow: from is part of to; broad: to is part of from; none: the source says that nothing matches.';

create table ref.isced_field (
    isced_field_code text not null check (isced_field_code ~ '^[0-9]{2,4}$'),
    valid_from date not null,
    valid_to date,
    level text not null check (level in ('broad', 'narrow', 'detailed')),
    parent_code text,
    name_kk text,
    name_ru text,
    name_en text,
    check (length(isced_field_code) = case level when 'broad' then 2 when 'narrow' then 3 else 4 end),
    primary key (isced_field_code, valid_from)
);
comment on table ref.isced_field is 'Fields of education, ISCED-F 2013. Grain: one field in one period of validity.';
comment on column ref.isced_field.isced_field_code is 'Code with its leading zeros: 2 digits broad, 3 narrow, 4 detailed.';
comment on column ref.isced_field.valid_from is 'First day of validity.';
comment on column ref.isced_field.valid_to is 'Day after the last; null is still valid.';
comment on column ref.isced_field.level is 'broad, narrow or detailed.';
comment on column ref.isced_field.parent_code is 'Field it lies in; null for a broad one.';
comment on column ref.isced_field.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.isced_field.name_ru is 'Name in Russian; null is missing at the source.';
comment on column ref.isced_field.name_en is 'Name in English; null is missing at the source.';

create table ref.organisation (
    origin text not null check (origin in ('registry', 'hipo')),
    organisation_code text not null,
    valid_from date not null,
    valid_to date,
    bin text,
    kind text,
    name text not null,
    name_kk text,
    name_ru text,
    name_en text,
    web_domain text,
    primary key (origin, organisation_code, valid_from)
);
create index organisation_bin on ref.organisation (bin) where valid_to is null;
comment on table ref.organisation is 'Organisations: the bodies that publish to Arna, and universities of Kazakhstan from a public list. Grain: one body in one list in one period of validity. The lists are not joined: no list gives both a BIN and a domain.';
comment on column ref.organisation.origin is 'registry: ops.source; hipo: the public list of universities.';
comment on column ref.organisation.organisation_code is 'BIN, or the web domain where the list has no BIN.';
comment on column ref.organisation.valid_from is 'First day of validity: of the registration, or of the first load.';
comment on column ref.organisation.valid_to is 'Day after the last; null is still valid.';
comment on column ref.organisation.bin is 'Business identification number; null is not told.';
comment on column ref.organisation.kind is 'university, or null: not told.';
comment on column ref.organisation.name is 'Name as the list gives it.';
comment on column ref.organisation.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.organisation.name_ru is 'Name in Russian; null is missing at the source.';
comment on column ref.organisation.name_en is 'Name in English; null is missing at the source.';
comment on column ref.organisation.web_domain is 'Web domain; null is not told.';

create table ops.cleared_warning (
    cleared_id bigint generated always as identity primary key,
    entity text not null,
    rule_id text not null,
    source_id integer not null,
    subject_id text not null,
    record_version bigint not null,
    batch_id bigint not null,
    cleared_at timestamptz not null default now()
);
create index cleared_warning_subject on ops.cleared_warning (entity, source_id, subject_id);
comment on table ops.cleared_warning is 'Warnings that were taken back because the code they missed is in the reference now: what the record looked like when it was loaded can still be told. Grain: one warning of one version.';
comment on column ops.cleared_warning.cleared_id is 'Number, in order of clearing.';
comment on column ops.cleared_warning.entity is 'enrolment, certification or vacancy.';
comment on column ops.cleared_warning.rule_id is 'Rule that warned.';
comment on column ops.cleared_warning.source_id is 'Source of the record.';
comment on column ops.cleared_warning.subject_id is 'Id of the record at its source.';
comment on column ops.cleared_warning.record_version is 'Version of the record.';
comment on column ops.cleared_warning.batch_id is 'Batch that loaded it.';
comment on column ops.cleared_warning.cleared_at is 'When the warning was taken back.';

grant select on ref.skill_label, ref.occupation_label, ref.occupation_skill, ref.occupation_relation,
ref.occupation_crosswalk, ref.isced_field, ref.organisation
to arna_loader, arna_engineer, profile_reader, retraining_reader;
grant select on ref.skill_equivalent to arna_loader, arna_engineer;
grant select on ref.load to arna_engineer;
grant select on ops.cleared_warning to arna_engineer;
