-- purpose: versions of a subject that the batch has more than once; the load keeps the first that landed
-- grain: one version
-- key: source_id, <entity>_id, record_version
select
    b.source_id,
    b."{subject}",
    b.record_version
from stage."{candidates}" as b
group by b.source_id, b."{subject}", b.record_version
having count(*) > 1
