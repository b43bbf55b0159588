-- purpose: the retraining platform in depth: postings and their chains, demand by occupation, what occupations call for, gaps by region and country, ways from one occupation to another
-- grain: see each table
-- key: see each table
create function mart.employer_cap() returns integer
language sql immutable parallel safe
return 20;
comment on function mart.employer_cap() is 'Places of one employer that count in openings_capped, for one skill or occupation, region and month.';

create function mart.months_until(months int4multirange, last_month integer) returns setof integer
language sql immutable parallel safe
begin atomic
    select m.month_index
    from unnest($1) as r (months)
    cross join
        lateral generate_series(lower(r.months), least(coalesce(upper(r.months) - 1, $2), $2)) as m (month_index);
end;
comment on function mart.months_until(int4multirange, integer) is 'The months of the ranges, up to the last one given.';

create function mart.isco_code(scheme text, code text, on_date date) returns text
language sql stable parallel safe
begin atomic
    select
        case $1
            when 'isco08' then $2
            else coalesce(
                (
                    select c.to_code
                    from ref.occupation_crosswalk as c
                    where
                        c.from_scheme = $1
                        and c.from_code = $2
                        and c.to_scheme = 'isco08'
                        and c.match_type in ('exact', 'narrow')
                        and c.valid_from <= $3
                        and (c.valid_to is null or $3 < c.valid_to)
                    order by c.match_type asc, length(c.to_code) desc, c.to_code asc
                    limit 1
                ),
                (
                    select o.isco_code
                    from ref.occupation as o
                    where
                        o.scheme = $1
                        and o.scheme = 'esco'
                        and o.occupation_code = $2
                        and o.valid_from <= $3
                        and (o.valid_to is null or $3 < o.valid_to)
                    order by o.valid_from desc
                    limit 1
                )
            )
        end;
end;
comment on function mart.isco_code(text, text, date) is 'ISCO-08 group of an occupation on a day: an ISCO-08 code is its own; else the crosswalk in force, exact before narrow (a broad match would be a guess), the longest code, the least; for ESCO else the group ref.occupation names; null where there is none.';

alter table ops.mart_state add column reference_load_id bigint not null default 0;
comment on column ops.mart_state.reference_load_id is 'Last reference load of occupations, their skills or crosswalks in use; with a newer one the retraining group computes anew what is made of them.';

create table mart.posting (
    source_id integer not null,
    vacancy_id text not null,
    employer_id text not null,
    title_key text not null,
    region_code text not null,
    isco_code text,
    text_sha256 bytea not null,
    chain_id text not null,
    published_on date not null,
    occurred_at timestamptz not null,
    open_days datemultirange not null,
    months int4multirange not null,
    counted_months int4multirange not null,
    is_counted_today boolean not null,
    openings integer,
    salary_month_kzt numeric,
    primary key (source_id, vacancy_id)
);
create index posting_chain on mart.posting (chain_id);
create index posting_text on mart.posting (employer_id, title_key, region_code, text_sha256);
create index posting_occupation on mart.posting (isco_code, region_code);
comment on table mart.posting is 'Every vacancy as it is known last, with the chain of reposts it belongs to. Grain: one vacancy.';
comment on column mart.posting.source_id is 'Source of the vacancy.';
comment on column mart.posting.vacancy_id is 'The vacancy.';
comment on column mart.posting.employer_id is 'BIN of the employer, or the token of a sole trader.';
comment on column mart.posting.title_key is 'Title, normalised by mart.normalise_name.';
comment on column mart.posting.region_code is 'Region, first two digits of KATO; 00 is remote work, ZZ is unknown.';
comment on column mart.posting.isco_code is 'ISCO-08 group of its occupation after mart.isco_code; null is unknown.';
comment on column mart.posting.text_sha256 is 'Hash of what makes two postings the same text: normalised sorted names of skills, employment type, education level, experience, salary, language.';
comment on column mart.posting.chain_id is 'First posting of the chain by published_on, occurred_at, source_id, vacancy_id, as source_id:vacancy_id. A chain is joined by replaces_vacancy_id within a source, and by equal employer_id, title_key, region_code and text_sha256 where a posting was published at most 30 days after the one before of these.';
comment on column mart.posting.published_on is 'Day of publication.';
comment on column mart.posting.occurred_at is 'When its last version happened.';
comment on column mart.posting.open_days is 'Days on which it is open: from published_on to the first of valid_through and the day of its closing, both included, without the days between a closing and a reopening.';
comment on column mart.posting.months is 'Months with at least one of these days; empty while it is not published yet.';
comment on column mart.posting.counted_months is 'Those months less the ones a later posting of the chain stands for.';
comment on column mart.posting.is_counted_today is 'Whether it is the latest posting of its chain that is open on the day of the refresh.';
comment on column mart.posting.openings is 'Places to fill; null is unknown.';
comment on column mart.posting.salary_month_kzt is 'Salary a month in KZT: midpoint of lowest and highest, or the one that is given; gross or net as declared; a year''s by twelve. Null: none, another currency, or paid by hour, day or week, for nothing tells how many of these.';

