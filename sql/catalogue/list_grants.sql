-- purpose: which roles may read which relation, be it by a right of their own or of a role they belong to
-- grain: one role and one relation it may read
-- key: schema_name, relation_name, role_name
select
    n.nspname as schema_name,
    c.relname as relation_name,
    r.rolname as role_name
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
cross join pg_catalog.pg_roles as r
where
    c.relkind in ('r', 'p', 'v', 'm')
    and not c.relispartition
    and n.nspname = any(%(schemas)s::text[])
    and not r.rolsuper
    and r.rolname not like 'pg\_%%'
    and has_schema_privilege(r.oid, n.oid, 'usage')
    and has_table_privilege(r.oid, c.oid, 'select')
order by n.nspname collate "C", c.relname collate "C", r.rolname collate "C";
