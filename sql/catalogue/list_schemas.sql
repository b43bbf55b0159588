-- purpose: what the schemas are for
-- grain: one schema
-- key: schema_name
select
    n.nspname as schema_name,
    obj_description(n.oid, 'pg_namespace') as description
from pg_catalog.pg_namespace as n
where n.nspname = any(%(schemas)s::text[])
order by array_position(%(schemas)s::text[], n.nspname::text);