drop table mart.demand_change;
drop table mart.vacancy_span;
create table mart.vacancy_span (
    source_id integer not null,
    vacancy_id text not null,
    skill_key text not null,
    region_code text not null,
    chain_id text not null,
    employer_id text not null,
    openings integer,
    months int4multirange not null,
    counted_months int4multirange not null,
    is_counted_today boolean not null,
    primary key (source_id, vacancy_id, skill_key)
);
create index vacancy_span_skill on mart.vacancy_span (skill_key, region_code);
comment on table mart.vacancy_span is 'In which months a vacancy asked for a skill. Grain: one skill of one published vacancy.';
comment on column mart.vacancy_span.source_id is 'Source of the vacancy.';
comment on column mart.vacancy_span.vacancy_id is 'The vacancy.';
comment on column mart.vacancy_span.skill_key is 'The skill.';
comment on column mart.vacancy_span.region_code is 'The region; 00 is remote work.';
comment on column mart.vacancy_span.chain_id is 'The chain of reposts it belongs to, after mart.posting.';
comment on column mart.vacancy_span.employer_id is 'The employer.';
comment on column mart.vacancy_span.openings is 'Places to fill; null is unknown.';
comment on column mart.vacancy_span.months is 'Months with at least one day on which it was open.';
comment on column mart.vacancy_span.counted_months is 'Those months less the ones a later posting of the chain, which asks for the skill too, stands for.';
comment on column mart.vacancy_span.is_counted_today is 'Whether it is the latest posting of its chain that asks for the skill and is open on the day of the refresh.';

alter table mart.skill_demand
add column openings_capped bigint not null default 0,
add column employers integer not null default 0,
add column vacancies_today integer;
comment on column mart.skill_demand.openings_capped is 'Sum over employers of least(places of the employer, unknown as 1; mart.employer_cap()).';
comment on column mart.skill_demand.employers is 'Employers behind the counted vacancies.';
comment on column mart.skill_demand.vacancies_today is 'Chains of vacancies open on the day of the refresh; null in months before that day''s.';

create table mart.occupation_demand (
    isco_code text not null,
    region_code text not null,
    month date not null,
    vacancies integer not null,
    vacancies_raw integer not null,
    openings_known bigint not null,
    vacancies_with_unknown_openings integer not null,
    openings_capped bigint not null,
    employers integer not null,
    vacancies_today integer,
    salary_median_kzt numeric,
    vacancies_with_salary integer not null,
    change_seq bigint not null default 0,
    primary key (isco_code, region_code, month)
);
comment on table mart.occupation_demand is 'Behind retraining.occupation_demand. Grain: one occupation, region and month with an open vacancy.';
comment on column mart.occupation_demand.isco_code is 'ISCO-08 group; unknown: the vacancies of no known one.';
comment on column mart.occupation_demand.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column mart.occupation_demand.month is 'First day of the month.';
comment on column mart.occupation_demand.vacancies is 'Vacancies open on at least one day of the month, a chain of reposts counted once, where its latest posting stands.';
comment on column mart.occupation_demand.vacancies_raw is 'The same without joining reposts.';
comment on column mart.occupation_demand.openings_known is 'Places of the vacancies that say how many.';
comment on column mart.occupation_demand.vacancies_with_unknown_openings is 'Vacancies that do not say how many.';
comment on column mart.occupation_demand.openings_capped is 'Sum over employers of least(places of the employer, unknown as 1; mart.employer_cap()).';
comment on column mart.occupation_demand.employers is 'Employers behind the counted vacancies.';
comment on column mart.occupation_demand.vacancies_today is 'Chains of vacancies open on the day of the refresh; null in months before that day''s.';
comment on column mart.occupation_demand.salary_median_kzt is 'Median of mart.posting.salary_month_kzt of the counted vacancies; null where fewer than 5 have one.';
comment on column mart.occupation_demand.vacancies_with_salary is 'Counted vacancies with a salary_month_kzt.';
comment on column mart.occupation_demand.change_seq is 'Refresh of the group that last changed the row.';

