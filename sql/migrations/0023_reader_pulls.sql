-- purpose: what readers need to pull by change: how fresh each view is, up to which number it is complete, and which keys went
-- grain: see each function
-- key: see each function
alter table ops.mart_state add column series_id uuid not null default gen_random_uuid();
comment on column ops.mart_state.series_id is 'Which series of numbers change_seq belongs to: a warehouse that is made anew begins another, so nobody takes its 3 for the old 3.';

alter table ops.freshness add column table_name text;
comment on column ops.freshness.table_name is 'The table of mart with a row for each row of the view; null: the view is derived at reading and cannot be pulled by change.';
update ops.freshness as f
set table_name = v.table_name
from (
    values
    ('profile.student', 'student'),
    ('profile.certificate', 'certificate'),
    ('profile.skill', 'person_skill'),
    ('retraining.skill_demand', 'skill_demand'),
    ('retraining.skill_supply', 'skill_supply')
) as v (view_name, table_name)
where f.view_name = v.view_name;

create index mart_change_sent on ops.mart_change (sent_at) where sent_at is not null;
-- The outbox process works as arna_lander.
grant select, update (sent_at), delete on ops.mart_change to arna_lander;
grant select on ops.freshness, ops.mart_state to arna_lander;

create function mart.is_national_reader() returns boolean
language sql stable security definer
begin atomic
    select coalesce(s.is_national, false) as is_national
    from mart.reader_scope() as s;
end;
comment on function mart.is_national_reader() is 'Whether the role that asks sees the whole country. One that sees a part cannot pull by change: what enters or leaves its part is no change of a row.';

create function mart.view_freshness(schema_name text)
returns table (
    view_name text,
    mart_group text,
    as_of_date date,
    series_id uuid,
    change_seq bigint,
    last_change_seq bigint,
    can_pull boolean,
    last_event_at timestamptz,
    last_landed_at timestamptz,
    refreshed_at timestamptz,
    row_count bigint,
    validated_at timestamptz,
    is_valid boolean
)
language sql stable security definer
begin atomic
    with reader as (
        select mart.is_national_reader() as is_national
    )

    select
        f.view_name,
        f.mart_group,
        s.as_of_date,
        s.series_id,
        s.change_seq,
        f.change_seq as last_change_seq,
        f.table_name is not null and n.is_national as can_pull,
        f.last_event_at,
        f.last_landed_at,
        f.refreshed_at,
        case when n.is_national then f.row_count end as row_count,
        f.validated_at,
        f.is_valid
    from ops.freshness as f
    inner join ops.mart_state as s on f.mart_group = s.mart_group
    cross join reader as n
    where starts_with(f.view_name, view_freshness.schema_name || '.');
end;
comment on function mart.view_freshness(text) is 'How fresh the views of a schema are; behind profile.freshness and retraining.freshness, for readers who see no table of ops. Grain: one view.';

create view profile.freshness as
select
    f.view_name,
    f.mart_group,
    f.as_of_date,
    f.series_id,
    f.change_seq,
    f.last_change_seq,
    f.can_pull,
    f.last_event_at,
    f.last_landed_at,
    f.refreshed_at,
    f.row_count,
    f.validated_at,
    f.is_valid
from mart.view_freshness('profile') as f;

create view retraining.freshness as
select
    f.view_name,
    f.mart_group,
    f.as_of_date,
    f.series_id,
    f.change_seq,
    f.last_change_seq,
    f.can_pull,
    f.last_event_at,
    f.last_landed_at,
    f.refreshed_at,
    f.row_count,
    f.validated_at,
    f.is_valid
from mart.view_freshness('retraining') as f;

do $$
declare
    schema_name text;
    described record;
