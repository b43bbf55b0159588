"""Who may do what, asked of the database: one letter a right, for every role, relation and function."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

SYSTEM_SCHEMAS = ["pg_catalog", "information_schema", "pg_toast"]

RELATIONS = """
select
    n.nspname || '.' || c.relname as relation,
    r.rolname as role,
    concat(
        case when has_table_privilege(r.oid, c.oid, 'select') then 'S'
             when has_any_column_privilege(r.oid, c.oid, 'select') then 's' end,
        case when has_table_privilege(r.oid, c.oid, 'insert') then 'I'
             when has_any_column_privilege(r.oid, c.oid, 'insert') then 'i' end,
        case when has_table_privilege(r.oid, c.oid, 'update') then 'U'
             when has_any_column_privilege(r.oid, c.oid, 'update') then 'u' end,
        case when has_table_privilege(r.oid, c.oid, 'delete') then 'D' end,
        case when has_table_privilege(r.oid, c.oid, 'truncate') then 'T' end,
        case when has_table_privilege(r.oid, c.oid, 'maintain') then 'M' end,
        case when has_table_privilege(r.oid, c.oid, 'references') or has_table_privilege(r.oid, c.oid, 'trigger')
             then 'X' end
    ) as rights
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join pg_roles as r
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and not n.nspname = any(%(system)s) and n.nspname !~ '^pg_temp|^pg_toast_temp'
    and r.rolname = any(%(roles)s)
    and has_schema_privilege(r.oid, n.oid, 'usage')
"""

ALL_RELATIONS = """
select n.nspname || '.' || c.relname
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and not n.nspname = any(%(system)s) and n.nspname !~ '^pg_temp|^pg_toast_temp'
"""

# Trigger functions cannot be called.
FUNCTIONS = """
select
    n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as function,
    p.prosecdef as is_definer,
    array(
        select r.rolname::text
        from pg_roles as r
        where r.rolname = any(%(roles)s)
            and has_schema_privilege(r.oid, n.oid, 'usage') and has_function_privilege(r.oid, p.oid, 'execute')
        order by array_position(%(roles)s, r.rolname::text)
    ) as roles
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where not n.nspname = any(%(system)s) and p.prorettype <> 'trigger'::regtype
"""


def read_relations(owner: psycopg.Connection[Any], roles: Iterable[str]) -> dict[str, dict[str, str]]:
    """Rights by relation and role; a role without any is left out, a relation never."""
    values = {"system": SYSTEM_SCHEMAS, "roles": list(roles)}
    found: dict[str, dict[str, str]] = {row[0]: {} for row in owner.execute(ALL_RELATIONS, values)}
    for relation, role, rights in owner.execute(RELATIONS, values):
        if rights:
            found[relation][role] = rights
    return found


def read_functions(owner: psycopg.Connection[Any], roles: Iterable[str]) -> dict[str, tuple[bool, list[str]]]:
    """Whether a function runs as its owner, and who may call it, by its name and arguments."""
    values = {"system": SYSTEM_SCHEMAS, "roles": list(roles)}
    return {row[0]: (row[1], row[2]) for row in owner.execute(FUNCTIONS, values)}