create table mart.occupation_skill (
    isco_code text not null,
    skill_key text not null,
    reference_share numeric,
    is_essential boolean not null,
    vacancy_share numeric,
    vacancy_count integer not null,
    weight numeric not null,
    is_required boolean not null,
    change_seq bigint not null default 0,
    primary key (isco_code, skill_key)
);
create index occupation_skill_required on mart.occupation_skill (skill_key, isco_code) where is_required;
comment on table mart.occupation_skill is 'Behind retraining.occupation_skill. Grain: one skill of one occupation with a weight of 0.05 or more.';
comment on column mart.occupation_skill.isco_code is 'ISCO-08 group.';
comment on column mart.occupation_skill.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.occupation_skill.reference_share is 'Of the ESCO occupations of the group that are in force and have any linked skill, the share that links this one; null where there are none.';
comment on column mart.occupation_skill.is_essential is 'Whether one of them links it as essential.';
comment on column mart.occupation_skill.vacancy_share is 'Of the chains of vacancies of the occupation that were open in the 12 months ending with the current one and ask for any skill, the share that asks for this one; null where there are fewer than 5.';
comment on column mart.occupation_skill.vacancy_count is 'Such chains that ask for it.';
comment on column mart.occupation_skill.weight is '1 if essential, else the greater of both shares.';
comment on column mart.occupation_skill.is_required is 'weight >= 0.25.';
comment on column mart.occupation_skill.change_seq is 'Refresh of the group that last changed the row.';

alter table mart.skill_supply add column is_suppressed boolean;
update mart.skill_supply set is_suppressed = people < 5;
alter table mart.skill_supply alter column is_suppressed set not null;
comment on column mart.skill_supply.is_suppressed is 'Whether the number is withheld: it is 1 to 4, or it is the smallest other one of the skill and month where another region''s is 1 to 4 (ties: the least region_code), so that the country''s less the others'' does not tell it.';

create table mart.skill_gap (
    skill_key text not null,
    region_code text not null,
    month date not null,
    demand_vacancies integer not null,
    demand_openings bigint not null,
    demand_openings_capped bigint not null,
    supply_people integer not null,
    is_suppressed boolean not null,
    change_seq bigint not null default 0,
    primary key (skill_key, region_code, month)
);
comment on table mart.skill_gap is 'Behind retraining.skill_gap, not yet suppressed. Grain: one skill, region and month with demand or supply.';
comment on column mart.skill_gap.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.skill_gap.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column mart.skill_gap.month is 'First day of the month.';
comment on column mart.skill_gap.demand_vacancies is 'vacancies of mart.skill_demand; 0 without a row there.';
comment on column mart.skill_gap.demand_openings is 'openings_known + vacancies_with_unknown_openings of mart.skill_demand; 0 without a row there.';
comment on column mart.skill_gap.demand_openings_capped is 'openings_capped of mart.skill_demand; 0 without a row there.';
comment on column mart.skill_gap.supply_people is 'people of mart.skill_supply; 0 without a row there.';
comment on column mart.skill_gap.is_suppressed is 'is_suppressed of mart.skill_supply; false without a row there.';
comment on column mart.skill_gap.change_seq is 'Refresh of the group that last changed the row.';

create table mart.skill_gap_country (
    skill_key text not null,
    month date not null,
    demand_vacancies integer not null,
    demand_openings bigint not null,
    demand_openings_capped bigint not null,
    supply_people integer not null,
    is_suppressed boolean not null,
    change_seq bigint not null default 0,
    primary key (skill_key, month)
);
comment on table mart.skill_gap_country is 'Behind retraining.skill_gap_country, not yet suppressed. Grain: one skill and month with demand or supply.';
comment on column mart.skill_gap_country.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column mart.skill_gap_country.month is 'First day of the month.';
comment on column mart.skill_gap_country.demand_vacancies is 'Sum of mart.skill_gap over the regions.';
comment on column mart.skill_gap_country.demand_openings is 'Sum of mart.skill_gap over the regions.';
comment on column mart.skill_gap_country.demand_openings_capped is 'Sum of mart.skill_gap over the regions.';
comment on column mart.skill_gap_country.supply_people is 'Sum of mart.skill_gap over the regions; a person stands in one of them in a month.';
comment on column mart.skill_gap_country.is_suppressed is 'Whether every region with people has 1 to 4, so that there is no other to withhold beside them. A country of 1 to 4 is one of these cases.';
comment on column mart.skill_gap_country.change_seq is 'Refresh of the group that last changed the row.';

