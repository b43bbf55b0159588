"""Real servers for the tests: one PostgreSQL and one Kafka per session, spawned or named from outside.

``ARNA_TEST_POSTGRES`` (URL of a superuser) and ``ARNA_TEST_KAFKA`` (bootstrap servers) put servers of
your own in their place. Everything else gets a temporary folder and free ports, so runs do not meet.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.postgres import EmbeddedPostgres


def role_url(url: str, role: str) -> str:
    """The same database as another role, for instance ``arna_lander``."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement)


def create_database(server_url: str, name: str, template: str = "template0") -> str:
    """Make a database as a copy of another one and return its URL."""
    statement = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
    _execute(server_url, statement)
    return _database(server_url, name)


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, ending its sessions."""
    _execute(server_url, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def short_tmp() -> Iterator[Callable[[], Path]]:
    """Makes temporary folders with short paths (a Unix socket's may have 107 bytes); all are deleted."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="arna-t-", dir="/tmp")))
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server_url(short_tmp: Callable[[], Path]) -> Iterator[str]:
    """URL of a superuser's maintenance database on the session's PostgreSQL."""
    if named := os.environ.get("ARNA_TEST_POSTGRES"):
        yield named
        return
    # Nobody pulls the plug on a test's data: without fsync a fresh database takes 30 ms.
    server = EmbeddedPostgres(short_tmp() / "postgres", {"fsync": "off", "shared_buffers": "128MB"})
    server.start()
    try:
        yield server.url("postgres")
    finally:
        server.stop("immediate")


@pytest.fixture(scope="session")
def database_template(postgres_server_url: str) -> Iterator[str]:
    """Name of a migrated database to which nobody connects, so that it can be copied."""
    from arna.warehouse.migrations import migrate

    name = f"arna_template_{uuid.uuid4().hex[:8]}"
    migrate(create_database(postgres_server_url, name))
    yield name
    drop_database(postgres_server_url, name)


@pytest.fixture(scope="session")
def postgres_url(postgres_server_url: str, database_template: str) -> Iterator[str]:
    """A migrated database that the whole session shares."""
    name = f"arna_session_{uuid.uuid4().hex[:8]}"
    yield create_database(postgres_server_url, name, database_template)
    drop_database(postgres_server_url, name)


@pytest.fixture
def database_url(postgres_server_url: str, database_template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    name = f"arna_test_{uuid.uuid4().hex[:12]}"
    yield create_database(postgres_server_url, name, database_template)
    drop_database(postgres_server_url, name)


@pytest.fixture(scope="session")
def kafka_bootstrap(short_tmp: Callable[[], Path]) -> Iterator[str]:
    """Bootstrap servers of the session's broker."""
    if named := os.environ.get("ARNA_TEST_KAFKA"):
        yield named
        return
    broker = EmbeddedKafka(short_tmp() / "kafka")
    broker.start()
    try:
        yield broker.bootstrap_servers
    finally:
        broker.stop()
