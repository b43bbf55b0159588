-- purpose: hold the batch until an engineer releases or discards it
-- grain: one batch
-- key: batch_id
update ops.batch
set
    state = 'held',
    held_rules = %(rules)s,
    validated_at = now(),
    note = null
where batch_id = %(batch_id)s and state in ('claimed', 'validated')