create table mart.pathway (
    from_isco_code text not null,
    to_isco_code text not null,
    similarity numeric not null,
    transferability numeric not null,
    skills_shared text[] not null,
    skills_missing text[] not null,
    change_seq bigint not null default 0,
    primary key (from_isco_code, to_isco_code)
);
create index pathway_to on mart.pathway (to_isco_code);
comment on table mart.pathway is 'Behind retraining.pathway. Grain: one ordered pair of occupations that share required skills, with a transferability of 0.1 or more.';
comment on column mart.pathway.from_isco_code is 'Occupation that is left.';
comment on column mart.pathway.to_isco_code is 'Occupation that is taken up.';
comment on column mart.pathway.similarity is 'Weighted Jaccard index of the required skills: sum of the lesser weights / sum of the greater weights, a skill that is not required having 0.';
comment on column mart.pathway.transferability is 'Weight of the shared required skills / weight of all required skills, both of the occupation that is taken up.';
comment on column mart.pathway.skills_shared is 'Skills that both require, the heaviest of the occupation taken up first, then by key.';
comment on column mart.pathway.skills_missing is 'Skills that only the occupation taken up requires, the heaviest first, then by key.';
comment on column mart.pathway.change_seq is 'Refresh of the group that last changed the row.';

grant select, insert, update, delete on mart.posting, mart.vacancy_span, mart.occupation_demand, mart.occupation_skill,
mart.skill_gap, mart.skill_gap_country, mart.pathway
to arna_loader;
grant select on mart.posting, mart.vacancy_span, mart.occupation_demand, mart.occupation_skill, mart.skill_gap,
mart.skill_gap_country, mart.pathway
to arna_engineer;

create view mart.occupation_label as
select
    o.occupation_code as isco_code,
    o.name_kk as occupation_name_kk,
    o.name_ru as occupation_name_ru,
    o.name_en as occupation_name_en
from ref.occupation as o
where
    o.scheme = 'isco08'
    and o.valid_from <= mart.today()
    and (o.valid_to is null or mart.today() < o.valid_to);
comment on view mart.occupation_label is 'Names of the ISCO-08 groups in force. Grain: one group.';
comment on column mart.occupation_label.isco_code is 'Code of the group.';
comment on column mart.occupation_label.occupation_name_kk is 'Name of the ISCO-08 group in Kazakh; null is missing.';
comment on column mart.occupation_label.occupation_name_ru is 'Name of the ISCO-08 group in Russian; null is missing.';
comment on column mart.occupation_label.occupation_name_en is 'Name of the ISCO-08 group in English; null is missing.';

drop view retraining.skill_gap;
drop view retraining.skill_demand;

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
    d.vacancies_with_unknown_openings,
    d.openings_capped,
    d.employers,
    d.vacancies_today,
    greatest(d.change_seq, l.change_seq) as change_seq
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
comment on column retraining.skill_demand.openings_capped is 'Places with no more than 20 (mart.employer_cap()) of one employer: sum over employers of least(openings of the employer, 20), within the row.';
comment on column retraining.skill_demand.employers is 'Employers behind vacancies, each once.';
comment on column retraining.skill_demand.vacancies_today is 'Vacancies open on the day of the refresh, a chain of reposts counted once, where its latest open posting stands. Null in months before that day''s.';
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
    case when not s.is_suppressed then s.people end as people,
    s.is_suppressed,
    greatest(s.change_seq, l.change_seq) as change_seq
from mart.skill_supply as s
inner join mart.skill_label as l
    on s.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on s.region_code = r.region_code;
