-- purpose: people of whom core has an enrolment that was not voided or a certificate, out of a batch that was taken in, and whom mart.person does not have
-- grain: one record of core
-- key: none
with waiting as (
    select w.batch_id
    from ops.mart_batch as w
    where w.mart_group = '{group}' and w.included_at is null
),

declared as (
    select
        e.person_token,
        e.batch_id
    from core.enrolment as e
    where e.is_current and e.status <> 'voided'
    union all
    select
        c.person_token,
        c.batch_id
    from core.certification as c
    where c.is_current
)

select d.person_token
from declared as d
where
    not exists (
        select 1
        from mart.person as p
        where p.person_token = d.person_token
    )
    and not exists (
        select 1
        from waiting as w
        where w.batch_id = d.batch_id
    )
