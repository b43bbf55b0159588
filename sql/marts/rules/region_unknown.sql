-- purpose: rows of regions that are none of KATO's, nor remote, nor unknown
-- grain: one row of the relation
-- key: none
select r.region_code
from "{schema}"."{relation}" as r
where
    not exists (
        select 1
        from mart.region as g
        where g.region_code = r.region_code
    )