comment on view retraining.skill_supply is 'How many people hold a skill by a valid certificate. Grain: one skill, region and month with such people. Key: skill_key, region_code, month.';
comment on column retraining.skill_supply.people is 'People who held a certificate teaching the skill that was valid on at least one day of the month, each once, in the region of their enrolment then (else of their last one before, else ZZ); null where withheld.';
comment on column retraining.skill_supply.is_suppressed is 'Whether the number is withheld: it is 1 to 4; or another region''s of the skill and month is 1 to 4 and this is the smallest of those that are 5 or more (of equal ones the least region_code), or the country''s number less the others would tell.';

create view retraining.skill_gap as
select
    g.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    g.region_code,
    r.name_kk as region_name_kk,
    r.name_ru as region_name_ru,
    r.name_en as region_name_en,
    g.month,
    g.demand_vacancies,
    g.demand_openings,
    case when not g.is_suppressed then g.supply_people end as supply_people,
    case when not g.is_suppressed then g.demand_openings_capped - g.supply_people end as gap,
    g.is_suppressed,
    g.demand_openings_capped,
    greatest(g.change_seq, l.change_seq) as change_seq
from mart.skill_gap as g
inner join mart.skill_label as l
    on g.skill_key = l.skill_key and l.mart_group = 'retraining'
left join mart.region as r on g.region_code = r.region_code;
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
comment on column retraining.skill_gap.supply_people is 'people of retraining.skill_supply; 0 without a row there, null where withheld.';
comment on column retraining.skill_gap.gap is 'demand_openings_capped - supply_people: places no certified person is there for; negative is a surplus; null where supply_people is.';
comment on column retraining.skill_gap.is_suppressed is 'Whether the supply, and with it the gap, is withheld: is_suppressed of retraining.skill_supply; false without a row there.';
comment on column retraining.skill_gap.demand_openings_capped is 'openings_capped of retraining.skill_demand; 0 without a row there.';
comment on column retraining.skill_gap.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create view retraining.skill_gap_country as
select
    g.skill_key,
    l.framework,
    l.skill_code,
    l.skill_name,
    l.skill_name_kk,
    l.skill_name_ru,
    l.skill_name_en,
    g.month,
    g.demand_vacancies,
    g.demand_openings,
    g.demand_openings_capped,
    case when not g.is_suppressed then g.supply_people end as supply_people,
    case when not g.is_suppressed then g.demand_openings_capped - g.supply_people end as gap,
    g.is_suppressed,
    greatest(g.change_seq, l.change_seq) as change_seq
from mart.skill_gap_country as g
inner join mart.skill_label as l
    on g.skill_key = l.skill_key and l.mart_group = 'retraining';
comment on view retraining.skill_gap_country is 'Demand less supply in the whole country. Grain: one skill and month with demand or supply. Key: skill_key, month. All regions, remote work and unknown places together; for each of them see retraining.skill_gap.';
comment on column retraining.skill_gap_country.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column retraining.skill_gap_country.framework is 'esco, onet or local.';
comment on column retraining.skill_gap_country.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column retraining.skill_gap_country.skill_name is 'Name as it was sent; of several the first in code point order.';
comment on column retraining.skill_gap_country.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.skill_gap_country.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.skill_gap_country.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.skill_gap_country.month is 'First day of the month.';
comment on column retraining.skill_gap_country.demand_vacancies is 'Sum of demand_vacancies of retraining.skill_gap over the regions.';
comment on column retraining.skill_gap_country.demand_openings is 'Sum of demand_openings of retraining.skill_gap over the regions.';
comment on column retraining.skill_gap_country.demand_openings_capped is 'Sum of demand_openings_capped of retraining.skill_gap over the regions: the cap holds for an employer in each of them.';
comment on column retraining.skill_gap_country.supply_people is 'Sum of the people of the regions, those withheld there included: a person stands in one region a month. Null where withheld.';
comment on column retraining.skill_gap_country.gap is 'demand_openings_capped - supply_people; negative is a surplus; null where supply_people is.';
comment on column retraining.skill_gap_country.is_suppressed is 'Whether the people are withheld: no region has 5 or more, so that none could be withheld beside those of 1 to 4; a country of 1 to 4 people is one of these cases.';
comment on column retraining.skill_gap_country.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create view retraining.occupation_demand as
select
    d.isco_code,
    o.occupation_name_kk,
    o.occupation_name_ru,
    o.occupation_name_en,
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
    d.openings_capped,
    d.employers,
    d.vacancies_today,
    d.salary_median_kzt,
    d.vacancies_with_salary,
    d.change_seq
