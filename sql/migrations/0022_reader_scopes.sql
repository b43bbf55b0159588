-- purpose: which rows each reader may see: a scope per login role, and row-level security on the tables behind the views
-- grain: ops.reader_scope: one login role that reads
-- key: ops.reader_scope: role_name
-- Decision 0018. A view reads as its owner, so the views belong to a role that is no superuser and owns no table.
do $$
begin
    -- Roles belong to the whole server, so a second database of the same server finds it made.
    begin
        create role arna_views nologin noinherit;
    exception
        when duplicate_object or unique_violation then null;
    end;
    -- To hand a view over one must be a member; a superuser need not.
    if not (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user) then
        execute format('grant arna_views to %I', current_user);
    end if;
    -- Whoever may make temporary functions can put one into a condition and have rows told that it should not see.
    execute format('revoke temporary on database %I from public', current_database());
    execute format('grant temporary on database %I to arna_lander, arna_loader, arna_engineer', current_database());
end
$$;

create table ops.reader_scope (
    role_name text primary key,
    is_national boolean not null default false,
    organisation_bins text[] check (array_to_string(organisation_bins, ' ', '?') ~ '^[0-9]{12}( [0-9]{12})*$'),
    region_codes text[] check (array_to_string(region_codes, ' ', '?') ~ '^([0-9]{2}|ZZ)( ([0-9]{2}|ZZ))*$'),
    note text,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    check (not is_national or (organisation_bins is null and region_codes is null))
);
comment on table ops.reader_scope is 'What the login roles that read may see. A member of a reader role without a row here sees no row of anybody. Grain: one login role.';
comment on column ops.reader_scope.role_name is 'The login role, a member of profile_reader or retraining_reader.';
comment on column ops.reader_scope.is_national is 'Whether it sees the whole country, as the two reader roles themselves do.';
comment on column ops.reader_scope.organisation_bins is 'BINs of the organisations whose learners it sees; null is not restricted by organisation.';
comment on column ops.reader_scope.region_codes is 'Regions whose learners and figures it sees, as mart.region; null is not restricted by region. With both, an enrolment must meet both.';
comment on column ops.reader_scope.note is 'Who it is and why.';
comment on column ops.reader_scope.created_at is 'When it was registered.';
comment on column ops.reader_scope.changed_at is 'When its scope was changed last.';
grant select on ops.reader_scope to arna_engineer;

create function mart.reader_scope(out is_national boolean, out organisation_bins text[], out region_codes text[])
language sql stable parallel safe security definer
begin atomic
    with asking as (
        select
            session_user::text as login_name,
            coalesce(nullif(current_setting('role'), 'none'), session_user::text) as role_name
    ),

    -- A reader stays itself whatever role it sets; only who is no reader (a pool, an operator) becomes another.
    reader as (
        select
            case
                when
                    not l.rolsuper
                    and (
                        pg_has_role(l.oid, 'profile_reader', 'usage')
                        or pg_has_role(l.oid, 'retraining_reader', 'usage')
                        or exists (select from ops.reader_scope as s where s.role_name = a.login_name)
                    ) then a.login_name
                else a.role_name
            end as role_name
        from asking as a
        inner join pg_catalog.pg_roles as l on a.login_name = l.rolname
    )

    select
        case
            when s.role_name is not null then s.is_national
            else
                r.role_name in ('profile_reader', 'retraining_reader')
                or pg_has_role(r.role_name, 'arna_loader', 'usage')
                or pg_has_role(r.role_name, 'arna_engineer', 'usage')
                or r.role_name = (
                    select pg_get_userbyid(d.datdba)
                    from pg_catalog.pg_database as d
                    where d.datname = current_database()
                )
        end as is_national,
        case when s.organisation_bins is null and s.region_codes is null then '{}' else s.organisation_bins end as organisation_bins,
        case when s.organisation_bins is null and s.region_codes is null then '{}' else s.region_codes end as region_codes
    from reader as r
    left join ops.reader_scope as s on r.role_name = s.role_name;
end;
comment on function mart.reader_scope() is 'What the role that asks may see: the whole country, or organisations and regions (null is any, an empty list is none). It asks who logged in, not as whom a view or function runs.';

