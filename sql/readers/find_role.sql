-- purpose: what a role of the server may do beside reading, and which of our roles it is a member of; no row where there is none
-- grain: at most one row
-- key: role_name
select
    r.rolname::text as role_name,
    r.rolcanlogin as can_login,
    r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication as is_privileged,
    array(
        select o.rolname::text
        from pg_catalog.pg_roles as o
        where o.rolname ~ '^arna_' and pg_has_role(r.oid, o.oid, 'member')
        order by o.rolname
    ) as staff_roles,
    array(
        select g.rolname::text
        from pg_catalog.pg_auth_members as m
        inner join pg_catalog.pg_roles as g on m.roleid = g.oid
        where m.member = r.oid and g.rolname in ('profile_reader', 'retraining_reader')
        order by g.rolname
    ) as reader_roles
from pg_catalog.pg_roles as r
where r.rolname = %(role_name)s;
