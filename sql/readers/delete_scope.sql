-- purpose: forget a reader's scope; without one it sees nothing
-- grain: at most one row
-- key: role_name
delete from ops.reader_scope as s
where s.role_name = %(role_name)s;
