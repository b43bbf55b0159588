-- purpose: go on with the rights of a reader until the end of the transaction, where the session may take them
-- grain: one row where it may; none where it goes on with its own rights
-- key: none
select set_config('role', %(role)s, true) as role_name
where pg_has_role(session_user, %(role)s, 'set');