begin
    foreach schema_name in array array['profile', 'retraining']
    loop
        execute format(
            'comment on view %I.freshness is %L', schema_name,
            'How fresh the views of this schema are, and up to which number a pull is complete. Grain: one view. Key: view_name.'
        );
        for described in
            select *
            from (
                values
                ('view_name', 'The view, with its schema.'),
                ('mart_group', 'Group it is refreshed with; numbers count by group.'),
                ('as_of_date', 'The day the last refresh stands for.'),
                ('series_id', 'Series that the numbers belong to; another one means that the warehouse was made anew: pull in full.'),
                ('change_seq', 'Whoever reads the view in the same snapshot as this number has all changes up to it.'),
                ('last_change_seq', 'Number of the last refresh that changed a row of it; 0 for a view that is derived at reading.'),
                ('can_pull', 'Whether the role that asks can pull the view by change; else it reads it in full.'),
                ('last_event_at', 'When the latest event in it happened in the world.'),
                ('last_landed_at', 'When Arna came to know the latest event in it.'),
                ('refreshed_at', 'When it was last brought up to date.'),
                ('row_count', 'Rows in it then; null for a view that is derived at reading, and for who sees a part of it.'),
                ('validated_at', 'When its expectations were last checked; null is never.'),
                ('is_valid', 'Whether no critical one failed then.')
            ) as v (column_name, description)
        loop
            execute format(
                'comment on column %I.freshness.%I is %L', schema_name, described.column_name, described.description
            );
        end loop;
    end loop;
end
$$;

create function mart.removed_keys(schema_name text, view_name text, since bigint)
returns table (key jsonb, change_seq bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    table_name text := (
        select f.table_name
        from ops.freshness as f
        where f.view_name = removed_keys.view_name and starts_with(f.view_name, schema_name || '.')
    );
    key_match text;
begin
    if not mart.is_national_reader() then
        raise exception 'removed keys are told to readers of the whole country only; read the view in full'
        using errcode = 'insufficient_privilege';
    end if;
    if table_name is null then
        raise exception 'there is no such view in this schema that can be pulled by change; read it in full'
        using errcode = 'wrong_object_type';
    end if;
    select
        string_agg(
            format('m.%1$I = (t.key ->> %2$L)::%3$s', a.attname, a.attname, format_type(a.atttypid, a.atttypmod)),
            ' and '
        )
    into strict key_match
    from pg_index as i
    inner join pg_attribute as a on i.indrelid = a.attrelid and a.attnum = any (i.indkey)
    where i.indrelid = format('mart.%I', table_name)::regclass and i.indisprimary;
    return query execute format(
        'select t.key, t.change_seq from mart.tombstone as t where t.table_name = %L and t.change_seq > $1'
        ' and not exists (select from mart.%I as m where %s)',
        table_name, table_name, key_match
    ) using since;
end
$$;
comment on function mart.removed_keys(text, text, bigint) is 'Keys that a view had and has no more, removed by a refresh above a number; behind profile.removed and retraining.removed. Grain: one key.';

create function profile.removed(view_name text, since bigint)
returns table (key jsonb, change_seq bigint)
language sql stable security definer
begin atomic
    select
        r.key,
        r.change_seq
    from mart.removed_keys('profile', removed.view_name, removed.since) as r;
end;
comment on function profile.removed(text, bigint) is 'Keys that a view of this schema had and has no more, removed above a number; for readers of the whole country: a key has no region any more, so it cannot be told to who may see a part. Grain: one key.';

create function retraining.removed(view_name text, since bigint)
returns table (key jsonb, change_seq bigint)
language sql stable security definer
begin atomic
    select
        r.key,
        r.change_seq
    from mart.removed_keys('retraining', removed.view_name, removed.since) as r;
end;
comment on function retraining.removed(text, bigint) is 'Keys that a view of this schema had and has no more, removed above a number; for readers of the whole country. Grain: one key.';

revoke execute on function mart.removed_keys(text, text, bigint) from public;
revoke execute on function mart.view_freshness(text), mart.is_national_reader() from public;
revoke execute on function profile.removed(text, bigint), retraining.removed(text, bigint) from public;
-- Who reads a view must be allowed the functions in it.
grant execute on function mart.view_freshness(text), mart.is_national_reader()
to profile_reader, retraining_reader, arna_loader, arna_engineer, arna_views;
grant select on profile.freshness to profile_reader, arna_loader, arna_engineer;
grant select on retraining.freshness to retraining_reader, arna_loader, arna_engineer;
grant execute on function profile.removed(text, bigint) to profile_reader, arna_loader, arna_engineer;
grant execute on function retraining.removed(text, bigint) to retraining_reader, arna_loader, arna_engineer;

-- Readers' views belong to the role that row-level security holds for (0022).
select mart.hand_over_views();
