-- purpose: certificates that core has, out of a batch that was taken in, and the mart has not in this version
-- grain: one certificate
-- key: source_id, certificate_id
select
    c.source_id,
    c.certificate_id
from core.certification as c
where
    c.is_current
    and not exists (
        select 1
        from mart.certificate as m
        where
            m.source_id = c.source_id
            and m.certificate_id = c.certificate_id
            and m.record_version = c.record_version
    )
    and not exists (
        select 1
        from ops.mart_batch as w
        where w.mart_group = '{group}' and w.included_at is null and w.batch_id = c.batch_id
    )
