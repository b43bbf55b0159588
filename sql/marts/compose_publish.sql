-- purpose: the statements that bring a table of mart to what its model says, made from its columns: key (of the primary key), content, change_seq
-- grain: one row
-- key: none
with attribute as (
    select
        a.attname,
        a.attnum,
        quote_ident(a.attname) as name,
        exists(
            select 1
            from pg_catalog.pg_index as i
            where i.indrelid = c.oid and i.indisprimary and a.attnum = any(i.indkey::smallint[])
        ) as is_key
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
    where
        n.nspname = 'mart'
        and c.relname = %(table)s
        and a.attnum > 0
        and not a.attisdropped
        and a.attname <> 'change_seq'
),

part as (
    select
        quote_ident(%(table)s) as relation,
        quote_ident('next_' || %(table)s) as next_relation,
        quote_ident('old_' || %(table)s) as old_relation,
        quote_literal(%(table)s) as relation_text,
        %(change_seq)s::bigint as change_seq,
        -- Above this many keys a reader is told to pull.
        %(key_limit)s::integer + 1 as key_limit,
        string_agg(t.name, ', ' order by t.attnum) as names,
        string_agg('n.' || t.name, ', ' order by t.attnum) as next_names,
        string_agg(t.name, ', ' order by t.attnum) filter (where t.is_key) as key_names,
        string_agg('m.' || t.name, ', ' order by t.attnum) filter (where t.is_key) as held_key_names,
        string_agg('m.' || t.name || ' = n.' || t.name, ' and ' order by t.attnum) filter (where t.is_key) as next_match,
        string_agg('m.' || t.name || ' = o.' || t.name, ' and ' order by t.attnum) filter (where t.is_key) as old_match,
        string_agg(quote_literal(t.attname) || ', ' || t.name, ', ' order by t.attnum) filter (where t.is_key) as key_object,
        string_agg('m.' || t.name, ', ' order by t.attnum) filter (where not t.is_key) as held_content,
        string_agg('n.' || t.name, ', ' order by t.attnum) filter (where not t.is_key) as next_content,
        string_agg(t.name || ' = n.' || t.name, ', ' order by t.attnum) filter (where not t.is_key) as assignments
    from attribute as t
)

select
    format(
        'create temporary table %%1$s (like mart.%%2$s) on commit drop; '
        'alter table %%1$s drop column change_seq; '
        'create temporary table %%3$s on commit drop as select %%4$s from mart.%%2$s with no data',
        p.next_relation, p.relation, p.old_relation, p.key_names
    ) as prepare,
    format('analyze %%s; analyze %%s', p.next_relation, p.old_relation) as gather,
    format(
        'with gone as (delete from mart.%%1$s as m %%2$s not exists (select 1 from %%3$s as n where %%4$s) returning %%5$s), '
        'noted as (insert into mart.tombstone (table_name, key, change_seq) '
        'select %%6$s, jsonb_build_object(%%7$s), %%8$s from gone '
        'on conflict (table_name, key) do update set change_seq = excluded.change_seq), '
        'told as (insert into changed_row (table_name, key) '
        'select %%6$s, jsonb_build_object(%%7$s) from gone limit %%9$s) '
        'select count(*) as removed from gone',
        p.relation,
        case
            when %(is_whole)s then 'where'
            else format('using %%s as o where %%s and', p.old_relation, p.old_match)
        end,
        p.next_relation, p.next_match, p.held_key_names, p.relation_text, p.key_object, p.change_seq, p.key_limit
    ) as take_out,
    format(
        'with done as (merge into mart.%%1$s as m using %%2$s as n on %%3$s %%4$s '
        'when not matched then insert (%%5$s, change_seq) values (%%6$s, %%7$s) '
        'returning merge_action() as action, %%8$s), '
        'told as (insert into changed_row (table_name, key) '
        'select %%9$s, jsonb_build_object(%%10$s) from done limit %%11$s) '
        'select count(*) filter (where action = ''INSERT'') as added, '
        'count(*) filter (where action = ''UPDATE'') as updated from done',
        p.relation, p.next_relation, p.next_match,
        case
            when p.assignments is not null
                then
                    format(
                        'when matched and row(%%s) is distinct from row(%%s) then update set %%s, change_seq = %%s',
                        p.held_content, p.next_content, p.assignments, p.change_seq
                    )
            else ''
        end,
        p.names, p.next_names, p.change_seq, p.held_key_names, p.relation_text, p.key_object, p.key_limit
    ) as take_up
from part as p;
