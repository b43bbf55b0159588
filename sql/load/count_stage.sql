-- purpose: how much of the batch stands in the stage; the stage is unlogged, so a crash of the server empties it
-- grain: one batch
-- key: batch_id
select
    count(*) filter (where s.batch_id = %(batch_id)s) as staged,
    count(*) filter (where s.batch_id <> %(batch_id)s) as foreign_rows,
    count(*) filter (where s.is_duplicate) as duplicates,
    count(*) filter (where not s.is_duplicate and s.failures <> '{}') as failing,
    (select count(*) from ops.rejection as x where x.batch_id = %(batch_id)s) as rejected
from stage."{entity}" as s
