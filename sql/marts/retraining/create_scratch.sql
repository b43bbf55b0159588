-- purpose: working tables of one refresh of the retraining group, gone with its transaction
-- grain: posting_draft: one vacancy; chain_*: one posting, or two that belong together; touched_*, changed_*: one changed thing, month_index or month being the first one that changes where it is no part of the key
-- key: as declared
create temporary table posting_draft (
    source_id integer not null,
    vacancy_id text not null,
    replaces_vacancy_id text,
    employer_id text not null,
    title_key text not null,
    region_code text not null,
    isco_code text,
    text_sha256 bytea not null,
    published_on date not null,
    occurred_at timestamptz not null,
    open_days datemultirange not null,
    openings integer,
    salary_month_kzt numeric,
    skills jsonb not null,
    primary key (source_id, vacancy_id)
) on commit drop;
create temporary table chain_node (
    node bigint primary key,
    source_id integer not null,
    vacancy_id text not null,
    label bigint not null,
    unique (source_id, vacancy_id)
) on commit drop;
create temporary table chain_link (
    node bigint not null,
    neighbour bigint not null
) on commit drop;
create temporary table touched_skill_demand (
    skill_key text not null,
    region_code text not null,
    month_index integer not null,
    primary key (skill_key, region_code, month_index)
) on commit drop;
create temporary table touched_occupation_demand (
    isco_code text not null,
    region_code text not null,
    month_index integer not null,
    primary key (isco_code, region_code, month_index)
) on commit drop;
create temporary table touched_occupation (
    isco_code text primary key
) on commit drop;
create temporary table changed_occupation (
    isco_code text primary key
) on commit drop;
create temporary table touched_skill_supply (
    skill_key text primary key,
    month_index integer not null
) on commit drop;
create temporary table touched_gap (
    skill_key text primary key,
    month date not null
) on commit drop;
