-- purpose: remember that a migration ran
-- grain: one migration
-- key: migration_name
insert into ops.migration (migration_name, sha256)
values (%(name)s, %(sha256)s);
