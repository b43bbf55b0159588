-- purpose: a statement that writes the rows of a view as CSV, all of them or those changed above a number; arrays as JSON, null as nothing
-- grain: one row
-- key: none
select
    format(
        'copy (select %%s from %%I.%%I as v%%s) to stdout (format csv)',
        string_agg(
            case t.typcategory when 'A' then format('to_jsonb(v.%%I)', a.attname) else format('v.%%I', a.attname) end,
            ', ' order by a.attnum
        ),
        n.nspname,
        c.relname,
        coalesce(' where v.change_seq > ' || %(since)s::bigint, '')
    ) as copy_statement
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where
    n.nspname = %(schema)s
    and c.relname = %(relation)s
    and a.attnum > 0
    and not a.attisdropped
group by n.nspname, c.relname;
