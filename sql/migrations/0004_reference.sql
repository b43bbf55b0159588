-- purpose: reference data with validity and labels in three languages
-- grain: see each table
-- key: see each table
create table ref.region (
    region_code text primary key check (region_code ~ '^[0-9]{2}$'),
    name_kk text not null,
    name_ru text not null,
    name_en text not null
);
comment on table ref.region is 'Regions and cities of republican rank. Grain: one region.';
comment on column ref.region.region_code is 'First two digits of KATO.';
comment on column ref.region.name_kk is 'Name in Kazakh.';
comment on column ref.region.name_ru is 'Name in Russian.';
comment on column ref.region.name_en is 'Name in English.';
insert into ref.region (region_code, name_kk, name_ru, name_en) values
('10', 'Абай облысы', 'область Абай', 'Abai region'),
('11', 'Ақмола облысы', 'Акмолинская область', 'Akmola region'),
('15', 'Ақтөбе облысы', 'Актюбинская область', 'Aktobe region'),
('19', 'Алматы облысы', 'Алматинская область', 'Almaty region'),
('23', 'Атырау облысы', 'Атырауская область', 'Atyrau region'),
('27', 'Батыс Қазақстан облысы', 'Западно-Казахстанская область', 'West Kazakhstan region'),
('31', 'Жамбыл облысы', 'Жамбылская область', 'Zhambyl region'),
('33', 'Жетісу облысы', 'область Жетісу', 'Zhetisu region'),
('35', 'Қарағанды облысы', 'Карагандинская область', 'Karaganda region'),
('39', 'Қостанай облысы', 'Костанайская область', 'Kostanay region'),
('43', 'Қызылорда облысы', 'Кызылординская область', 'Kyzylorda region'),
('47', 'Маңғыстау облысы', 'Мангистауская область', 'Mangystau region'),
('55', 'Павлодар облысы', 'Павлодарская область', 'Pavlodar region'),
('59', 'Солтүстік Қазақстан облысы', 'Северо-Казахстанская область', 'North Kazakhstan region'),
('61', 'Түркістан облысы', 'Туркестанская область', 'Turkistan region'),
('62', 'Ұлытау облысы', 'область Ұлытау', 'Ulytau region'),
('63', 'Шығыс Қазақстан облысы', 'Восточно-Казахстанская область', 'East Kazakhstan region'),
('71', 'Астана қаласы', 'город Астана', 'Astana city'),
('75', 'Алматы қаласы', 'город Алматы', 'Almaty city'),
('79', 'Шымкент қаласы', 'город Шымкент', 'Shymkent city');

create table ref.kato (
    kato_code text not null check (kato_code ~ '^[0-9]{9}$'),
    valid_from date not null,
    valid_to date,
    region_code text not null,
    parent_code text,
    name_kk text,
    name_ru text,
    name_en text,
    primary key (kato_code, valid_from)
);
comment on table ref.kato is 'Administrative and territorial units. Grain: one code in one period of validity.';
comment on column ref.kato.kato_code is 'Code of 9 digits.';
comment on column ref.kato.valid_from is 'First day of validity.';
comment on column ref.kato.valid_to is 'Day after the last; null is still valid.';
comment on column ref.kato.region_code is 'Region, first two digits.';
comment on column ref.kato.parent_code is 'Code of the unit it lies in.';
comment on column ref.kato.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.kato.name_ru is 'Name in Russian; null is missing at the source.';
comment on column ref.kato.name_en is 'Name in English; null is missing at the source.';

create table ref.occupation (
    scheme text not null check (scheme in ('nkz', 'isco08', 'esco', 'onet')),
    occupation_code text not null,
    valid_from date not null,
    valid_to date,
    isco_code text,
    match_type text check (match_type in ('exact', 'narrow', 'broad', 'none')),
    name_kk text,
    name_ru text,
    name_en text,
    primary key (scheme, occupation_code, valid_from)
);
comment on table ref.occupation is 'Occupations and their crosswalk to ISCO-08. Grain: one code of one scheme in one period of validity.';
comment on column ref.occupation.scheme is 'nkz, isco08, esco or onet.';
comment on column ref.occupation.occupation_code is 'Code in the scheme.';
comment on column ref.occupation.valid_from is 'First day of validity.';
comment on column ref.occupation.valid_to is 'Day after the last; null is still valid.';
comment on column ref.occupation.isco_code is 'ISCO-08 group it maps to.';
comment on column ref.occupation.match_type is 'How it maps: exact, narrow, broad or none.';
comment on column ref.occupation.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.occupation.name_ru is 'Name in Russian; null is missing at the source.';
comment on column ref.occupation.name_en is 'Name in English; null is missing at the source.';

create table ref.isced_level (
    isced_level smallint primary key,
    name_en text not null
);
comment on table ref.isced_level is 'Levels of education, ISCED 2011. Grain: one level.';
comment on column ref.isced_level.isced_level is 'Level, 0 to 8.';
comment on column ref.isced_level.name_en is 'Name in English.';
insert into ref.isced_level (isced_level, name_en) values
(0, 'Early childhood education'), (1, 'Primary education'), (2, 'Lower secondary education'),
(3, 'Upper secondary education'), (4, 'Post-secondary non-tertiary education'), (5, 'Short-cycle tertiary education'),
(6, 'Bachelor''s or equivalent level'), (7, 'Master''s or equivalent level'), (8, 'Doctoral or equivalent level');

create table ref.currency (
    currency_code text primary key check (currency_code ~ '^[A-Z]{3}$')
);
comment on table ref.currency is 'Currencies in use, ISO 4217. Grain: one currency.';
comment on column ref.currency.currency_code is 'Three-letter code.';
insert into ref.currency (currency_code)
select unnest(string_to_array(
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK '
    'DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR '
    'KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB '
    'PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD '
    'TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG', ' '
));

create table ref.skill (
    framework text not null check (framework in ('esco', 'onet', 'local')),
    skill_code text not null,
    name_kk text,
    name_ru text,
    name_en text,
    primary key (framework, skill_code)
);
comment on table ref.skill is 'Skills of the frameworks. Grain: one skill of one framework.';
comment on column ref.skill.framework is 'esco, onet or local.';
comment on column ref.skill.skill_code is 'Code or URI in the framework.';
comment on column ref.skill.name_kk is 'Name in Kazakh; null is missing at the source.';
comment on column ref.skill.name_ru is 'Name in Russian; null is missing at the source.';
comment on column ref.skill.name_en is 'Name in English; null is missing at the source.';

create table ref.load (
    load_id bigint generated always as identity primary key,
    relation_name text not null,
    source_name text not null,
    licence text not null,
    row_count bigint not null,
    loaded_at timestamptz not null default now()
);
comment on table ref.load is 'What reference data was loaded from where. Grain: one load.';
comment on column ref.load.load_id is 'Number of the load.';
comment on column ref.load.relation_name is 'Table that was loaded.';
comment on column ref.load.source_name is 'File or body it came from.';
comment on column ref.load.licence is 'Licence of the source.';
comment on column ref.load.row_count is 'Rows after the load.';
comment on column ref.load.loaded_at is 'When it was loaded.';

grant select on all tables in schema ref to arna_loader, arna_engineer, profile_reader, retraining_reader;
