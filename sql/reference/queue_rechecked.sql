-- purpose: have the marts take in again the batches whose rows this transaction cleared
-- grain: one batch of one group of marts
-- key: mart_group, batch_id
update ops.mart_batch as q
set included_at = null
where
    q.included_at is not null
    and q.batch_id in (
        select c.batch_id
        from ops.cleared_warning as c
        where c.entity = %(entity)s and c.rule_id = %(rule_id)s and c.cleared_at = now()
    );
