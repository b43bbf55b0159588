-- purpose: records with no current version, with several, or with one that is not the highest
-- grain: one record
-- key: source_id and the id of the record
select
    v."{first}" as source_id,
    v."{second}" as record_id
from "{schema}"."{relation}" as v
group by v."{first}", v."{second}"
having
    count(*) filter (where v.is_current) <> 1
    or max(v.record_version) filter (where v.is_current) <> max(v.record_version)
