"""Migrations on a real PostgreSQL."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from arna.errors import IntegrityError
from arna.warehouse import migrations
from arna.warehouse.database import Database, StatementError
from arna.warehouse.migrations import migrate, pending
from arna.warehouse.sqlfiles import list_sql
from tests.support.stack import create_database, drop_database, role_url

pytestmark = pytest.mark.integration


@pytest.fixture
def empty_url(postgres_server_url: str) -> Iterator[str]:
    name = f"arna_empty_{uuid.uuid4().hex[:8]}"
    yield create_database(postgres_server_url, name)
    drop_database(postgres_server_url, name)


def test_a_second_run_finds_nothing_to_do(empty_url: str) -> None:
    names = pending(empty_url)
    assert [f"migrations/{name}.sql" for name in names] == list(list_sql("migrations"))
    assert migrate(empty_url) == names
    assert migrate(empty_url) == []
    assert pending(empty_url) == []


def test_two_at_once_apply_each_migration_once(empty_url: str) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(empty_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, applied)) == [0, 0, len(list_sql("migrations"))]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("update ops.migration set sha256 = '\\x00' where migration_name = '0002_ops'", "0002_ops was changed"),
        (
            "insert into ops.migration values ('9999_future', '\\x00')",
            "9999_future, which this release of Arna does not know",
        ),
        ("delete from ops.migration where migration_name = '0002_ops'", "0002_ops comes before"),
    ],
)
def test_a_database_that_differs_from_the_files_is_refused(database_url: str, damage: str, sentence: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        connection.execute(damage)
    with pytest.raises(IntegrityError, match=sentence):
        migrate(database_url)


def test_a_failed_migration_leaves_nothing_behind(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "create table ops.half (number integer); select 1 / 0;"
    monkeypatch.setattr(migrations, "list_sql", lambda folder: (*list_sql(folder), "migrations/9000_broken.sql"))
    for module in (migrations, __import__("arna.warehouse.database", fromlist=["read_sql"])):
        real = module.read_sql
        monkeypatch.setattr(module, "read_sql", lambda name, real=real: text if "9000" in name else real(name))
    with pytest.raises(StatementError, match="9000_broken"):
        migrate(database_url)
    with Database(database_url) as database, database.session() as session:
        assert session.run_sql("select to_regclass('ops.half') is null as is_gone") == [{"is_gone": True}]


def test_every_relation_and_column_has_a_comment(postgres_url: str) -> None:
    with Database(postgres_url) as database, database.session() as session:
        bare = session.run_sql(
            "select c.oid::regclass::text as name, a.attname from pg_class c "
            "join pg_namespace n on n.oid = c.relnamespace "
            "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
            "where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition "
            "and n.nspname in ('raw', 'ops', 'vault', 'ref', 'stage', 'core', 'mart', 'profile', 'retraining') "
            "and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)"
        )
    assert bare == []


def test_the_loader_cannot_read_the_vault(postgres_url: str) -> None:
    with Database(role_url(postgres_url, "arna_loader")) as database, database.session() as session:
        session.fetch_all("ops/list_sources.sql")
        with pytest.raises(StatementError, match="42501"), session.savepoint():
            session.run_sql("select token from vault.person")
