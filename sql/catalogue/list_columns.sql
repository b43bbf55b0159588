-- purpose: the columns of those relations
-- grain: one column
-- key: schema_name, relation_name, column_name
select
    n.nspname as schema_name,
    c.relname as relation_name,
    a.attname as column_name,
    format_type(a.atttypid, a.atttypmod) as type_name,
    a.attnotnull as is_required,
    col_description(c.oid, a.attnum) as description
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
where
    c.relkind in ('r', 'p', 'v', 'm')
    and not c.relispartition
    and n.nspname = any(%(schemas)s::text[])
    and a.attnum > 0
    and not a.attisdropped
order by n.nspname collate "C", c.relname collate "C", a.attnum;
