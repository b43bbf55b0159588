-- purpose: end the sessions a role has in this database
-- grain: one session
-- key: pid
select
    a.pid,
    pg_terminate_backend(a.pid) as is_ended
from pg_catalog.pg_stat_activity as a
where a.usename = %(role_name)s and a.datname = current_database() and a.pid <> pg_backend_pid();
