"""The broker is killed for a while during ``arna publish``, and the publisher too: all rows reach core once.

``ARNA_TEST_PUBLISH_ROWS`` and ``ARNA_TEST_OUTAGE_SECONDS`` make it as large as one has patience for.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO, Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from arna.batches import claim
from arna.contracts.registry import SPECS, Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.processes import wait_until
from arna.errors import ArnaError
from arna.settings import Settings
from arna.warehouse.database import Database
from expectations.runner import load_batch, validate_batch
from producers.adapters.tabular import TabularOptions, read_rows
from producers.direct import RawMessage
from producers.publisher import EventPublisher
from producers.spool import Spool
from producers.spool_files import list_spool_files
from producers.spool_status import read_status
from tests.support.lander import LandingSite
from tests.support.samples import SAMPLE_SOURCE, sample_data, sample_event
from tests.support.stack import role_url

pytestmark = pytest.mark.faults

ROWS = int(os.environ.get("ARNA_TEST_PUBLISH_ROWS", "6000"))
OUTAGE = float(os.environ.get("ARNA_TEST_OUTAGE_SECONDS", "6"))
WHEN = "2026-05-01T09:00:00+05:00"
TOPIC = SPECS[Entity.VACANCY].topic


@pytest.fixture
def broker(short_tmp: Callable[[], Path]) -> Iterator[EmbeddedKafka]:
    """A broker that may be killed."""
    kafka = EmbeddedKafka(short_tmp() / "k")
    kafka.start()
    try:
        yield kafka
    finally:
        kafka.stop()


def write_rows(path: Path) -> set[str]:
    """A file of vacancies; returns the ids of its events."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            file.write(json.dumps(sample_data(Entity.VACANCY, number=number), ensure_ascii=False) + "\n")
    options = TabularOptions(SAMPLE_SOURCE, datetime.fromisoformat(WHEN))
    return {row.draft.check().event_id for row in read_rows(path, Entity.VACANCY, options) if row.draft is not None}


def start_publishing(home: Path, servers: str, rows: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "ARNA_HOME": str(home), "ARNA_SPOOL": str(home / "spool")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "arna.cli.main", "publish", "vacancy", str(rows), "--source", SAMPLE_SOURCE]
    command += ["--time", WHEN, "--bootstrap-servers", servers, "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)


def waiting_in(home: Path) -> int:
    """Events in the spool; none while its file is being made."""
    with suppress(ArnaError):
        return sum(read_status(file).events_waiting for file in list_spool_files(home / "spool"))
    return 0


class Arrivals:
    """How many messages a topic holds, asked over one connection."""

    def __init__(self, servers: str, partitions: int) -> None:
        self._consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
        self._places = [TopicPartition(TOPIC, number) for number in range(partitions)]

    def count(self) -> int:
        return sum(self._consumer.end_offsets(self._places).values())

    def close(self) -> None:
        self._consumer.close()


def load_vacancies(site: LandingSite) -> None:
    settings = Settings(home=site.settings.home, warehouse_url=role_url(site.database_url, "arna_loader"))
    with Database(settings.warehouse_url or "") as database:
        while batch := claim(database, Entity.VACANCY, 1_000_000):
            validate_batch(database, settings, batch.batch_id)
            load_batch(database, settings, batch.batch_id)


def check_core(site: LandingSite, event_ids: set[str]) -> Counter[str]:
    """Each event is in raw, and in core once; what arrived again is a duplicate."""
    raw = Counter(str(row["event_id"]) for row in site.raw(Entity.VACANCY))
    assert set(raw) == event_ids
    load_vacancies(site)
    core = Counter(str(row["event_id"]) for row in site.rows("select event_id from core.vacancy"))
    assert core == Counter(event_ids)
    (duplicates,) = site.rows("select count(*) as n from ops.duplicate")
    assert duplicates["n"] == raw.total() - len(event_ids)
    assert not site.rejections()
    return raw


def test_broker_and_publisher_killed_during_publish(
    broker: EmbeddedKafka, database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    servers = broker.bootstrap_servers
    site = LandingSite(servers, database_url, tmp_path / "site", partitions=3, real_topics=True)
    event_ids = write_rows(tmp_path / "rows.jsonl")
    arrivals = Arrivals(servers, 3)
    home = tmp_path / "home"
    with (tmp_path / "publish.log").open("wb") as log:
        first = start_publishing(home, servers, tmp_path / "rows.jsonl", log)
        assert wait_until(lambda: arrivals.count() > ROWS // 20, 60, poll=0.002)
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        killed_at = monotonic()
        assert wait_until(lambda: waiting_in(home) > ROWS // 10, 30, poll=0.01)
        first.kill()
        assert first.wait(30) == -signal.SIGKILL
        left = waiting_in(home)
        assert 0 < left < ROWS
        second = start_publishing(home, servers, tmp_path / "rows.jsonl", log)
        assert wait_until(lambda: waiting_in(home) > left, 60, poll=0.05)
        wait_until(lambda: monotonic() - killed_at >= OUTAGE, OUTAGE + 1, poll=0.1)
        assert second.poll() is None
        assert broker.start() == servers
        output, _ = second.communicate(timeout=120)
    record_property("seconds_from_kill_to_last_answer", round(monotonic() - killed_at, 1))
    report: dict[str, Any] = json.loads(output.splitlines()[-1])
    assert (report["read"], report["accepted"], report["refused"], report["unknown"]) == (ROWS, ROWS, 0, 0)
    assert second.returncode == 0
    assert waiting_in(home) == 0
    site.land_all()
    raw = check_core(site, event_ids)
    site.check_conservation()
    record_property("sent_twice", raw.total() - ROWS)
    arrivals.close()
    site.close()


KILLED_BEFORE_DELETION = """
import os, signal, sys
from pathlib import Path
from producers.draining import Drainer
from producers.direct import DirectPublisher
from producers.spool import Spool

class Mortal(Spool):
    def settle(self, packets):
        os.kill(os.getpid(), signal.SIGKILL)

spool = Mortal(Path(sys.argv[1]), sys.argv[2])
Drainer(spool, lambda: DirectPublisher(sys.argv[2])).drain()
"""


def test_a_kill_between_answer_and_deletion_makes_duplicates_and_nothing_double(
    kafka_bootstrap: str, database_url: str, tmp_path: Path
) -> None:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path / "site")
    events = [sample_event(Entity.VACANCY, number=number) for number in range(300)]
    messages = [RawMessage(site.topic(Entity.VACANCY), *event.to_structured()) for event in events]
    spool = Spool(tmp_path / "spool", kafka_bootstrap)
    spool.add(messages)
    command = [sys.executable, "-c", KILLED_BEFORE_DELETION, str(tmp_path / "spool"), kafka_bootstrap]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert (site.waiting(), spool.count_waiting()) == (300, 300)
    with EventPublisher(kafka_bootstrap, spool=spool):
        assert wait_until(spool.is_empty, 30)
    spool.close()
    site.land_all()
    raw = check_core(site, {event.event_id for event in events})
    assert set(raw.values()) == {2}
    site.close()
