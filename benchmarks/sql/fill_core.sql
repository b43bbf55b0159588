-- purpose: a country in small: people with an enrolment each and a certificate or two, and the vacancies of employers, as loads leave them
-- grain: one row of core
-- key: none
insert into ops.source (source_uri, name, entities)
values ('urn:benchmark:all', 'Benchmark', array['enrolment', 'certification', 'vacancy']);
insert into ops.batch (entity)
values ('enrolment'), ('certification'), ('vacancy');
create temporary table loaded as
select
    (select min(s.source_id) from ops.source as s) as source_id,
    max(b.batch_id) filter (where b.entity = 'enrolment') as enrolment_batch_id,
    max(b.batch_id) filter (where b.entity = 'certification') as certification_batch_id,
    max(b.batch_id) filter (where b.entity = 'vacancy') as vacancy_batch_id,
    current_setting('benchmark.people')::integer as people,
    current_setting('benchmark.vacancies')::integer as vacancies,
    (select array_agg(r.region_code order by r.region_code) from ref.region as r) as regions
from ops.batch as b;

insert into core.enrolment (
    source_id, enrolment_id, record_version, event_id, action, occurred_at, landed_at, topic_id, partition, "offset",
    batch_id, payload_sha256, person_token, organisation_bin, organisation_kind, programme_code, programme_name_ru,
    isced_level, study_form, language_code, funding, kato_code, begin_date, end_date, exit_type, status, arrival,
    is_current
)
select
    l.source_id,
    'e' || n.number,
    1,
    md5('e' || n.number)::uuid,
    'started',
    now() - interval '40 days',
    now(),
    '00000000-0000-0000-0000-00000000000a'::uuid,
    0,
    n.number,
    l.enrolment_batch_id,
    '\x00',
    md5('p' || n.number)::uuid,
    '5012400' || lpad((abs(hashint4(n.number)) % 300)::text, 5, '0'),
    'university',
    'P' || abs(hashint4(n.number + 1)) % 20,
    'Программа',
    6,
    'full_time',
    'kk',
    'state_grant',
    l.regions[1 + abs(hashint4(n.number + 2)) % cardinality(l.regions)] || '1010000',
    current_date - 900 + abs(hashint4(n.number + 3)) % 850,
    case when abs(hashint4(n.number + 4)) % 5 = 0 then current_date - 30 else current_date + 600 end,
    case when abs(hashint4(n.number + 4)) % 5 = 0 then (array['graduated', 'dropout'])[1 + n.number % 2] end,
    case when abs(hashint4(n.number + 4)) % 5 = 0 then 'ended' else 'active' end,
    'loaded',
    true
from loaded as l
cross join lateral generate_series(1, l.people) as n (number);

-- Every fourth person has two certificates. The skills of an achievement are always the same three.
insert into core.certification (
    source_id, certificate_id, record_version, event_id, action, occurred_at, landed_at, topic_id, partition, "offset",
    batch_id, payload_sha256, person_token, issuer_bin, issuer_name, achievement_code, achievement_name_ru,
    achievement_type, hours, skills, awarded_on, valid_from, valid_until, language_code, status, arrival, is_current
)
select
    l.source_id,
    'c' || n.number,
    1,
    md5('c' || n.number)::uuid,
    'issued',
    now() - interval '40 days',
    now(),
    '00000000-0000-0000-0000-00000000000a'::uuid,
    0,
    n.number,
    l.certification_batch_id,
    '\x00',
    md5('p' || case when n.number <= l.people then n.number else 4 * (n.number - l.people) end)::uuid,
    '5012400' || lpad((a.achievement % 300)::text, 5, '0'),
    'Issuer',
    'A' || a.achievement,
    'Курс',
    'Certificate',
    72,
    jsonb_build_array(
        jsonb_build_object('name', 'skill ' || a.achievement % 150),
        jsonb_build_object('name', 'skill ' || (a.achievement * 7 + 1) % 150),
        jsonb_build_object('name', 'skill ' || (a.achievement * 11 + 2) % 150)
    ),
    a.awarded_on,
    a.awarded_on,
    case when n.number % 3 = 0 then a.awarded_on + 365 end,
    'kk',
    'valid',
    'loaded',
    true
from loaded as l
cross join lateral generate_series(1, l.people * 5 / 4) as n (number)
cross join lateral (
    select
        abs(hashint4(n.number + 5)) % 400 as achievement,
        current_date - abs(hashint4(n.number + 6)) % 700 as awarded_on
) as a;

insert into core.vacancy (
    source_id, vacancy_id, record_version, event_id, action, occurred_at, landed_at, topic_id, partition, "offset",
    batch_id, payload_sha256, employer_id, employer_name, title, language_code, occupation_code, occupation_scheme,
    kato_code, is_remote, employment_type, openings, skills, salary_min, salary_currency_code, salary_period,
    published_on, valid_through, status, replaces_vacancy_id, arrival, is_current
)
select
    l.source_id,
    'v' || n.number,
    1,
    md5('v' || n.number)::uuid,
    'published',
    now() - interval '40 days',
    now(),
    '00000000-0000-0000-0000-00000000000a'::uuid,
    0,
    n.number,
    l.vacancy_batch_id,
    '\x00',
    '5012410' || lpad((abs(hashint4(n.number + 7)) % 1500)::text, 5, '0'),
    'Employer',
    'Должность ' || abs(hashint4(n.number + 8)) % 300,
    'ru',
    (2100 + o.occupation)::text,
    'isco08',
    l.regions[1 + abs(hashint4(n.number + 9)) % cardinality(l.regions)] || '1010000',
    n.number % 10 = 0,
    'full_time',
    nullif(n.number % 4, 0),
    jsonb_build_array(
        jsonb_build_object('name', 'skill ' || (o.occupation * 3 + n.number % 5) % 150),
        jsonb_build_object('name', 'skill ' || (o.occupation * 5 + n.number % 7) % 150)
    ),
    200000 + abs(hashint4(n.number + 10)) % 400000,
    'KZT',
    'month',
    o.published_on,
    o.published_on + 30 + n.number % 30,
    'open',
    case when n.number % 12 = 0 then 'v' || n.number - 1 end,
    'loaded',
    true
from loaded as l
cross join lateral generate_series(1, l.vacancies) as n (number)
cross join lateral (
    select
        abs(hashint4(n.number + 11)) % 60 as occupation,
        current_date - abs(hashint4(n.number + 12)) % 540 as published_on
) as o;

update ops.batch
set state = 'loaded'
where true;
analyze core.enrolment, core.certification, core.vacancy;
