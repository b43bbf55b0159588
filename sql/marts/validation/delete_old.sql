-- purpose: forget runs over the group that are older than 90 days; a refresh every few seconds makes many
-- grain: one run, its results with it
-- key: mart_validation_id
delete from ops.mart_validation
where
    mart_group = %(mart_group)s
    and started_at < now() - interval '90 days';
