-- purpose: the same for the batch in hand, which is checked and not loaded yet
-- grain: one event of the batch
-- key: topic_id, partition, offset
update stage."{entity}" as v
set warnings = array_remove(v.warnings, 'kato_unknown')
where
    v.warnings @> array['kato_unknown']
    and exists (
        select 1
        from ref.kato as k
        where k.kato_code = v.kato_code
    );
