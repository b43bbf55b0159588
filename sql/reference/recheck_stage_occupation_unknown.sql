-- purpose: the same for the batch in hand, which is checked and not loaded yet
-- grain: one event of the batch
-- key: topic_id, partition, offset
update stage."{entity}" as v
set warnings = array_remove(v.warnings, 'occupation_unknown')
where
    v.warnings @> array['occupation_unknown']
    and exists (
        select 1
        from ref.occupation as k
        where k.scheme = v.occupation_scheme and k.occupation_code = v.occupation_code
    );
