-- purpose: versions that were replaced before they happened: their times do not follow one another as their numbers do
-- grain: one pair of versions
-- key: none
select
    o."{first}" as source_id,
    o."{second}" as record_id
from "{schema}"."{relation}" as o
inner join "{schema}"."{relation}" as n
    on o."{first}" = n."{first}" and o."{second}" = n."{second}"
where
    not o.is_current
    and n.record_version > o.record_version
    and n.occurred_at < o.occurred_at
