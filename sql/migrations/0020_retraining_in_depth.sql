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
        case
            when $1 = 'isco08' then $2
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
                    order by c.match_type, length(c.to_code) desc, c.to_code
                    limit 1
                ),
                (
                    select o.isco_code
                    from ref.occupation as o
                    where
                        $1 = 'esco'
                        and o.scheme = $1
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
