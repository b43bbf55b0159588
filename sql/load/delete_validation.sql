-- purpose: forget an earlier, interrupted validation of the batch
-- grain: one expectation
-- key: batch_id
delete from ops.validation where batch_id = %(batch_id)s
