-- purpose: the statements that measure a relation for the quality rules of its contract: repeated keys, nulls of each column, rows
-- grain: one row
-- key: none
select
    format(
        'select coalesce(sum(d.row_count - 1), 0) as measured from (select count(*) as row_count from %%I.%%I group by %%s) as d',
        %(schema)s::text, %(relation)s::text, string_agg(format('%%I', c.name), ', ' order by c.place)
    ) as duplicates,
    format(
        'select %%s from %%I.%%I',
        string_agg(format('count(*) filter (where %%1$I is null) as %%1$I', c.name), ', ' order by c.place),
        %(schema)s::text, %(relation)s::text
    ) as nulls,
    format('select count(*) as measured from %%I.%%I', %(schema)s::text, %(relation)s::text) as row_count
from unnest(%(columns)s::text[]) with ordinality as c (name, place);