from mart.occupation_demand as d
left join mart.occupation_label as o on d.isco_code = o.isco_code
left join mart.region as r on d.region_code = r.region_code;
comment on view retraining.occupation_demand is 'How many vacancies and places there are in an occupation, and what they pay. Grain: one occupation, region and month with an open vacancy. Key: isco_code, region_code, month. Every vacancy stands in one occupation and region, so they add up to the country.';
comment on column retraining.occupation_demand.isco_code is 'ISCO-08 group of the vacancies: their code where the scheme is isco08, else after the crosswalk in force (exact or narrow), for ESCO else the group the occupation names; unknown: there is none.';
comment on column retraining.occupation_demand.occupation_name_kk is 'Name of the ISCO-08 group in Kazakh; null is missing.';
comment on column retraining.occupation_demand.occupation_name_ru is 'Name of the ISCO-08 group in Russian; null is missing.';
comment on column retraining.occupation_demand.occupation_name_en is 'Name of the ISCO-08 group in English; null is missing.';
comment on column retraining.occupation_demand.region_code is 'Region, first two digits of KATO; 00 is remote work in the whole country, ZZ is unknown.';
comment on column retraining.occupation_demand.region_name_kk is 'Name of the region in Kazakh.';
comment on column retraining.occupation_demand.region_name_ru is 'Name of the region in Russian.';
comment on column retraining.occupation_demand.region_name_en is 'Name of the region in English.';
comment on column retraining.occupation_demand.month is 'First day of the month.';
comment on column retraining.occupation_demand.vacancies is 'Vacancies open on at least one day of the month, a chain of reposts counted once, where its latest posting stands.';
comment on column retraining.occupation_demand.vacancies_raw is 'The same without joining reposts.';
comment on column retraining.occupation_demand.openings is 'Places, at least: openings_known + vacancies_with_unknown_openings, for an unknown number is at least one.';
comment on column retraining.occupation_demand.openings_known is 'Places of the vacancies that say how many.';
comment on column retraining.occupation_demand.vacancies_with_unknown_openings is 'Vacancies that do not say how many.';
comment on column retraining.occupation_demand.openings_capped is 'Places with no more than 20 (mart.employer_cap()) of one employer: sum over employers of least(openings of the employer, 20), within the row.';
comment on column retraining.occupation_demand.employers is 'Employers behind vacancies, each once.';
comment on column retraining.occupation_demand.vacancies_today is 'Vacancies open on the day of the refresh, a chain of reposts counted once, where its latest open posting stands. Null in months before that day''s.';
comment on column retraining.occupation_demand.salary_median_kzt is 'Median of the monthly salaries of the counted vacancies, KZT, 2 digits: of each the midpoint of lowest and highest or the one that is given, gross or net as declared, a year''s by twelve; other currencies and pay by hour, day or week left out. Null where fewer than 5 have one.';
comment on column retraining.occupation_demand.vacancies_with_salary is 'Counted vacancies with such a salary.';
comment on column retraining.occupation_demand.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create view retraining.occupation_skill as
select
    s.isco_code,
    o.occupation_name_kk,
    o.occupation_name_ru,
    o.occupation_name_en,
    s.skill_key,
    coalesce(l.framework, split_part(s.skill_key, ':', 1)) as framework,
    coalesce(l.skill_code, k.skill_code) as skill_code,
    coalesce(l.skill_name, k.name_en, k.name_ru, k.name_kk, s.skill_key) as skill_name,
    coalesce(l.skill_name_kk, k.name_kk) as skill_name_kk,
    coalesce(l.skill_name_ru, k.name_ru) as skill_name_ru,
    coalesce(l.skill_name_en, k.name_en) as skill_name_en,
    s.reference_share,
    s.is_essential,
    s.vacancy_share,
    s.vacancy_count,
    s.weight,
    s.is_required,
    greatest(s.change_seq, l.change_seq) as change_seq
from mart.occupation_skill as s
left join mart.occupation_label as o on s.isco_code = o.isco_code
left join mart.skill_label as l
    on s.skill_key = l.skill_key and l.mart_group = 'retraining'
