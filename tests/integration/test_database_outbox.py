"""From an outbox table in PostgreSQL or SQLite to Kafka: each row at least once, under one id, also after kill -9."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from kafka import KafkaConsumer, TopicPartition
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.registry import SPECS, Entity
from arna.embedded.processes import wait_until
from arna.errors import BrokerUnavailable, TransientError
from arna.settings import Settings
from arna.topics import end_offsets, ensure_topics
from producers.adapters.database import OutboxTable
from producers.adapters.outbox_rules import OutboxRules
from producers.direct import DirectPublisher
from producers.relay import OutboxRelay
from tests.support.samples import SAMPLE_SOURCE, sample_data
from tests.support.stack import create_database, drop_database

pytestmark = pytest.mark.integration

TOPIC = SPECS[Entity.VACANCY].topic
RULES: dict[str, Any] = {
    "url_env": "OUTBOX_URL",
    "table": "outbox",
    "entity": "vacancy",
    "source": SAMPLE_SOURCE,
    "mark": "column",
    "batch": 40,
    "columns": {
        "key": "id",
        "payload": "payload",
        "recordversion": "version",
        "time": "changed_at",
        "sent_at": "sent_at",
    },
}
_TABLES = {
    "postgresql": "create table outbox (id bigint primary key, payload jsonb not null, "
    "version integer not null, changed_at timestamptz not null, sent_at timestamptz)",
    "sqlite": "create table outbox (id integer primary key, payload text not null, version integer not null, "
    "changed_at text not null, sent_at text)",
}


@pytest.fixture
def kafka(kafka_bootstrap: str) -> str:
    ensure_topics(kafka_bootstrap, Settings())
    return kafka_bootstrap


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    server = name = ""
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgres_server_url"), f"own_{uuid.uuid4().hex[:8]}"
        url = create_database(server, name)
    else:
        url = f"sqlite:///{tmp_path / 'own.db'}"
    monkeypatch.setenv("OUTBOX_URL", url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(_TABLES[request.param]))
    yield engine
    engine.dispose()
    if server:
        drop_database(server, name)


@pytest.fixture
def subject() -> str:
    """Begins the ids of this test's rows, so that tests on one broker do not count each other's."""
    return f"o{uuid.uuid4().hex[:8]}"


def put(engine: sa.Engine, subject: str, keys: range, version: int = 1, **changes: Any) -> None:
    statement = sa.text("insert into outbox (id, payload, version, changed_at) values (:id, :payload, :version, :at)")
    if engine.dialect.name == "postgresql":
        statement = sa.text(
            "insert into outbox (id, payload, version, changed_at) values (:id, cast(:payload as jsonb), :version, "
            "cast(:at as timestamptz))"
        )
    with engine.begin() as connection:
        for key in keys:
            data = sample_data(Entity.VACANCY, number=key) | {"vacancy_id": f"{subject}-{key}"} | changes
            row = {"id": key, "payload": json.dumps(data), "version": version, "at": "2026-05-04 10:00:00+05:00"}
            connection.execute(statement, row)


def waiting(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.text("select count(*) from outbox where sent_at is null")).scalar_one()


def arrived(kafka: str, subject: str) -> list[tuple[str, str]]:
    """Subject and event id of every message of this test's rows."""
    ends = {place: end for place, end in end_offsets(kafka, [TOPIC]).items() if end}
    places = [TopicPartition(*place) for place in ends]
    consumer = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    try:
        consumer.assign(places)
        consumer.seek_to_beginning()
        found = []
        while any(consumer.position(place) < ends[place.topic, place.partition] for place in places):
            for records in consumer.poll(timeout_ms=500).values():
                found += [json.loads(record.value) for record in records]
    finally:
        consumer.close()
    # Other tests send binary events and worse to the same topics.
    return [(event["subject"], event["id"]) for event in found if str(event.get("subject", "")).startswith(subject)]


def relay(table: OutboxTable, kafka: str) -> OutboxRelay:
    return OutboxRelay(table, lambda: DirectPublisher(kafka, delivery_timeout=30))


def test_every_row_arrives_once_and_is_marked(kafka: str, database: sa.Engine, subject: str) -> None:
    put(database, subject, range(100))
    with OutboxTable(OutboxRules.model_validate(RULES)) as table:
        worker = relay(table, kafka)
        first, second = worker.run_once(), worker.run_once()
        worker.close()
    assert (first.read, first.accepted, second.read) == (100, 100, 0)
    assert waiting(database) == 0
    assert len(arrived(kafka, subject)) == len(set(arrived(kafka, subject))) == 100


def _die_between_sending_and_marking(kafka: str) -> None:
    class DyingTable(OutboxTable):
        def mark(self, rows: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    with DyingTable(OutboxRules.model_validate(RULES)) as table:
        relay(table, kafka).run_once()


def test_a_relay_killed_between_sending_and_marking_sends_again_under_the_same_ids(
    kafka: str, database: sa.Engine, subject: str
) -> None:
    put(database, subject, range(60))
    process = multiprocessing.get_context("spawn").Process(target=_die_between_sending_and_marking, args=(kafka,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert waiting(database) == 60
    with OutboxTable(OutboxRules.model_validate(RULES)) as table:
        worker = relay(table, kafka)
        assert worker.run_once().accepted == 60
        worker.close()
    messages = arrived(kafka, subject)
    assert len(messages) == 100  # the first batch of forty twice
    assert len(set(messages)) == 60
    assert waiting(database) == 0


def test_following_takes_what_is_committed_late_and_outlives_a_broker_that_is_away(
    kafka: str, database: sa.Engine, subject: str
) -> None:
    put(database, subject, range(10, 20))
    stop = threading.Event()
    troubles: list[TransientError] = []
    accepted: list[int] = []
    attempts = iter([True])

    def connect() -> DirectPublisher:
        if next(attempts, False):
            raise BrokerUnavailable("no Kafka broker answers at 127.0.0.1:1")
        return DirectPublisher(kafka, delivery_timeout=30)

    with OutboxTable(OutboxRules.model_validate(RULES)) as table:
        worker = OutboxRelay(table, connect)
        thread = threading.Thread(
            target=worker.follow, args=(stop, lambda report: accepted.append(report.accepted), troubles.append, 0.05)
        )
        thread.start()
        try:
            assert wait_until(lambda: waiting(database) == 0, 30)
            put(database, subject, range(10))
            assert wait_until(lambda: waiting(database) == 0, 30)
        finally:
            stop.set()
            thread.join()
            worker.close()
    assert len(troubles) == 1
    assert sum(accepted) == 20
    assert len(set(arrived(kafka, subject))) == 20


def test_the_command_reports_refused_rows_and_leaves_them(
    kafka: str, database: sa.Engine, subject: str, tmp_path: Path
) -> None:
    put(database, subject, range(3))
    put(database, subject, range(3, 5), status="asleep")
    file = tmp_path / "outbox.yaml"
    file.write_text(json.dumps(RULES))
    arguments = ["relay", str(file), "--bootstrap-servers", kafka, "--json"]
    result = CliRunner().invoke(build_app(), arguments)
    report = json.loads(result.stdout.splitlines()[-1])
    assert (report["read"], report["accepted"], report["refused"], report["unknown"]) == (5, 3, 2, 0)
    assert {(refusal["row"], refusal["rule"]) for refusal in report["refusals"]} == {
        (3, "value_not_listed"), (4, "value_not_listed"),
    }  # fmt: skip
    assert result.exit_code == 1
    assert waiting(database) == 2
