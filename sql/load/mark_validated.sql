-- purpose: note that the batch was validated and may be loaded
-- grain: one batch
-- key: batch_id
update ops.batch
set
    state = 'validated',
    validated_at = now()
where batch_id = %(batch_id)s and state in ('claimed', 'validated')
