-- purpose: a statement that writes the keys which went out of a view above a number as CSV, each part of the key a column
-- grain: one row
-- key: none
select
    format(
        'copy (select %%s, r.change_seq from %%I.removed(%%L, %%L) as r) to stdout (format csv)',
        string_agg(format('r.key ->> %%L', k.column_name), ', ' order by k.position),
        %(schema)s::text,
        %(view_name)s::text,
        %(since)s::bigint
    ) as copy_removed
from unnest(%(key_columns)s::text[]) with ordinality as k (column_name, position);
