-- purpose: vacancies that core has, out of a batch that was taken in, and the postings have not
-- grain: one vacancy
-- key: source_id, vacancy_id
select
    v.source_id,
    v.vacancy_id
from core.vacancy as v
where
    v.is_current
    and not exists (
        select 1
        from mart.posting as g
        where g.source_id = v.source_id and g.vacancy_id = v.vacancy_id and g.occurred_at = v.occurred_at
    )
    and not exists (
        select 1
        from ops.mart_batch as w
        where w.mart_group = '{group}' and w.included_at is null and w.batch_id = v.batch_id
    )
