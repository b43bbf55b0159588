"""Reconciliation against a real Kafka and a real PostgreSQL: every kind of damage is found, and nothing else."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from kafka import KafkaProducer
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.errors import ConfigError
from arna.ledger import EVENT_TOPICS, partition_progress, wait_until_settled
from arna.reconciliation import CHECKS, ReconcileReport, reconcile
from arna.settings import Settings, get_settings
from arna.topics import ensure_topics, read_offsets
from arna.warehouse.database import Database
from tests.support.landing import Warehouse
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

TOPIC = "arna.vacancy.v1"
PARTITION = 2


@dataclass
class Scene:
    """Ten vacancies in Kafka, of which tests land what they like."""

    url: str
    bootstrap: str
    warehouse: Warehouse
    topic_id: uuid.UUID
    first: int
    values: list[bytes]

    def land(self, *numbers: int) -> None:
        for number in numbers:
            self.warehouse.land("vacancy", self.topic_id, PARTITION, self.first + number, self.values[number])

    def refuse(self, number: int, **columns: object) -> None:
        self.warehouse.refuse("vacancy", self.topic_id, PARTITION, self.first + number, self.values[number], **columns)

    def report(self, role: str = "postgres", **options: object) -> ReconcileReport:
        with Database(role_url(self.url, role)) as database:
            return reconcile(database, self.bootstrap, **options)  # type: ignore[arg-type]


@pytest.fixture
def scene(database_url: str, kafka_bootstrap: str) -> Iterator[Scene]:
    ensure_topics(kafka_bootstrap, Settings())
    kafka = read_offsets(kafka_bootstrap, EVENT_TOPICS)
    warehouse = Warehouse(database_url)
    warehouse.start_all(kafka)
    values = [b'{"n": %d}' % number for number in range(10)]
    producer = KafkaProducer(bootstrap_servers=kafka_bootstrap)
    for value in values:
        producer.send(TOPIC, value=value, partition=PARTITION)
    producer.flush()
    producer.close()
    first = kafka.end[TOPIC, PARTITION]
    yield Scene(database_url, kafka_bootstrap, warehouse, kafka.topic_ids[TOPIC], first, values)
    warehouse.close()


def settle_all(scene: Scene) -> int:
    scene.land(0, 1, 2)
    scene.refuse(3)
    scene.land(4, 5, 6, 7, 8, 9)
    batch_id = scene.warehouse.claim("vacancy")
    scene.refuse(4, batch_id=batch_id, source_id=scene.warehouse.source_id)
    scene.warehouse.run(
        'insert into ops.duplicate (topic_id, partition, "offset", batch_id, source_id, entity, event_id) '
        "values (%s, %s, %s, %s, %s, 'vacancy', gen_random_uuid())",
        scene.topic_id, PARTITION, scene.first + 5, batch_id, scene.warehouse.source_id,
    )  # fmt: skip
    scene.warehouse.load_vacancies(batch_id)
    scene.warehouse.settle(batch_id)
    return batch_id


def test_a_settled_pipeline_has_no_difference(scene: Scene) -> None:
    settle_all(scene)
    report = scene.report(deep=True)
    assert report.failures() == []
    assert report.ok
    assert tuple(report.checks) == CHECKS
    assert report.as_json()["entities"]["vacancy"] == {
        "published": 10, "landed": 10, "loaded": 7, "superseded": 0, "duplicate": 1, "rejected": 2, "held": 0,
        "difference": 0,
    }  # fmt: skip
    assert "10 messages read again" in report.checks["C4"].detail


def test_the_loader_may_reconcile_without_the_vault(scene: Scene) -> None:
    settle_all(scene)
    report = scene.report("arna_loader")
    assert report.ok
    assert report.checks["C7"].detail == "not checked: no vault keys here"


def test_events_on_their_way_are_a_difference_but_no_broken_invariant(scene: Scene) -> None:
    scene.land(0, 1, 2, 3)
    report = scene.report()
    assert report.entities["vacancy"].difference == 10
    assert report.entities["vacancy"].landed == 4
    assert report.checks_ok
    assert not report.ok


def test_a_held_batch_counts_as_held(scene: Scene) -> None:
    scene.land(*range(9))
    scene.refuse(9)
    scene.warehouse.claim("vacancy", "held")
    totals = scene.report().entities["vacancy"]
    assert (totals.held, totals.rejected, totals.difference) == (9, 1, 0)


def break_lost_row(scene: Scene) -> None:
    scene.warehouse.run('delete from raw.vacancy where "offset" = %s', scene.first + 7)


def break_offset_ahead(scene: Scene) -> None:
    scene.warehouse.move(scene.topic_id, PARTITION, scene.first + 11)


def break_row_twice(scene: Scene) -> None:
    scene.warehouse.run(
        "insert into raw.vacancy select topic_id, partition, \"offset\", landed_at + interval '1 s', event_id, "
        "source_id, subject, action, record_version, occurred_at, payload_sha256, data "
        'from raw.vacancy where "offset" = %s',
        scene.first,
    )


def break_refused_and_landed(scene: Scene) -> None:
    scene.refuse(0, stage="landing")


def break_loaded_twice(scene: Scene) -> None:
    scene.warehouse.run('create temp table again as select * from core.vacancy where "offset" = %s', scene.first)
    scene.warehouse.run("update again set vacancy_id = 'other', event_id = gen_random_uuid()")
    scene.warehouse.run("insert into core.vacancy select * from again")


def break_payload(scene: Scene) -> None:
    scene.warehouse.run("update raw.vacancy set payload_sha256 = sha256('other') where \"offset\" = %s", scene.first)


def break_topic_id(scene: Scene) -> None:
    scene.warehouse.run(
        "update ops.landing_offset set topic_id = gen_random_uuid() where topic_id = %s", scene.topic_id
    )


def break_dead_letter(scene: Scene) -> None:
    scene.warehouse.run("delete from ops.outbox where outbox_id = (select min(outbox_id) from ops.outbox)")


def break_letter_of_nobody(scene: Scene) -> None:
    scene.warehouse.run(
        "insert into ops.outbox (topic_name, message_key, headers) values ('dlq.arna.vacancy.v1', 'none', '{}')"
    )


def break_core_row_gone(scene: Scene) -> None:
    scene.warehouse.run('delete from core.vacancy where "offset" = %s', scene.first)


@pytest.mark.parametrize(
    ("damage", "failing"),
    [
        (break_lost_row, {"C1", "C2"}),
        (break_offset_ahead, {"C1", "C3"}),
        (break_row_twice, {"C1", "C2"}),
        (break_refused_and_landed, {"C1", "C2"}),
        (break_loaded_twice, {"C2", "ledger"}),
        (break_payload, {"C2", "C4"}),
        (break_topic_id, {"C1", "C4"}),
        (break_dead_letter, {"C8"}),
        (break_letter_of_nobody, {"C8"}),
        (break_core_row_gone, {"ledger"}),
    ],
)
def test_damage_is_found(scene: Scene, damage: object, failing: set[str]) -> None:
    settle_all(scene)
    damage(scene)  # type: ignore[operator]
    report = scene.report(deep=True)
    assert not report.ok
    assert failing <= {name for name, check in report.checks.items() if not check.ok}


def test_a_declared_gap_is_no_loss_but_is_told(scene: Scene) -> None:
    scene.land(0, 1)
    scene.warehouse.run(
        "insert into ops.offset_gap (topic_id, partition, from_offset, to_offset, reason) "
        "values (%s, %s, %s, %s, 'retention')",
        scene.topic_id, PARTITION, scene.first + 2, scene.first + 5,
    )  # fmt: skip
    scene.land(*range(5, 10))
    report = scene.report(checks=("C1", "C3"))
    assert report.checks_ok
    assert "3 offsets were lost to retention" in report.checks["C1"].detail
    assert report.entities["vacancy"].published == 7


def test_progress_stops_at_the_oldest_open_batch(scene: Scene) -> None:
    scene.land(0, 1, 2)
    held = scene.warehouse.claim("vacancy", "held")
    scene.land(3, 4)
    loaded = scene.warehouse.claim("vacancy", "loaded")
    scene.land(5)
    with Database(scene.url) as database:
        row = next(row for row in partition_progress(database) if (row.topic, row.partition) == (TOPIC, PARTITION))
        assert held < loaded
        assert (row.loaded_offset - scene.first, row.next_offset - scene.first) == (0, 6)
        assert (row.unsettled_count, row.held_count) == (1, 3)


def test_waiting_ends_when_all_is_settled_and_says_what_is_left(scene: Scene) -> None:
    with Database(scene.url) as database:
        seen: list[int] = []
        result = wait_until_settled(database, scene.bootstrap, 0.0, lambda backlog: seen.append(backlog.remaining))
        assert (result.is_settled, seen) == (False, [10])
        scene.land(*range(10))
        held = scene.warehouse.claim("vacancy", "held")
        started = time.monotonic()
        result = wait_until_settled(database, scene.bootstrap, 60.0)
        assert time.monotonic() - started < 30
        assert not result.is_settled
        assert result.backlog is not None
        assert [batch.batch_id for batch in result.backlog.held] == [held]
        scene.warehouse.load_vacancies(held)
        scene.warehouse.settle(held)
        assert wait_until_settled(database, scene.bootstrap, 60.0).is_settled


@pytest.fixture
def run_arna(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    monkeypatch.setenv("ARNA_HOME", str(tmp_path))
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", scene.url)
    monkeypatch.setenv("ARNA_KAFKA_BOOTSTRAP_SERVERS", scene.bootstrap)
    get_settings.cache_clear()
    app = build_app()
    yield lambda *arguments: CliRunner().invoke(app, list(arguments))
    get_settings.cache_clear()


def test_the_command_line_reports_and_exits_by_the_result(scene: Scene, run_arna: Callable[..., Result]) -> None:
    scene.land(0)
    waiting = run_arna("reconcile", "--json", "--check", "C1,ledger")
    assert waiting.exit_code == 1
    assert json.loads(waiting.stdout)["entities"]["vacancy"]["difference"] == 10
    assert list(json.loads(waiting.stdout)["checks"]) == ["C1", "ledger"]
    assert "still on their way" in run_arna("reconcile").output
    given_up = run_arna("wait", "--timeout", "0", "--json")
    assert given_up.exit_code == 1
    assert {"settled": False, "to_land": 9, "to_load": 1}.items() <= json.loads(given_up.stdout).items()
    scene.land(*range(1, 10))
    batch_id = scene.warehouse.claim("vacancy")
    scene.warehouse.load_vacancies(batch_id)
    scene.warehouse.settle(batch_id)
    assert run_arna("wait", "--timeout", "30").exit_code == 0
    settled = run_arna("reconcile", "--json")
    assert settled.exit_code == 0
    assert json.loads(settled.stdout)["ok"] is True
    table = run_arna("reconcile")
    assert table.exit_code == 0
    assert "ledger" in table.output


def test_a_held_batch_is_named_by_wait(scene: Scene, run_arna: Callable[..., Result]) -> None:
    scene.land(*range(10))
    held = scene.warehouse.claim("vacancy", "held")
    waiting = run_arna("wait", "--timeout", "30")
    assert waiting.exit_code == 1
    assert f"arna batch show {held}" in waiting.output


def test_an_unknown_check_is_named(run_arna: Callable[..., Result]) -> None:
    assert isinstance(run_arna("reconcile", "--check", "C99").exception, ConfigError)
