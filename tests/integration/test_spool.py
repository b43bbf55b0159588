"""The spool before a real broker: published while it was away, refused by it, sent by the command."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.registry import SPECS, Entity
from arna.settings import Settings, get_settings
from arna.topics import end_offsets, ensure_topics
from producers.adapters.tabular import TabularOptions, read_rows
from producers.direct import DirectPublisher, RawMessage
from producers.draining import Drainer
from producers.publisher import EventPublisher, Outcome
from producers.publishing import publish_rows
from producers.spool import Spool
from producers.spool_status import read_status
from tests.support.samples import SAMPLE_SOURCE, sample_data, sample_event

pytestmark = pytest.mark.integration

NOBODY = "127.0.0.1:1"
TOPIC = SPECS[Entity.VACANCY].topic


@pytest.fixture
def kafka(kafka_bootstrap: str) -> str:
    ensure_topics(kafka_bootstrap, Settings())
    return kafka_bootstrap


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder of the test's own, so that its commands meet no other spool."""
    monkeypatch.setenv("ARNA_HOME", str(tmp_path))
    monkeypatch.delenv("ARNA_SPOOL")
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


def last_line(result: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def arrived(kafka: str) -> int:
    return sum(offset for (topic, _), offset in end_offsets(kafka, [TOPIC]).items() if topic == TOPIC)


def write_rows(path: Path, count: int) -> Path:
    path.write_text("".join(json.dumps(sample_data(Entity.VACANCY, number=number)) + "\n" for number in range(count)))
    return path


def test_the_five_lines_of_the_readme_deliver_and_leave_an_empty_spool(kafka: str, home: Path) -> None:
    before = arrived(kafka)
    with EventPublisher(kafka) as publisher:
        delivery = publisher.publish(sample_event(Entity.VACANCY))
    assert delivery.outcome is Outcome.DELIVERED
    assert arrived(kafka) == before + 1
    (status,) = json.loads(run("spool", "status", "--json").stdout.splitlines()[-1])["spools"]
    assert (status["waiting"]["events"], status["refused"]["events"], status["address"]) == (0, 0, kafka)
    assert Path(status["file"]).parent == home / "spool"


def test_what_was_published_while_kafka_was_away_arrives_by_the_command(kafka: str, home: Path) -> None:
    before = arrived(kafka)
    with EventPublisher(NOBODY, close_timeout=0.1) as publisher:
        deliveries = publisher.publish_many(sample_event(Entity.VACANCY, number=number) for number in range(20))
    assert {one.outcome for one in deliveries} == {Outcome.PENDING}
    assert "20 events wait" in run("spool", "status").output
    away = run("spool", "drain", "--timeout", "0.5", "--json")
    assert (away.exit_code, last_line(away)["waiting"]) == (1, 20)
    moved = run("spool", "drain", "--bootstrap-servers", NOBODY, "--to", kafka, "--json")
    assert (moved.exit_code, last_line(moved)) == (0, {"sent": 20, "refused": 0, "waiting": 0, "problems": []})
    assert arrived(kafka) == before + 20


def test_publish_accounts_for_what_waits_and_does_not_enter_it_twice(kafka: str, home: Path) -> None:
    before = arrived(kafka)
    rows = write_rows(home / "rows.jsonl", 700)
    arguments = ("publish", "vacancy", str(rows), "--source", SAMPLE_SOURCE, "--time", "2026-05-01T09:00:00+05:00",
                 "--bootstrap-servers", NOBODY, "--timeout", "0.5", "--json")  # fmt: skip
    for _ in range(2):
        result = run(*arguments)
        report = last_line(result)
        assert (report["read"], report["accepted"], report["refused"], report["unknown"]) == (700, 0, 0, 700)
        assert (report["spooled"], result.exit_code) == (700, 1)
        assert "700 events wait in the spool; `arna spool drain` sends them, or publish again." in result.output
    assert last_line(run("spool", "status", "--json"))["spools"][0]["waiting"]["by_topic"] == {TOPIC: 700}
    assert run("spool", "drain", "--bootstrap-servers", NOBODY, "--to", kafka).exit_code == 0
    assert arrived(kafka) == before + 700


def test_a_spool_that_fills_up_makes_publish_wait_for_the_drain(kafka: str, home: Path) -> None:
    rows = write_rows(home / "rows.jsonl", 3_000)
    options = TabularOptions(SAMPLE_SOURCE, datetime(2026, 5, 1, 9, tzinfo=UTC))
    spool = Spool(home, kafka, max_events=600)
    with EventPublisher(kafka, spool=spool) as publisher:
        report = publish_rows(read_rows(rows, Entity.VACANCY, options), publisher)
    spool.close()
    assert (report.read, report.accepted, report.interrupted) == (3_000, 3_000, False)
    stuck = Spool(home, NOBODY, max_events=600)
    with EventPublisher(NOBODY, spool=stuck, close_timeout=0) as publisher:
        report = publish_rows(read_rows(rows, Entity.VACANCY, options), publisher, patience=0.2)
    stuck.close()
    assert (report.read, report.unknown, report.spooled, report.interrupted) == (1_000, 1_000, 500, True)
    assert "is full" in report.interruption


def test_what_kafka_refuses_is_shown_with_its_reason_and_holds_up_nobody(kafka: str, home: Path) -> None:
    before = arrived(kafka)
    with EventPublisher(kafka) as publisher:
        large = publisher.send_raw(TOPIC, os.urandom(3 << 20), key=b"k")
        invalid = publisher.send_raw("no such topic", b"x", key=b"k")
        good = publisher.publish(sample_event(Entity.VACANCY))
        assert (large.wait(30), large.error) == (Outcome.REFUSED, "MessageSizeTooLargeError")
        assert (invalid.wait(30), invalid.error) == (Outcome.REFUSED, "InvalidTopicError")
        assert good.wait(30) is Outcome.DELIVERED
    (status,) = last_line(run("spool", "status", "--json"))["spools"]
    assert {one["error"]: one["events"] for one in status["refused"]["by_reason"]} == {
        "MessageSizeTooLargeError": 1,
        "InvalidTopicError": 1,
    }
    again = run("spool", "drain", "--retry-refused", "--json")
    assert (again.exit_code, last_line(again)["refused"]) == (1, 2)
    assert "2 refused events deleted" in run("spool", "discard", "--yes").output
    assert run("spool", "drain").exit_code == 0
    assert arrived(kafka) == before + 1


def test_a_topic_that_nobody_made_is_refused_in_the_end(kafka: str, tmp_path: Path) -> None:
    spool = Spool(tmp_path, kafka)
    message = RawMessage(TOPIC, *sample_event(Entity.VACANCY).to_structured())
    spool.add([message._replace(topic="no-such-topic"), message])
    drainer = Drainer(spool, lambda: DirectPublisher(kafka, connect_timeout=1), topic_patience=0.5)
    assert drainer.drain()
    drainer.close()
    assert [(one.topic, one.error) for one in read_status(spool.file).refused] == [
        ("no-such-topic", "UnknownTopicOrPartitionError")
    ]
    assert spool.is_empty()
    spool.close()
    assert "no-such-topic" not in {name for name, _ in end_offsets(kafka, [TOPIC, "no-such-topic"])}
