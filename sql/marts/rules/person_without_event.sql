-- purpose: people of whom core has neither an enrolment that was not voided nor a certificate, and of whom no batch waits
-- grain: one person
-- key: person_key
with waiting as (
    select w.batch_id
    from ops.mart_batch as w
    where w.mart_group = '{group}' and w.included_at is null
)

select p.person_key
from mart.person as p
where
    not exists (
        select 1
        from core.enrolment as e
        where e.person_token = p.person_token and e.is_current and e.status <> 'voided'
    )
    and not exists (
        select 1
        from core.certification as c
        where c.person_token = p.person_token and c.is_current
    )
    and not exists (
        select 1
        from core.enrolment as e
        inner join waiting as w on e.batch_id = w.batch_id
        where e.person_token = p.person_token
    )
    and not exists (
        select 1
        from core.certification as c
        inner join waiting as w on c.batch_id = w.batch_id
        where c.person_token = p.person_token
    )
