"""Who may do what: the whole of it, declared in ``tests/data/role_matrix.yaml`` and held against the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from arna.readers import Scope
from arna.warehouse.database import connection_string
from arna.warehouse.migrations import migrate
from tests.support.reading import ALMATY, Readers, reading
from tests.support.rights import read_functions, read_relations
from tests.support.stack import create_database, drop_database

pytestmark = pytest.mark.integration

MATRIX: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "role_matrix.yaml").read_text(encoding="utf-8")
)
ROLES = {
    "lander": "arna_lander",
    "loader": "arna_loader",
    "engineer": "arna_engineer",
    "gateway": "arna_gateway",
    "views": "arna_views",
    "profile": "profile_reader",
    "retraining": "retraining_reader",
}

# Every view a reader's view is made of, down to the tables: which view reads what, and as whom it reads.
BEHIND_VIEWS = """
with recursive reads as (
    select r.ev_class as view, d.refobjid as relation
    from pg_rewrite as r
    join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
),
behind as (
    select v.oid as view from pg_class as v
    where v.relkind = 'v' and v.relnamespace in ('profile'::regnamespace, 'retraining'::regnamespace)
    union
    select d.relation from behind as b join reads as d on d.view = b.view join pg_class as c on c.oid = d.relation
    where c.relkind = 'v'
)
select distinct
    b.view::regclass::text as view,
    pg_get_userbyid(v.relowner) as owner,
    t.oid::regclass::text as relation,
    t.relkind,
    t.relrowsecurity and exists (
        select from pg_policy as p
        where p.polrelid = t.oid and p.polname = 'reader_scope' and p.polroles = array['arna_views'::regrole::oid]
    ) as is_restricted,
    exists (
        select from pg_policy as p
        where p.polrelid = t.oid and p.polname <> 'reader_scope' and p.polroles && array['arna_views'::regrole::oid, 0]
    ) as has_other_policy
from behind as b
join pg_class as v on v.oid = b.view
left join reads as d on d.view = b.view
left join pg_class as t on t.oid = d.relation
"""

DEFINERS = """
select p.oid::regprocedure::text, p.prosrc
from pg_proc as p
where p.prosecdef and p.pronamespace in ('mart'::regnamespace, 'profile'::regnamespace, 'retraining'::regnamespace)
    and (
        p.pronamespace <> 'mart'::regnamespace
        or exists (
            select from pg_rewrite as r
            join pg_class as v on v.oid = r.ev_class
            join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
            where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
        )
    )
