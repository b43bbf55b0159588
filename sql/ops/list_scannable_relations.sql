-- purpose: relations a person's number could stand in, each with the statement that reads all columns that could hold it
-- grain: one table, partitioned table or materialised view outside the excluded schemas
-- key: schema_name, relation_name
select
    n.nspname as schema_name,
    c.relname as relation_name,
    array_agg(a.attname::text order by a.attnum) as column_names,
    format(
        'copy (select %%s from %%I.%%I) to stdout',
        string_agg(
            -- As bytes: hexadecimal digits would look like numbers, and would hide one that is there in plain text.
            case t.typname when 'bytea' then format('encode(%%I, ''escape'')', a.attname) else format('%%I', a.attname) end,
            ', ' order by a.attnum
        ),
        n.nspname,
        c.relname
    ) as copy_statement
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where
    c.relkind in ('r', 'p', 'm')
    and not c.relispartition
    and not n.nspname = any(%(excluded)s::text[])
    and n.nspname !~ '^pg_temp'
    and a.attnum > 0
    and not a.attisdropped
    and t.typname not in (
        'uuid', 'bool', 'int2', 'int4', 'oid', 'float4', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval'
    )
group by n.nspname, c.relname
order by n.nspname, c.relname;
