-- purpose: take back the warning of places that KATO has now, and keep what was taken back
-- grain: one warning of one version
-- key: entity, source_id, subject, record_version
with cleared as (
    update core."{entity}" as v
    set warnings = array_remove(v.warnings, %(rule_id)s::text)
    where
        v.warnings @> array[%(rule_id)s::text]
        and exists (
            select 1
            from ref.kato as k
            where k.kato_code = v.kato_code
        )
    returning v.source_id, v."{subject}" as subject_id, v.record_version, v.batch_id
)

insert into ops.cleared_warning (entity, rule_id, source_id, subject_id, record_version, batch_id)
select
    %(entity)s,
    %(rule_id)s,
    c.source_id,
    c.subject_id,
    c.record_version,
    c.batch_id
from cleared as c;