create view mart.person_place as
select
    h.person_key,
    h.organisation_bin,
    h.region_code
from mart.education_history as h;
comment on view mart.person_place is 'Where people are or were enrolled; what decides whether a reader sees a person. It belongs to the owner of the tables, so it shows all of them. Grain: one enrolment not voided.';
comment on column mart.person_place.person_key is 'The person.';
comment on column mart.person_place.organisation_bin is 'BIN of the organisation.';
comment on column mart.person_place.region_code is 'Region; ZZ is unknown.';

create function mart.reader_organisations() returns text[]
language sql stable parallel safe security definer
begin atomic
    select coalesce(array_agg(distinct p.organisation_bin), '{}') as organisation_bins
    from mart.reader_scope() as s
    inner join mart.person_place as p
        on
            coalesce(p.organisation_bin = any(s.organisation_bins), true)
            and coalesce(p.region_code = any(s.region_codes), true);
end;
comment on function mart.reader_organisations() is 'BINs of the organisations with an enrolment in the scope of the role that asks.';

create function mart.restrict_rows(relation regclass, rule text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    -- What asks for the scope alone is computed once a query, not once a row.
    is_national constant text := '(select s.is_national from mart.reader_scope() as s)';
    is_seen constant text := case rule
        when 'person' then format(
            'exists (select from mart.reader_scope() as s inner join mart.person_place as p'
            ' on coalesce(p.organisation_bin = any (s.organisation_bins), true)'
            ' and coalesce(p.region_code = any (s.region_codes), true)'
            ' where p.person_key = %s.person_key)',
            relation
        )
        when 'region' then 'region_code = any ((select s.region_codes from mart.reader_scope() as s)::text[])'
        when 'organisation' then 'organisation_bin = any ((select mart.reader_organisations())::text[])'
        when 'national' then 'false'
    end;
begin
    if is_seen is null then
        raise exception 'there is no rule % for rows', rule;
    end if;
    execute format('alter table %s enable row level security', relation);
    execute format('drop policy if exists reader_scope on %s', relation);
    execute format('drop policy if exists loader on %s', relation);
    execute format('drop policy if exists engineer on %s', relation);
    execute format(
        'create policy reader_scope on %s for select to arna_views using (%s or %s)',
        relation, is_national, is_seen
    );
    -- A policy that is plainly true leaves no trace in a plan.
    execute format('create policy loader on %s to arna_loader using (true) with check (true)', relation);
    execute format('create policy engineer on %s for select to arna_engineer using (true)', relation);
end
$$;
comment on function mart.restrict_rows(regclass, text) is 'Puts a table behind the readers'' views under row-level security. Rules: person (person_key: seen with an enrolment in scope), region (region_code in scope), organisation (organisation_bin with an enrolment in scope), national (whole country only).';

create function mart.read_whole(view_name regclass, relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    -- Names are written with their schema, since none is in the path.
    whole constant text := format('mart.whole_%s', split_part(relation::text, '.', 2));
    definition constant text := pg_get_viewdef(view_name);
    rewritten constant text := regexp_replace(definition, format('\m%s\M', relation), whole, 'g');
    described record;
begin
    if rewritten = definition then
        raise exception '% does not read %', view_name, relation;
    end if;
    execute format(
        'create or replace view %s as select %s from %s as t', whole,
        (
            select string_agg(format('t.%I', a.attname), ', ' order by a.attnum)
            from pg_attribute as a
            where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
        ),
        relation
    );
    execute format(
        'comment on view %s is %L', whole,
        format('%s with the rows of all, whoever reads; for sums over the country in the readers'' views. %s', relation, obj_description(relation))
    );
    for described in
        select
            a.attname,
            col_description(relation, a.attnum) as description
        from pg_attribute as a
        where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
    loop
        execute format('comment on column %s.%I is %L', whole, described.attname, described.description);
    end loop;
    execute format('create or replace view %s as %s', view_name, rewritten);
end
$$;
comment on function mart.read_whole(regclass, regclass) is 'Lets a view read all rows of a restricted table, for a sum over the country that must not become a sum over the reader''s regions: through a view of the same columns that belongs to the owner of the table.';

create function mart.hand_over_views() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    view_name regclass;
begin
    grant usage on schema mart, ref to arna_views;
    -- To own something in a schema one must be allowed to make it there.
    grant usage, create on schema profile, retraining to arna_views;
    grant select on all tables in schema mart, ref to arna_views;
    for view_name in
        select c.oid::regclass
        from pg_class as c
        where c.relkind = 'v' and c.relnamespace in ('profile'::regnamespace, 'retraining'::regnamespace)
    loop
        execute format('alter view %s owner to arna_views', view_name);
    end loop;
end
$$;
comment on function mart.hand_over_views() is 'Makes arna_views the owner of all views of the readers, so that row-level security holds for what they read, and lets it read the tables of mart and ref. A migration that makes a view calls it at its end.';

revoke execute on function mart.restrict_rows(regclass, text), mart.read_whole(regclass, regclass), mart.hand_over_views() from public;

select mart.restrict_rows(t.relation::regclass, t.rule)
from (
    values
    ('mart.person', 'person'),
    ('mart.student', 'person'),
    ('mart.education_history', 'person'),
    ('mart.certificate', 'person'),
    ('mart.person_skill', 'person'),
    ('mart.programme_outcome', 'organisation'),
    ('mart.skill_supply', 'region'),
    ('mart.skill_demand', 'region'),
    ('mart.skill_gap', 'region'),
    ('mart.occupation_demand', 'region')
) as t (relation, rule);

-- Sums over all regions, which some views make at reading.
select mart.read_whole(t.view_name::regclass, t.relation::regclass)
from (
    values
    ('profile.programme_outcome', 'mart.skill_demand'),
    ('profile.career_match', 'mart.occupation_demand'),
    ('retraining.pathway', 'mart.occupation_demand')
) as t (view_name, relation);

-- What was known, or true, on another day reads core as its owner: it asks for the scope itself.
create or replace function profile.student_at(known_on date, on_date date, person uuid default null) returns setof profile.student_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select r.*
from mart.student_at(known_on, on_date, mart.person_tokens(person)) as r
where
    (person is null or r.person_key = person)
    and (
        (select s.is_national from mart.reader_scope() as s)
        or exists (
            select
            from mart.reader_scope() as s
            inner join mart.person_place as p
                on
                    coalesce(p.organisation_bin = any(s.organisation_bins), true)
                    and coalesce(p.region_code = any(s.region_codes), true)
            where p.person_key = r.person_key
        )
    )
$$;

create or replace function profile.certificate_at(known_on date, on_date date, person uuid default null) returns setof profile.certificate_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select r.*
from mart.certificate_at(known_on, on_date, mart.person_tokens(person)) as r
where
    (person is null or r.person_key = person)
    and (
        (select s.is_national from mart.reader_scope() as s)
        or exists (
            select
            from mart.reader_scope() as s
            inner join mart.person_place as p
                on
                    coalesce(p.organisation_bin = any(s.organisation_bins), true)
                    and coalesce(p.region_code = any(s.region_codes), true)
            where p.person_key = r.person_key
        )
    )
$$;

create or replace function profile.education_history_at(known_on date, on_date date, person uuid default null) returns setof profile.education_history_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select r.*
from mart.education_history_at(known_on, on_date, mart.person_tokens(person)) as r
where
    (person is null or r.person_key = person)
    and (
        (select s.is_national from mart.reader_scope() as s)
        or exists (
            select
            from mart.reader_scope() as s
            inner join mart.person_place as p
                on
                    coalesce(p.organisation_bin = any(s.organisation_bins), true)
                    and coalesce(p.region_code = any(s.region_codes), true)
            where p.person_key = r.person_key
        )
    )
$$;

create or replace function profile.skill_at(known_on date, on_date date, person uuid default null) returns setof profile.skill_row
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
select r.*
from mart.skill_at(known_on, on_date, mart.person_tokens(person)) as r
where
    (person is null or r.person_key = person)
    and (
        (select s.is_national from mart.reader_scope() as s)
        or exists (
            select
            from mart.reader_scope() as s
            inner join mart.person_place as p
                on
                    coalesce(p.organisation_bin = any(s.organisation_bins), true)
                    and coalesce(p.region_code = any(s.region_codes), true)
            where p.person_key = r.person_key
        )
    )
$$;

select mart.hand_over_views();
