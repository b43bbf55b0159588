-- purpose: what became of the events of each source, and when it last sent any that were taken up
-- grain: one entity of one source; source_id is null where a refused message did not tell it
-- key: entity, source_id
select
    l.entity,
    l.source_id,
    sum(l.landed)::bigint as landed,
    sum(l.loaded)::bigint as loaded,
    sum(l.superseded)::bigint as superseded,
    sum(l.duplicate)::bigint as duplicate,
    sum(l.rejected)::bigint as rejected,
    sum(l.held + l.pending)::bigint as waiting,
    max(b.claimed_at) as last_claimed_at
from ops.ledger as l
left join ops.batch as b on l.batch_id = b.batch_id
group by l.entity, l.source_id
order by l.entity asc, l.source_id asc;
