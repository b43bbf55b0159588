-- purpose: keys that are missing or repeated; where the primary key of the table keeps them from it, nothing is read
-- grain: one key
-- key: none
with kept as (
    select
        exists(
            select 1
            from pg_catalog.pg_index as i
            where i.indrelid = 'mart."{table}"'::regclass and i.indisprimary and i.indisvalid
        ) as is_kept
)

select
    r."{first}" as first_key,
    count(*) as row_count
from "{schema}"."{relation}" as r
where not (select k.is_kept from kept as k)
group by r."{first}", r."{second}", r."{third}"
having
    count(*) > 1
    or r."{first}" is null
    or r."{second}" is null
    or r."{third}" is null
