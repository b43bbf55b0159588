"""Database access on a real PostgreSQL: transactions, errors without values, lost connections, locks."""

# ruff: noqa: PT012 - what is tested is how a session ends
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from arna.embedded.postgres import EmbeddedPostgres
from arna.errors import WarehouseUnavailable
from arna.warehouse.content import content_hash
from arna.warehouse.database import CommitOutcomeUnknown, Database, StatementError

pytestmark = pytest.mark.integration

SECRET = "990101100000"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url, "arna test") as database, database.session() as session:
        session.run_sql("create table public.note (number integer primary key, text text check (text <> 'bad'))")
    with Database(database_url, "arna test") as database:
        yield database


def count(database: Database) -> int:
    with database.session() as session:
        return int(session.run_sql("select count(*) as n from public.note")[0]["n"])


def test_an_error_rolls_everything_back(database: Database) -> None:
    with pytest.raises(KeyError), database.session() as session:
        session.run_sql("insert into public.note values (1, 'a')")
        raise KeyError
    assert count(database) == 0


def test_a_refused_statement_names_the_constraint_and_no_value(database: Database) -> None:
    for value, state, constraint in ((1, "23505", "note_pkey"), (2, "23514", "note_text_check")):
        with pytest.raises(StatementError) as caught, database.session() as session:
            session.run_sql("insert into public.note values (1, %s)", [SECRET])
            session.run_sql("insert into public.note values (%s, %s)", [value, SECRET if value == 1 else "bad"])
        assert (caught.value.sqlstate, caught.value.constraint) == (state, constraint)
        assert caught.value.relation == "public.note"
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_a_swallowed_error_cannot_look_like_a_commit(database: Database) -> None:
    with pytest.raises(StatementError, match="nothing was committed"), database.session() as session:
        session.run_sql("insert into public.note values (1, 'a')")
        with pytest.raises(StatementError):
            session.run_sql("select 1 / 0")
    assert count(database) == 0


def test_a_savepoint_fails_alone(database: Database) -> None:
    with database.session() as session:
        session.run_sql("insert into public.note values (1, 'a')")
        with pytest.raises(StatementError), session.savepoint():
            session.run_sql("insert into public.note values (2, 'b'), (1, 'c')")
    assert count(database) == 1


def test_sessions_do_not_nest(database: Database) -> None:
    with database.session(), pytest.raises(RuntimeError, match="a session is open"), database.session():
        pass
    assert count(database) == 0


def test_the_session_is_in_utc_and_named(database: Database) -> None:
    with database.session() as session:
        rows = session.run_sql(
            "select current_setting('timezone') as zone, current_setting('application_name') as name"
        )
    assert rows == [{"zone": "UTC", "name": "arna test"}]


def test_a_statement_that_takes_too_long_is_transient(database_url: str) -> None:
    with (
        Database(database_url, statement_timeout=0.05) as database,
        pytest.raises(WarehouseUnavailable, match="57014"),
        database.session() as session,
    ):
        session.run_sql("select pg_sleep(5)")


def kill_sessions(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )


def test_an_idle_connection_that_was_dropped_is_replaced(database: Database, database_url: str) -> None:
    assert count(database) == 0
    kill_sessions(database_url)
    assert count(database) == 0


def test_a_connection_dropped_in_the_middle_is_transient(database: Database, database_url: str) -> None:
    with pytest.raises(WarehouseUnavailable) as caught, database.session() as session:
        session.run_sql("insert into public.note values (1, 'a')")
        kill_sessions(database_url)
        session.run_sql("select 1")
    assert not isinstance(caught.value, CommitOutcomeUnknown)
    assert count(database) == 0


def test_a_connection_dropped_at_commit_leaves_the_outcome_unknown(database: Database, database_url: str) -> None:
    with pytest.raises(CommitOutcomeUnknown), database.session() as session:
        session.run_sql("insert into public.note values (1, 'a')")
        kill_sessions(database_url)
    assert count(database) == 0


def test_a_restarted_server_is_found_again(short_tmp: Callable[[], Path]) -> None:
    server = EmbeddedPostgres(short_tmp() / "restart", {"fsync": "off", "shared_buffers": "16MB"})
    with Database(server.start()) as database:
        try:
            assert database.fetch_one("ops/find_migration.sql") == {"is_there": False}
            server.stop("immediate")
            with pytest.raises(WarehouseUnavailable):
                database.fetch_one("ops/find_migration.sql")
            server.start()
            assert database.fetch_one("ops/find_migration.sql") == {"is_there": False}
        finally:
            server.stop("immediate")


def test_the_entity_lock_excludes_others_until_it_is_given_back(database: Database, database_url: str) -> None:
    with Database(database_url) as other:
        with database.entity_lock("vacancy") as first, other.entity_lock("vacancy") as second:
            assert (first, second) == (True, False)
            with other.session() as session:
                assert not session.lock_entity("vacancy")
                assert session.lock_entity("enrolment")
        with other.entity_lock("vacancy") as third:
            assert third


def test_a_lock_lost_with_its_connection_is_not_forgotten(database: Database, database_url: str) -> None:
    with database.entity_lock("vacancy") as taken:
        assert taken
        kill_sessions(database_url)
        with pytest.raises(WarehouseUnavailable, match="lock was lost"):
            count(database)
        with pytest.raises(WarehouseUnavailable, match="lock was lost"):
            count(database)
    assert count(database) == 0


def test_content_hash_ignores_order_and_lineage_columns(database: Database) -> None:
    with database.session() as session:
        session.run_sql(
            "create table public.a as select n, 'x' || n as t, now() as loaded_at from generate_series(1, 50) n"
        )
        session.run_sql(
            "create table public.b as select n, 'x' || n as t, now() + interval '1 day' as loaded_at "
            "from generate_series(50, 1, -1) n"
        )
    assert content_hash(database, "public.a") == content_hash(database, "public.b")
    with database.session() as session:
        session.run_sql("update public.b set t = 'y' where n = 7")
    assert content_hash(database, "public.a") != content_hash(database, "public.b")
