-- purpose: enrolments that core has, not voided and out of a batch that was taken in, and the history has not in this version
-- grain: one enrolment
-- key: source_id, enrolment_id
select
    e.source_id,
    e.enrolment_id
from core.enrolment as e
where
    e.is_current
    and e.status <> 'voided'
    and not exists (
        select 1
        from mart.education_history as m
        where
            m.source_id = e.source_id
            and m.enrolment_id = e.enrolment_id
            and m.record_version = e.record_version
    )
    and not exists (
        select 1
        from ops.mart_batch as w
        where w.mart_group = '{group}' and w.included_at is null and w.batch_id = e.batch_id
    )
