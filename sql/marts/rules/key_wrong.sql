-- purpose: keys that are missing or repeated
-- grain: one key
-- key: none
select
    r."{first}" as first_key,
    count(*) as row_count
from "{schema}"."{relation}" as r
group by r."{first}", r."{second}", r."{third}"
having
    count(*) > 1
    or r."{first}" is null
    or r."{second}" is null
    or r."{third}" is null
