-- purpose: names of skills as they are sent, and the reference skill each means; how the marts follow when that changes
-- grain: see each table
-- key: see each table
create table ref.skill_alias (
    term text primary key check (term = mart.normalise_name(term)),
    skill_key text check (skill_key ~ '^(esco|onet|local):.'),
    language_code text check (language_code in ('kk', 'ru', 'en')),
    origin text not null check (origin in ('built-in', 'curated')),
    added_at timestamptz not null default now()
);
comment on table ref.skill_alias is 'Terms that people said mean a reference skill; they win over every other match. Grain: one term.';
comment on column ref.skill_alias.term is 'The term, normalised by mart.normalise_name.';
comment on column ref.skill_alias.skill_key is 'The skill it means, framework:code; null: it means none, whatever it is like.';
comment on column ref.skill_alias.language_code is 'Language of the term; null is not told (a name such as K8s).';
comment on column ref.skill_alias.origin is 'built-in: the list that Arna brings; curated: added here. A curated one is never replaced by a built-in one.';
comment on column ref.skill_alias.added_at is 'When it was added.';

create table ref.skill_term (
    term text primary key,
    skill_key text,
    method text not null check (method in ('exact', 'alias', 'fuzzy', 'none')),
    score numeric(5, 2) not null check (score between 0 and 100),
    matched_label text,
    decided_at timestamptz not null default now(),
    matcher_version integer not null,
    check ((method = 'none') = (skill_key is null))
);
comment on table ref.skill_term is 'Every name of a skill that was ever sent, with the reference skill it means and how that was decided. Nothing is dropped: a term without a match counts under local: and itself. Grain: one normalised term.';
comment on column ref.skill_term.term is 'The name as sent, normalised by mart.normalise_name.';
comment on column ref.skill_term.skill_key is 'The skill it means, framework:code; null is none.';
comment on column ref.skill_term.method is 'exact: a name of the reference; alias: a curated alias or another label of the reference; fuzzy: close enough to one of these; none.';
comment on column ref.skill_term.score is 'Likeness of the term and the label it was matched with, 0 to 100; of an unmatched term the best that was not enough.';
comment on column ref.skill_term.matched_label is 'That label.';
comment on column ref.skill_term.decided_at is 'When it was decided, or last decided otherwise.';
comment on column ref.skill_term.matcher_version is 'Version of the rules that decided.';

create table ref.skill_state (
    is_single boolean primary key default true check (is_single),
    load_id bigint not null,
    matcher_version integer not null,
    revision bigint not null
);
insert into ref.skill_state (load_id, matcher_version, revision) values (0, 0, 0);
comment on table ref.skill_state is 'What the terms were last decided with. Grain: one row.';
comment on column ref.skill_state.is_single is 'Always true: there is one row.';
comment on column ref.skill_state.load_id is 'Last load of skills or their labels that was taken into account.';
comment on column ref.skill_state.matcher_version is 'Version of the rules.';
comment on column ref.skill_state.revision is 'Rises whenever a term, a code or an alias may have come to mean another skill; marts compare it with their own.';

create or replace function mart.skill_key(skill_framework text, code text, skill_name text) returns text
language sql stable parallel safe
begin atomic
    select coalesce(
        case
            when $1 in ('esco', 'onet') then
                coalesce(
                    (
                        select e.skill_key
                        from ref.skill_equivalent as e
                        where e.framework = $1 and e.skill_code = trim($2)
                    ),
                    $1 || ':' || nullif(trim($2), '')
                )
        end,
        (
            select coalesce(e.skill_key, 'local:' || s.skill_code)
            from ref.skill as s
            left join ref.skill_equivalent as e on s.framework = e.framework and s.skill_code = e.skill_code
            where s.framework = $1 and s.framework = 'local' and s.skill_code = trim($2)
            limit 1
        ),
        (
            select t.skill_key
            from ref.skill_term as t
            where t.term = mart.normalise_name($3)
        ),
        'local:' || mart.normalise_name($3)
    );
end;
comment on function mart.skill_key(text, text, text) is 'One key per skill: framework and code where a shared framework has both (the ESCO skill of the same name for O*NET and local ones); else what ref.skill_term says the name means; else local: and the normalised name.';

drop index ref.skill_norm_en;
drop index ref.skill_norm_ru;
drop index ref.skill_norm_kk;

create table mart.skill_mention (
    mart_group text not null,
    framework text,
    skill_code text,
    name text,
    skill_key text,
    unique nulls not distinct (mart_group, framework, skill_code, name)
);
comment on table mart.skill_mention is 'Every way in which a certificate or vacancy named a skill, and the key it had at the last refresh: where that differs from today''s key, the marts follow. Grain: one framework, code and name in one group of marts.';
comment on column mart.skill_mention.mart_group is 'Group that met it.';
comment on column mart.skill_mention.framework is 'Framework as sent; null is not given.';
comment on column mart.skill_mention.skill_code is 'Code as sent; null is not given.';
comment on column mart.skill_mention.name is 'Name as sent.';
comment on column mart.skill_mention.skill_key is 'Key after mart.skill_key at the last refresh.';

alter table ops.mart_state rename column skill_load_id to skill_revision;
comment on column ops.mart_state.skill_revision is 'Revision of ref.skill_state in use; with another one the skills that mean something else now are computed anew.';

grant select, insert, update, delete on ref.skill_term to arna_loader;
grant select, update on ref.skill_state to arna_loader;
grant select on ref.skill_alias to arna_loader;
grant select on ref.skill_alias, ref.skill_term, ref.skill_state to arna_engineer;
grant select, insert, update, delete on mart.skill_mention to arna_loader;
grant select on mart.skill_mention to arna_engineer;
