-- purpose: the ledger by entity, with what does not add up: an unsettled rest of a settled batch, or a negative rest
-- grain: one entity that has landed anything
-- key: entity
select
    l.entity,
    sum(l.landed)::bigint as landed,
    sum(l.loaded)::bigint as loaded,
    sum(l.superseded)::bigint as superseded,
    sum(l.duplicate)::bigint as duplicate,
    sum(l.rejected)::bigint as rejected,
    sum(l.held)::bigint as held,
    sum(l.pending)::bigint as pending,
    count(*) filter (
        where l.held < 0 or l.pending < 0 or (l.pending <> 0 and l.batch_state in ('loaded', 'discarded'))
    ) as incident_count,
    min(l.batch_id) filter (
        where l.held < 0 or l.pending < 0 or (l.pending <> 0 and l.batch_state in ('loaded', 'discarded'))
    ) as first_incident_batch_id
from ops.ledger as l
group by l.entity
order by l.entity;
