-- purpose: the statements that bring a table of ref to what the stage says, made from its columns: key (of the primary key, without valid_from) and content
-- grain: one row
-- key: none
-- What the load does not speak for (another scheme, say) is left alone: rows count only where the stage has their scope.
with attribute as (
    select
        a.attname,
        a.attnum,
        a.attname = any(%(scope)s::text[]) as is_scope,
        exists(
            select 1
            from pg_catalog.pg_index as i
            where i.indrelid = c.oid and i.indisprimary and a.attnum = any(i.indkey::smallint[])
        ) as is_key
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
    where
        n.nspname = 'ref'
        and c.relname = %(relation)s
        and a.attnum > 0
        and not a.attisdropped
        and a.attname not in ('valid_from', 'valid_to')
),

part as (
    select
        array_agg(t.attname::text order by t.attnum) as all_columns,
        array_agg(t.attname::text order by t.attnum) filter (where t.is_key) as key_columns,
        string_agg(quote_ident(t.attname), ', ' order by t.attnum) as names,
        string_agg('s.' || quote_ident(t.attname), ', ' order by t.attnum) as staged,
        string_agg(quote_ident(t.attname), ', ' order by t.attnum) filter (where t.is_key) as key_names,
        string_agg('k.' || quote_ident(t.attname) || ' = s.' || quote_ident(t.attname), ' and ' order by t.attnum)
        filter (where t.is_key) as key_match,
        string_agg(
            'coalesce(k.' || quote_ident(t.attname) || ', s.' || quote_ident(t.attname) || ')::text',
            ', ' order by t.attnum
        )
        filter (where t.is_key) as key_texts,
        string_agg('k.' || quote_ident(t.attname), ', ' order by t.attnum) filter (where not t.is_key) as held_content,
        string_agg('s.' || quote_ident(t.attname), ', ' order by t.attnum) filter (where not t.is_key) as new_content,
        string_agg(quote_ident(t.attname) || ' = s.' || quote_ident(t.attname), ', ' order by t.attnum)
        filter (where not t.is_key) as assignments,
        string_agg(quote_ident(t.attname) || ' = excluded.' || quote_ident(t.attname), ', ' order by t.attnum)
        filter (where not t.is_key) as taken_up,
        string_agg(
            quote_ident(t.attname) || ' = coalesce(s.' || quote_ident(t.attname) || ', k.' || quote_ident(t.attname) || ')',
            ', ' order by t.attnum
        )
        filter (where t.attname ~ '^name_') as kept_labels,
        coalesce(
            string_agg('k.' || quote_ident(t.attname) || ' = o.' || quote_ident(t.attname), ' and ' order by t.attnum)
            filter (where t.is_scope),
            'true'
        ) as scope_match,
        quote_ident(%(relation)s) as relation,
        quote_literal(%(effective_on)s::date) || '::date' as effective_on
    from attribute as t
),

differing as (
    select
        p.*,
        'row(' || p.held_content || ') is distinct from row(' || p.new_content || ')' as has_changed,
        'k.valid_to is null and exists (select 1 from reference_stage as o where ' || p.scope_match || ')' as is_ours
    from part as p
)

select
    d.all_columns,
    d.key_columns,
    -- A label that is missing in the new edition keeps the one known before.
    format(
        'update reference_stage as s set %%s from ref.%%s as k where k.valid_to is null and %%s',
        coalesce(d.kept_labels, d.assignments), d.relation, d.key_match
    ) as keep_labels,
    format(
        'select case when k.is_held is null then ''added'' when s.is_staged is null then ''retired'' else ''changed'' end '
        'as change, count(*) as row_count, (array_agg(concat_ws('' '', %%1$s) order by concat_ws('' '', %%1$s) collate "C"))[1:5] '
        'as examples from (select k.*, true as is_held from ref.%%2$s as k where %%3$s) as k full join '
        '(select s.*, true as is_staged from reference_stage as s) as s on %%4$s '
        'where k.is_held is null or s.is_staged is null or %%5$s group by 1 order by 1',
        d.key_texts, d.relation, d.is_ours, d.key_match, d.has_changed
    ) as diff,
    -- The end of what a code said before; what it says now gets a row of its own.
    format(
        'update ref.%%1$s as k set valid_to = %%2$s from reference_stage as s '
        'where %%3$s and k.valid_to is null and k.valid_from < %%2$s and %%4$s',
        d.relation, d.effective_on, d.key_match, d.has_changed
    ) as close_changed,
    -- A period of no days would say nothing, so a row that begins no earlier than this edition is corrected.
    format(
        'update ref.%%1$s as k set %%2$s from reference_stage as s '
        'where %%3$s and k.valid_to is null and k.valid_from >= %%4$s and %%5$s',
        d.relation, d.assignments, d.key_match, d.effective_on, d.has_changed
    ) as correct_changed,
    format(
        'update ref.%%1$s as k set valid_to = greatest(%%2$s, k.valid_from + 1) '
        'where %%3$s and not exists (select 1 from reference_stage as s where %%4$s)',
        d.relation, d.effective_on, d.is_ours, d.key_match
    ) as retire_missing,
    -- One that comes back on the day it went is taken up again.
    format(
        'insert into ref.%%1$s (%%2$s, valid_from) select %%3$s, %%4$s from reference_stage as s '
        'where not exists (select 1 from ref.%%1$s as k where %%5$s and k.valid_to is null) '
        'on conflict (%%6$s, valid_from) do update set valid_to = null, %%7$s',
        d.relation, d.names, d.staged, d.effective_on, d.key_match, d.key_names, d.taken_up
    ) as insert_new,
    format(
        'select count(*) as row_count from ref.%%s as k where %%s', d.relation, d.is_ours
    ) as count_rows
from differing as d;
