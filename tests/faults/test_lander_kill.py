"""Landers, broker and PostgreSQL are killed under load: afterwards each offset is landed once, or refused, or a gap."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from arna.contracts.registry import Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.postgres import EmbeddedPostgres
from arna.embedded.processes import wait_until
from arna.sources import SourceDefinition, register_source
from arna.warehouse.database import Database
from arna.warehouse.migrations import migrate
from benchmarks.certificates import SOURCE, make_messages
from producers.publisher import Delivery, Outcome
from tests.support.lander import LandingSite

pytestmark = pytest.mark.faults

EVENTS = 20_000


@dataclass
class Stand:
    """Servers that may be killed, and a site on them."""

    kafka: EmbeddedKafka
    postgres: EmbeddedPostgres
    site: LandingSite
    log: Path
    published: int = 0
    deliveries: list[Delivery] = field(default_factory=list)

    def publish(self, count: int) -> None:
        """Certificates, and now and then a message that is none."""
        for number, (value, headers, key) in enumerate(make_messages(self.published + count)):
            if number < self.published:
                continue
            if number % 1_000 == 0:
                self.deliveries.append(self.site.publish_raw(b"{", headers, key))
            self.deliveries.append(self.site.publish_raw(value, headers, key))
        self.published += count
        self.site.flush()

    @contextmanager
    def landers(self) -> Iterator[subprocess.Popen[bytes]]:
        """``arna lander run --workers 2``, with micro-batches so small that a kill hits one."""
        environment = {
            **os.environ,
            "ARNA_HOME": str(self.site.settings.home),
            "ARNA_KAFKA_BOOTSTRAP_SERVERS": self.site.bootstrap_servers,
            "ARNA_WAREHOUSE_URL": str(self.site.settings.warehouse_url),
            "ARNA_LANDER_MAX_POLL_RECORDS": "200",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", "arna.cli.main", "lander", "run", "--workers", "2"]
        with self.log.open("ab") as output:
            supervisor = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            yield supervisor
        finally:
            supervisor.terminate()
            assert supervisor.wait(60) is not None

    def landed(self) -> int:
        return sum(row["next_offset"] - row["start_offset"] for row in self.site.offsets())

    def await_load(self, more_than: int) -> None:
        assert wait_until(lambda: self.landed() > more_than, 90), self.log.read_text()[-3000:]

    def settle(self) -> None:
        """All is landed, and nothing was lost, doubled or made up."""
        assert wait_until(lambda: self.site.waiting() == 0, 120, poll=0.3), self.log.read_text()[-3000:]
        self.site.check_conservation()
        placed = {
            (row["partition"], row["offset"])
            for row in self.site.rows(
                'select partition, "offset" from raw.certification union all '
                'select partition, "offset" from ops.rejection'
            )
        }
        acknowledged = [one for one in self.deliveries if one.outcome is Outcome.DELIVERED]
        assert acknowledged
        assert not [one for one in acknowledged if (one.partition, one.offset) not in placed]
        (persons,) = self.site.rows("select count(*) as n, count(distinct token) as d from vault.person")
        (landed,) = self.site.rows("select count(distinct data::json #>> '{person,iin}') as n from raw.certification")
        assert persons["n"] == persons["d"] == landed["n"]


@pytest.fixture(scope="module")
def stand(short_tmp: Callable[[], Path]) -> Iterator[Stand]:
    folder = short_tmp()
    kafka, postgres = EmbeddedKafka(folder / "k"), EmbeddedPostgres(folder / "p")
    try:
        url = postgres.start()
        migrate(url)
        site = LandingSite(kafka.start(), url, folder, partitions=6, real_topics=True)
        with Database(url) as database:
            register_source(database, SourceDefinition(uri=SOURCE, name="Benchmark", entities=(Entity.CERTIFICATION,)))
        yield Stand(kafka, postgres, site, folder / "lander.log")
        site.close()
    finally:
        kafka.stop()
        postgres.stop("immediate")


def workers(supervisor: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in psutil.Process(supervisor.pid).children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_a_lander_killed_under_load_is_replaced_and_nothing_is_lost(stand: Stand) -> None:
    stand.publish(EVENTS)
    with stand.landers() as supervisor:
        for share in (1, 2, 3):
            stand.await_load(stand.published * share // 6)
            assert wait_until(lambda: len(workers(supervisor)) == 2, 60)
            workers(supervisor)[share % 2].kill()
        stand.settle()


def test_workers_end_with_a_supervisor_that_was_killed(stand: Stand) -> None:
    already = stand.landed()
    stand.publish(EVENTS)
    with stand.landers() as supervisor:
        stand.await_load(already + 1_000)
        orphans = workers(supervisor)
        supervisor.kill()
        assert wait_until(lambda: not [one for one in orphans if one.is_running()], 60)
    with stand.landers():
        stand.settle()


def test_a_broker_killed_under_load_loses_nothing(stand: Stand) -> None:
    already = stand.landed()
    stand.publish(EVENTS)
    with stand.landers() as supervisor:
        stand.await_load(already + 1_000)
        assert stand.kafka.pid is not None
        os.kill(stand.kafka.pid, signal.SIGKILL)
        assert wait_until(lambda: not stand.kafka.is_running(), 30)
        stand.kafka.start()
        stand.publish(1_000)
        stand.settle()
        assert supervisor.poll() is None


def test_a_postgresql_that_crashed_under_load_loses_nothing(stand: Stand) -> None:
    already = stand.landed()
    stand.publish(EVENTS)
    with stand.landers() as supervisor:
        stand.await_load(already + 1_000)
        stand.postgres.stop("immediate")
        stand.postgres.start()
        stand.publish(1_000)
        stand.settle()
        assert supervisor.poll() is None


def test_a_lander_told_to_stop_finishes_its_micro_batch(stand: Stand) -> None:
    already = stand.landed()
    stand.publish(EVENTS)
    with stand.landers() as supervisor:
        stand.await_load(already + 1_000)
        children = workers(supervisor)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(60) == 0
        assert not [one for one in children if one.is_running()]
    stand.site.check_conservation()
    with stand.landers():
        stand.settle()
