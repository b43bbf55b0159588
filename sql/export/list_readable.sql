-- purpose: which relations are there, and which of them the role may read
-- grain: one relation
-- key: view_name
select
    w.view_name,
    has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as is_readable
from unnest(%(view_names)s::text[]) as w (view_name)
inner join pg_catalog.pg_namespace as n on split_part(w.view_name, '.', 1) = n.nspname
inner join pg_catalog.pg_class as c
    on n.oid = c.relnamespace and split_part(w.view_name, '.', 2) = c.relname;
