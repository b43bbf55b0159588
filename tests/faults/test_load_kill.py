"""Loads that are killed in the middle: whatever the moment, the next run leaves the same core."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from arna import batches
from arna.contracts.registry import Entity
from arna.settings import Settings
from arna.warehouse.content import content_hash
from arna.warehouse.database import Database, connection_string
from expectations.runner import load_batch, validate_batch
from tests.support.landed import LANDED_AT, land
from tests.support.samples import sample_event
from tests.support.stack import create_database, drop_database, role_url

pytestmark = pytest.mark.faults

C = Entity.CERTIFICATION
# The child says "at <statement>" before each statement of the load, and waits for a line before it goes on.
_CHILD = """
import sys
from arna import batches
from arna.contracts.registry import Entity
from arna.settings import Settings
from arna.warehouse.database import Database, Session
from expectations.runner import load_batch, validate_batch

url, home, stop_at = sys.argv[1:]
seen = 0
original = Session.execute

def execute(self, name, *arguments, **options):
    result = original(self, name, *arguments, **options)
    if name == stop_at:
        print("REACHED", flush=True)
        sys.stdin.readline()
    return result

Session.execute = execute
settings = Settings(home=home, warehouse_url=url, warehouse_loader_url=url)
with Database(url) as db:
    batch = batches.claim(db, Entity.CERTIFICATION, 1_000_000)
    validate_batch(db, settings, batch.batch_id)
    load_batch(db, settings, batch.batch_id)
print("DONE", flush=True)
"""


def events():
    made = [sample_event(C, number=number) for number in range(60)]
    made += [sample_event(C, number=number, record_version=2) for number in range(20)]
    made += made[:5]
    made += [sample_event(C, number=number, action="revoked", revocation_reason=None) for number in range(100, 105)]
    made += [sample_event(C, number=number, language="ru") for number in range(3)]
    return made


@pytest.fixture(scope="module")
def expected(postgres_server_url, database_template, tmp_path_factory):
    """Core after an undisturbed load."""
    name = "arna_kill_expected"
    url = create_database(postgres_server_url, name, database_template)
    land(url, C, events(), landed_at=LANDED_AT)
    yield finish(url, tmp_path_factory.mktemp("home"))
    drop_database(postgres_server_url, name)


def finish(url, home):
    """What the next run of the DAG does; returns what is stored then."""
    loader = role_url(url, "arna_loader")
    settings = Settings(home=home, warehouse_url=loader, warehouse_loader_url=loader)
    with Database(loader) as db:
        while (batch := batches.claim(db, C, 1_000_000)) is not None:
            validate_batch(db, settings, batch.batch_id)
            load_batch(db, settings, batch.batch_id)
        core = content_hash(db, "core.certification")
    with psycopg.connect(connection_string(url)) as connection:
        rest = [
            connection.execute(statement).fetchall()
            for statement in (
                'select "offset" from ops.duplicate order by 1',
                'select "offset", rule_id from ops.rejection order by 1',
                "select message_key from ops.outbox order by 1",
                "select state, event_count from ops.batch",
                "select count(*) from stage.certification",
            )
        ]
    return core, rest


@pytest.mark.parametrize(
    "statement",
    [
        "load/empty_stage.sql",
        "load/certification/fill_stage.sql",
        "load/mark_duplicates.sql",
        "load/mark_failing.sql",
        "load/mark_validated.sql",
        "load/insert_rejections.sql",
        "load/certification/insert_core.sql",
        "load/finish_batch.sql",
    ],
)
def test_a_killed_load_is_finished_by_the_next_run(database_url, tmp_path, expected, statement):
    land(database_url, C, events(), landed_at=LANDED_AT)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, role_url(database_url, "arna_loader"), str(tmp_path), statement],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        env={key: value for key, value in os.environ.items() if not key.startswith("ARNA_")},
    )  # fmt: skip
    try:
        assert child.stdout.readline().strip() == "REACHED"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    wait_for_lock_release(database_url)
    assert finish(database_url, tmp_path) == expected
    assert finish(database_url, tmp_path) == expected


def wait_for_lock_release(url):
    """PostgreSQL notices the death of a client when it next reads from it."""
    deadline = time.monotonic() + 30
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        while connection.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_two_processes_at_once_leave_the_same_core(database_url, tmp_path, expected):
    land(database_url, C, events(), landed_at=LANDED_AT)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _CHILD, role_url(database_url, "arna_loader"), str(tmp_path), "never"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]  # fmt: skip
    for child in children:
        child.communicate(timeout=200)
    assert finish(database_url, tmp_path) == expected
