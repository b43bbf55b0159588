-- purpose: a statement that hashes the rows of a relation whatever their order, over all columns but the excluded ones
-- grain: one row
-- key: none
-- Values without a hash function of their own (json) are hashed as text. Columns count by name, not by position.
select
    format(
        'select count(*) as row_count, coalesce(sum(hash_record_extended(row(%%1$s), 0)::numeric), 0)::text as hash_sum, '
        'coalesce(bit_xor(hash_record_extended(row(%%1$s), 1)), 0)::text as hash_xor from %%2$I.%%3$I',
        string_agg(
            case t.typname when 'json' then format('%%I::text', a.attname) else quote_ident(a.attname) end,
            ', ' order by a.attname
        ),
        n.nspname,
        c.relname
    ) as hash_statement
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where
    n.nspname = %(schema)s
    and c.relname = %(relation)s
    and a.attnum > 0
    and not a.attisdropped
    and not a.attname = any(%(excluded)s::text[])
group by n.nspname, c.relname;