"""


@pytest.fixture(scope="module")
def owner(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(connection_string(postgres_url), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def readers(postgres_url: str) -> Iterator[Readers]:
    made = Readers(postgres_url)
    yield made
    made.drop()


@pytest.fixture(scope="module")
def nobody(readers: Readers) -> str:
    return readers.role()


@pytest.fixture(scope="module")
def restricted(readers: Readers) -> str:
    return readers.add(Scope(region_codes=(ALMATY,)))


def test_every_role_of_arna_is_in_the_matrix(owner: psycopg.Connection[Any]) -> None:
    found = owner.execute(r"select rolname from pg_roles where rolname ~ '^arna_|^[^_]+_reader$'").fetchall()
    assert {row[0] for row in found} == set(ROLES.values())


def test_relations_are_as_declared(owner: psycopg.Connection[Any], nobody: str) -> None:
    names = {role: name for name, role in (ROLES | {"nobody": nobody}).items()}
    found = {
        relation: {names[role]: rights for role, rights in cells.items()}
        for relation, cells in read_relations(owner, names).items()
    }
    assert found == {relation: cells or {} for relation, cells in MATRIX["relations"].items()}


def test_functions_are_as_declared(owner: psycopg.Connection[Any], nobody: str) -> None:
    names = {role: name for name, role in (ROLES | {"nobody": nobody}).items()}
    found = {
        function: (["definer"] if is_definer else []) + [names[role] for role in roles]
        for function, (is_definer, roles) in read_functions(owner, names).items()
    }
    assert found == MATRIX["functions"]


def test_a_restricted_reader_has_the_rights_of_its_reader_roles(
    owner: psycopg.Connection[Any], restricted: str
) -> None:
    cells = read_relations(owner, [restricted])
    expected = {
        relation: {restricted: rights}
        for relation, by_role in MATRIX["relations"].items()
        for rights in [by_role.get("profile") or by_role.get("retraining")]
        if rights
    }
    assert {relation: cell for relation, cell in cells.items() if cell} == expected
    callable_ = {name for name, (_, roles) in read_functions(owner, [restricted]).items() if roles}
    assert callable_ == {name for name, roles in MATRIX["functions"].items() if {"profile", "retraining"} & set(roles)}


def test_readers_have_their_views_and_the_reference_to_read_and_nothing_else() -> None:
    for relation, cells in MATRIX["relations"].items():
        for role in ("profile", "retraining"):
            allowed = "S" if relation.partition(".")[0] in {role, "ref"} else None
            assert cells.get(role) in {allowed, None}, relation
        assert "nobody" not in cells, relation
        assert not {"profile", "retraining"} & set(cells) or relation.partition(".")[0] in {
            "profile", "retraining", "ref",
        }  # fmt: skip


@pytest.mark.parametrize("name", [*ROLES, "nobody", "restricted"])
def test_what_is_declared_is_what_a_role_meets(
    name: str, owner: psycopg.Connection[Any], nobody: str, restricted: str
) -> None:
    role = {**ROLES, "nobody": nobody, "restricted": restricted}[name]
    met = {}
    with owner.transaction(force_rollback=True):
        owner.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        for relation in MATRIX["relations"]:
            met[relation] = _may(owner, relation)
    readable = {
        relation: any(
            "S" in cells.get(one, "") for one in (("profile", "retraining") if name == "restricted" else (name,))
        )
        for relation, cells in MATRIX["relations"].items()
    }
    assert met == readable


def _may(connection: psycopg.Connection[Any], relation: str) -> bool:
    """Whether a select of all columns is let through; EXPLAIN checks rights and reads nothing."""
    try:
        with connection.transaction():
            connection.execute(sql.SQL("explain select * from {}").format(sql.Identifier(*relation.split("."))))
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def test_every_table_behind_a_readers_view_is_restricted_or_declared_whole(owner: psycopg.Connection[Any]) -> None:
    restricted, whole, foreign = set(), set(), set()
    for view, view_owner, relation, kind, is_restricted, has_other_policy in owner.execute(BEHIND_VIEWS):
        if view_owner != "arna_views":
            foreign.add(view)
        if relation is None or kind == "v" or view in MATRIX["owner_views"]:
            # What an owner's view reads it reads whole; that is why it has to be declared.
            continue
        (restricted if is_restricted else whole).add(relation)
        assert not has_other_policy, f"{relation}: policies add up, a second one would lift the first"
    assert foreign == set(MATRIX["owner_views"])
    assert restricted == set(MATRIX["rows"])
    assert whole == set(MATRIX["whole_tables"])


def test_row_level_security_is_as_declared(owner: psycopg.Connection[Any]) -> None:
    found = {}
    for relation, expression in owner.execute(
        "select p.polrelid::regclass::text, pg_get_expr(p.polqual, p.polrelid) from pg_policy as p "
        "where p.polname = 'reader_scope'"
    ):
        rules = {
            "person": "person_place" in expression,
            "region": "(region_code = ANY" in expression and "person_place" not in expression,
            "organisation": "(organisation_bin = ANY" in expression and "person_place" not in expression,
            "national": "false" in expression,
        }
        [found[relation]] = [rule for rule, holds in rules.items() if holds]
    assert found == MATRIX["rows"]


def test_functions_that_run_as_their_owner_are_declared(owner: psycopg.Connection[Any]) -> None:
    found = dict(owner.execute(DEFINERS).fetchall())
    assert set(found) == set(MATRIX["definer_functions"])
    for name, reason in MATRIX["definer_functions"].items():
        if reason == "ask mart.reader_scope":
            assert "mart.reader_scope()" in found[name], name


def test_nobody_makes_anything_in_a_schema(owner: psycopg.Connection[Any], nobody: str, restricted: str) -> None:
    makers = owner.execute(
        "select n.nspname, r.rolname from pg_namespace as n cross join pg_roles as r "
        "where n.nspname !~ '^pg_(temp|toast)' and r.rolname = any(%s) "
        "and has_schema_privilege(r.oid, n.oid, 'create')",
        [[*ROLES.values(), nobody, restricted]],
    ).fetchall()
    assert set(makers) == {("profile", "arna_views"), ("retraining", "arna_views")}
    flags = "select rolcanlogin, rolinherit, rolsuper, rolbypassrls from pg_roles where rolname = 'arna_views'"
    assert owner.execute(flags).fetchall() == [(False, False, False, False)]


def test_temporary_objects_are_for_those_who_load(postgres_server_url: str, nobody: str, restricted: str) -> None:
    # Rights on a database do not come with a copy of it: one that was migrated itself is asked.
    name = f"arna_rights_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_server_url, name)
    try:
        migrate(url)
        with psycopg.connect(connection_string(url), autocommit=True) as connection:
            rows = connection.execute(
                "select rolname from pg_roles where rolname = any(%s) "
                "and has_database_privilege(oid, current_database(), 'temporary')",
                [[*ROLES.values(), nobody, restricted]],
            ).fetchall()
        assert {row[0] for row in rows} == {"arna_lander", "arna_loader", "arna_engineer"}
        with reading(url, "profile_reader") as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("create temporary table mine (number integer)")
    finally:
        drop_database(postgres_server_url, name)


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into profile.certificate (person_key) values (gen_random_uuid())",
        "update profile.certificate set language_code = 'kk'",
        "delete from profile.certificate",
        "begin; lock table profile.student in exclusive mode",
        "alter view profile.student set (security_invoker = true)",
        "create view profile.mine as select 1",
        "create table public.mine (number integer)",
        "create function public.mine() returns integer language sql return 1",
        "create schema mine",
        "select mart.today()",
        "select * from mart.reader_scope()",
        "select count(*) from vault.person",
        "update ops.reader_scope set is_national = true",
        "alter table mart.student disable row level security",
        "alter role {me} bypassrls",
        "grant profile_reader to {me} with set true",
        "set session authorization postgres",
        "set role arna_views",
        "set row_security = off; select count(*) from mart.student",
        "select pg_read_file('postgresql.conf')",
        "select pg_read_binary_file('postgresql.conf')",
        "select pg_ls_dir('.')",
        "select lo_import('/etc/passwd')",
        "copy (select 1) to '/tmp/mine'",
        "copy (select 1) to program 'true'",
        "select rolpassword from pg_authid",
        "select * from pg_statistic",
    ],
)  # fmt: skip
def test_a_reader_is_refused(attempt: str, postgres_url: str, restricted: str) -> None:
    with reading(postgres_url, restricted) as reader:
        # The setting of new roles is a courtesy, not the lock.
        reader.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(attempt.replace("{me}", restricted))
