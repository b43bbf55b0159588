-- purpose: the columns of a table's primary key, in its order
-- grain: one column
-- key: column_name
select a.attname as column_name
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_index as i on c.oid = i.indrelid and i.indisprimary
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid and a.attnum = any(i.indkey::smallint[])
where n.nspname = 'mart' and c.relname = %(table)s
order by array_position(i.indkey::smallint[], a.attnum);
