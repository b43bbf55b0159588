-- purpose: what became of the events of a batch
-- grain: one batch
-- key: batch_id
select
    (select count(*) from core."{entity}" as v where v.batch_id = %(batch_id)s and v.arrival = 'loaded') as loaded,
    (select count(*) from core."{entity}" as v where v.batch_id = %(batch_id)s and v.arrival = 'superseded') as superseded,
    (select count(*) from ops.duplicate as d where d.batch_id = %(batch_id)s) as duplicates,
    (select count(*) from ops.rejection as x where x.batch_id = %(batch_id)s) as rejected