left join lateral (
    select
        f.skill_code,
        f.name_kk,
        f.name_ru,
        f.name_en
    from ref.skill as f
    where
        l.skill_key is null
        and f.framework = split_part(s.skill_key, ':', 1)
        and f.skill_code = substr(s.skill_key, strpos(s.skill_key, ':') + 1)
    order by f.valid_from desc
    limit 1
) as k on true;
comment on view retraining.occupation_skill is 'What an occupation calls for, after the reference and after its vacancies. Grain: one skill of one occupation with a weight of 0.05 or more. Key: isco_code, skill_key.';
comment on column retraining.occupation_skill.isco_code is 'ISCO-08 group.';
comment on column retraining.occupation_skill.occupation_name_kk is 'Name of the ISCO-08 group in Kazakh; null is missing.';
comment on column retraining.occupation_skill.occupation_name_ru is 'Name of the ISCO-08 group in Russian; null is missing.';
comment on column retraining.occupation_skill.occupation_name_en is 'Name of the ISCO-08 group in English; null is missing.';
comment on column retraining.occupation_skill.skill_key is 'Key of the skill after mart.skill_key: framework:code, or local: and the normalised name.';
comment on column retraining.occupation_skill.framework is 'esco, onet or local.';
comment on column retraining.occupation_skill.skill_code is 'Code in the framework; null for a skill known by its name only.';
comment on column retraining.occupation_skill.skill_name is 'Name as it was sent; of several the first in code point order. Of a skill that no certificate and vacancy named: its name in the reference.';
comment on column retraining.occupation_skill.skill_name_kk is 'Name of the reference skill in Kazakh; null is missing there.';
comment on column retraining.occupation_skill.skill_name_ru is 'Name of the reference skill in Russian; null is missing there.';
comment on column retraining.occupation_skill.skill_name_en is 'Name of the reference skill in English; null is missing there.';
comment on column retraining.occupation_skill.reference_share is 'ESCO occupations of the group that link the skill / those that link any skill, in force on the day of the refresh, 4 digits; null where the reference links none.';
comment on column retraining.occupation_skill.is_essential is 'Whether one of them links it as essential.';
comment on column retraining.occupation_skill.vacancy_share is 'Chains of vacancies of the occupation, open in at least one of the 12 months that end with the current one, that ask for the skill / those that ask for any, 4 digits; null where fewer than 5 ask for any.';
comment on column retraining.occupation_skill.vacancy_count is 'Such chains that ask for the skill.';
comment on column retraining.occupation_skill.weight is '1 if is_essential, else greatest(reference_share, vacancy_share), a null being 0.';
comment on column retraining.occupation_skill.is_required is 'weight >= 0.25.';
comment on column retraining.occupation_skill.change_seq is 'Number of the refresh that last changed the row: pull what is above the number read before.';

create index occupation_demand_today on mart.occupation_demand (isco_code) where vacancies_today is not null;

create view retraining.pathway as
-- Up to three courses of each skill, so few that they are looked up once.
with taught as materialized (
    select
        c.skill_key,
        jsonb_agg(
            jsonb_build_object(
                'skill_key', c.skill_key,
                'issuer_bin', c.issuer_bin,
                'achievement_code', c.achievement_code,
                'hours', c.hours
            )
            order by c.position
        ) as courses
    from (
        select
            k.skill_key,
            k.issuer_bin,
            k.achievement_code,
            a.hours,
            row_number() over (
                partition by k.skill_key
                order by coalesce(k.people_certified, 0) desc, k.issuer_bin asc, k.achievement_code asc
            ) as position
        from mart.course_skill as k
        inner join mart.course as a on k.issuer_bin = a.issuer_bin and k.achievement_code = a.achievement_code
        where k.last_awarded_on > (mart.today() - interval '24 months')::date
    ) as c
    where c.position <= 3
    group by c.skill_key
)

select
    p.from_isco_code,
    f.occupation_name_kk as from_occupation_name_kk,
    f.occupation_name_ru as from_occupation_name_ru,
    f.occupation_name_en as from_occupation_name_en,
    p.to_isco_code,
    t.occupation_name_kk as to_occupation_name_kk,
    t.occupation_name_ru as to_occupation_name_ru,
    t.occupation_name_en as to_occupation_name_en,
    p.similarity,
    p.transferability,
    p.skills_shared,
    p.skills_missing,
    m.skills_without_course,
    m.course_coverage,
    c.courses,
    d.vacancies_today as to_vacancies_today,
    d.openings_capped as to_openings_capped
