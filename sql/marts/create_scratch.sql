-- purpose: working tables of one refresh, gone with its transaction
-- grain: touched_*: one changed thing; identity: one person token; supply_delta: one change; changed_row: one key of a table that changed
-- key: as declared
create temporary table touched_person (
    person_token uuid primary key
) on commit drop;
create temporary table identity (
    person_token uuid primary key,
    birth_date date,
    is_disputed boolean not null
) on commit drop;
create temporary table touched_vacancy (
    source_id integer not null,
    vacancy_id text not null,
    primary key (source_id, vacancy_id)
) on commit drop;
create temporary table person_region (
    person_key uuid not null,
    region_code text not null,
    months int4range not null
) on commit drop;
create temporary table supply_delta (
    skill_key text not null,
    region_code text not null,
    month_index integer not null,
    people integer not null
) on commit drop;
create temporary table touched_skill (
    skill_key text primary key
) on commit drop;
create temporary table changed_row (
    table_name text not null,
    key jsonb not null
) on commit drop;
