-- purpose: the memory of migrations; made beside the first one, since the schema ops comes with it
-- grain: one migration
-- key: migration_name
create table if not exists ops.migration (
    migration_name text primary key,
    sha256 bytea not null,
    applied_at timestamptz not null default now()
);
comment on table ops.migration is 'Migrations that ran in this database. Grain: one migration.';
comment on column ops.migration.migration_name is 'Name of the file without its suffix.';
comment on column ops.migration.sha256 is 'SHA-256 of the file as it ran.';
comment on column ops.migration.applied_at is 'When it ran.';
