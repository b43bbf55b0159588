-- purpose: the relations that the data dictionary tells of, as the catalogue knows them
-- grain: one table, partitioned table or view; partitions are no relations of their own
-- key: schema_name, relation_name
select
    n.nspname as schema_name,
    c.relname as relation_name,
    c.relkind in ('v', 'm') as is_view,
    obj_description(c.oid, 'pg_class') as description,
    -- Pretty: without the brackets around joins, which the parser of the lineage takes for a subquery.
    case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid, true) end as definition,
    coalesce(
        (
            select array_agg(a.attname::text order by array_position(i.indkey::smallint[], a.attnum))
            from pg_catalog.pg_index as i
            inner join pg_catalog.pg_attribute as a
                on i.indrelid = a.attrelid and a.attnum = any(i.indkey::smallint[])
            where i.indrelid = c.oid and i.indisprimary
        ),
        '{}'
    ) as key_columns
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind in ('r', 'p', 'v', 'm')
    and not c.relispartition
    and n.nspname = any(%(schemas)s::text[])
order by n.nspname collate "C", c.relname collate "C";
