-- purpose: what reference data was loaded from where
-- grain: one load
-- key: load_id
select
    l.load_id,
    l.relation_name,
    l.source_name,
    l.licence,
    l.row_count,
    l.added_count,
    l.changed_count,
    l.retired_count,
    l.loaded_at
from ref.load as l
order by l.load_id;