from mart.pathway as p
left join mart.occupation_label as f on p.from_isco_code = f.isco_code
left join mart.occupation_label as t on p.to_isco_code = t.isco_code
cross join
    lateral (
        select
            coalesce(
                array_agg(s.skill_key order by s.position) filter (where k.skill_key is null), '{}'
            ) as skills_without_course,
            round(
                coalesce(sum(w.weight) filter (where k.skill_key is not null), 0) / sum(w.weight), 4
            ) as course_coverage
        from unnest(p.skills_missing) with ordinality as s (skill_key, position)
        inner join mart.occupation_skill as w on s.skill_key = w.skill_key and p.to_isco_code = w.isco_code
        left join taught as k on s.skill_key = k.skill_key
    ) as m
cross join
    lateral (
        select coalesce(jsonb_agg(j.course order by s.position, j.position), '[]') as courses
        from unnest(p.skills_missing) with ordinality as s (skill_key, position)
        inner join taught as k on s.skill_key = k.skill_key
        cross join lateral jsonb_array_elements(k.courses) with ordinality as j (course, position)
    ) as c
cross join
    lateral (
        select
            coalesce(sum(o.vacancies_today), 0)::bigint as vacancies_today,
            coalesce(sum(o.openings_capped), 0)::bigint as openings_capped
        from mart.occupation_demand as o
        where o.isco_code = p.to_isco_code and o.vacancies_today is not null
    ) as d;
comment on view retraining.pathway is 'How far the required skills of one occupation go in another, what is missing, and which courses teach it. Grain: one ordered pair of occupations, both with required skills of retraining.occupation_skill, with a transferability of 0.1 or more. Key: from_isco_code, to_isco_code. Courses and vacancies are looked up at each reading.';
comment on column retraining.pathway.from_isco_code is 'ISCO-08 group that is left.';
comment on column retraining.pathway.from_occupation_name_kk is 'Name of the occupation that is left in Kazakh; null is missing.';
comment on column retraining.pathway.from_occupation_name_ru is 'Name of the occupation that is left in Russian; null is missing.';
comment on column retraining.pathway.from_occupation_name_en is 'Name of the occupation that is left in English; null is missing.';
comment on column retraining.pathway.to_isco_code is 'ISCO-08 group that is taken up.';
comment on column retraining.pathway.to_occupation_name_kk is 'Name of the occupation that is taken up in Kazakh; null is missing.';
comment on column retraining.pathway.to_occupation_name_ru is 'Name of the occupation that is taken up in Russian; null is missing.';
comment on column retraining.pathway.to_occupation_name_en is 'Name of the occupation that is taken up in English; null is missing.';
comment on column retraining.pathway.similarity is 'Weighted Jaccard index of the required skills: sum of the lesser weights / sum of the greater weights, a skill that is not required having 0; 4 digits.';
comment on column retraining.pathway.transferability is 'Sum of weight over the shared skills / sum of weight over all required skills, both weights of the occupation taken up; 4 digits.';
comment on column retraining.pathway.skills_shared is 'skill_key of what both require, by weight in the occupation taken up, heaviest first, then by key.';
comment on column retraining.pathway.skills_missing is 'skill_key of what only the occupation taken up requires, in the same order.';
comment on column retraining.pathway.skills_without_course is 'Those of skills_missing that no offered course of retraining.course teaches, in the same order.';
comment on column retraining.pathway.course_coverage is 'Sum of weight over the missing skills that an offered course teaches / sum of weight over skills_missing; 4 digits; null where nothing is missing.';
comment on column retraining.pathway.courses is 'Array of {skill_key, issuer_bin, achievement_code, hours}: for each missing skill, in the same order, up to 3 offered courses; the one with the most people_certified first (withheld as 0), then by issuer_bin, achievement_code.';
comment on column retraining.pathway.to_vacancies_today is 'Sum over the regions of vacancies_today of retraining.occupation_demand for the occupation taken up.';
comment on column retraining.pathway.to_openings_capped is 'Sum over the regions of openings_capped of retraining.occupation_demand for the occupation taken up, current month.';

update ops.freshness
set row_count = null
where view_name = 'retraining.skill_gap';

grant select on mart.occupation_label to arna_loader, arna_engineer;
grant select on retraining.skill_demand, retraining.skill_gap, retraining.skill_gap_country,
retraining.occupation_demand, retraining.occupation_skill, retraining.pathway
to retraining_reader, arna_loader, arna_engineer;
