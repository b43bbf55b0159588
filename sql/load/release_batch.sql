-- purpose: let a held batch be loaded; its batch rules only warn from now on
-- grain: one batch
-- key: batch_id
update ops.batch
set
    state = 'claimed',
    is_released = true,
    note = %(note)s
where batch_id = %(batch_id)s and state = 'held'
