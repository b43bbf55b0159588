-- purpose: columns of a relation with their types
-- grain: one column
-- key: column_name
select
    a.attname as column_name,
    format_type(a.atttypid, a.atttypmod) as type_name,
    case when t.typcategory = 'A' then format_type(t.typelem, -1) end as element_type_name
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where
    n.nspname = %(schema)s
    and c.relname = %(relation)s
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;
