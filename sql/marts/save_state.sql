-- purpose: remember what the group was built from
-- grain: one group of marts
-- key: mart_group
insert into ops.mart_state (
    mart_group, as_of_date, model_sha256, skill_revision, reference_load_id, change_seq, refreshed_at
)
values (
    %(mart_group)s, %(today)s, %(model_sha256)s, %(skill_revision)s, %(reference_load_id)s, %(change_seq)s, now()
)
on conflict (mart_group) do update
    set
        as_of_date = excluded.as_of_date,
        model_sha256 = excluded.model_sha256,
        skill_revision = excluded.skill_revision,
        reference_load_id = excluded.reference_load_id,
        change_seq = excluded.change_seq,
        refreshed_at = excluded.refreshed_at;
