-- purpose: what became of the events of a batch
-- grain: one batch
-- key: batch_id
select
    c.loaded,
    c.superseded,
    (select count(*) from ops.duplicate as d where d.batch_id = %(batch_id)s) as duplicates,
    (select count(*) from ops.rejection as x where x.batch_id = %(batch_id)s) as rejected
from (
    select
        count(*) filter (where v.arrival = 'loaded') as loaded,
        count(*) filter (where v.arrival = 'superseded') as superseded
    from core."{entity}" as v
    where v.batch_id = %(batch_id)s
) as c
