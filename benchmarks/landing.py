"""Landing, beside its floor: certifications that wait in Kafka become rows of raw.

Both read the same messages of the same topic into the same PostgreSQL, one after the other. The floor is one process
that checks nothing (``benchmarks/floor.py``); the landers are the two workers of ``arna lander run``, with contract,
source registry, tokens, vault, hashes and offsets in the transaction.

The landers are started first, join their group and find nothing to do. Meanwhile the events are published in one
Kafka transaction, so none can be read before all are there; the clock starts when it is committed. The floor's clock
starts at its first poll. So neither start-up counts.

Of each, the best run counts. In the first round both meet a PostgreSQL that has just started and pays for each page of
its memory and its log at first touch, which is no part of landing; in the others it has been at work for a while.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, Final

import psutil
import psycopg
from kafka import KafkaProducer

from arna.contracts.registry import SPECS, Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.postgres import EmbeddedPostgres
from arna.settings import Settings
from arna.sources import SourceDefinition, register_source
from arna.topics import ensure_topics
from arna.vault import ensure_keys
from arna.warehouse.database import Database, connection_string
from arna.warehouse.migrations import migrate
from benchmarks.certificates import SOURCE, make_messages
from producers.direct import BATCH_BYTES, LINGER_MS

EVENTS: Final = 440_000
WORKERS: Final = 2
ROUNDS: Final = 3
TOPIC: Final = SPECS[Entity.CERTIFICATION].topic
_SQL: Final = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run took; CPU seconds are summed over all processes of a part."""

    seconds: float
    client_cpu: float
    postgres_cpu: float
    kafka_cpu: float

    def cpu(self) -> dict[str, float]:
        return {
            "client": round(self.client_cpu, 2),
            "postgres": round(self.postgres_cpu, 2),
            "kafka": round(self.kafka_cpu, 2),
        }


@dataclass(frozen=True, slots=True)
class _Stand:
    """A PostgreSQL and a Kafka of the benchmark's own, set as ``arna up`` sets them."""

    settings: Settings
    watch: psycopg.Connection[Any]
    postgres: EmbeddedPostgres
    kafka: EmbeddedKafka
    log: Path

    def statement(self, name: str) -> tuple[Any, ...]:
        """The first row of a statement of ``benchmarks/sql``."""
        cursor = self.watch.execute((_SQL / f"{name}.sql").read_bytes())
        return (cursor.fetchone() or ()) if cursor.description else ()

    def server_cpu(self) -> tuple[float, float]:
        """CPU seconds of PostgreSQL and Kafka so far."""
        return _tree_cpu(self.postgres.pid), _tree_cpu(self.kafka.pid)


def run(events: int = EVENTS) -> dict[str, Any]:
    """Measures three rounds, each with a broker and a database of its own on one PostgreSQL.

    Returns:
        ``events``, ``seconds`` and ``floor_seconds`` (each the best of its runs), ``ratio``, ``worker_peak_mb`` (the
        largest), what each part spent of the processors in its better round, and all runs.
    """
    landers: list[_Run] = []
    floors: list[_Run] = []
    peak = 0.0
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "p")
        try:
            postgres.start()
            for number in range(ROUNDS):
                with _stand(postgres, Path(folder) / str(number), f"round_{number}") as stand:
                    lander, round_peak, floor = _time_landers(stand, events)
                    landers.append(lander)
                    floors += [floor, _time_floor(stand, events)]
                    peak = max(peak, round_peak)
        finally:
            postgres.stop("immediate")
    best, floor = (min(runs, key=lambda one: one.seconds) for runs in (landers, floors))
    return {
        "events": events,
        "seconds": round(best.seconds, 2),
        "floor_seconds": round(floor.seconds, 2),
        "ratio": round(best.seconds / floor.seconds, 3),
        "worker_peak_mb": round(peak, 1),
        "workers": WORKERS,
        "cpu_seconds": best.cpu(),
        "floor_cpu_seconds": floor.cpu(),
        "runs": [round(one.seconds, 2) for one in landers],
        "floor_runs": [round(one.seconds, 2) for one in floors],
    }


@contextmanager
def _stand(postgres: EmbeddedPostgres, home: Path, name: str) -> Iterator[_Stand]:
    home.mkdir()
    kafka = EmbeddedKafka(home / "k")
    url = postgres.create_database(name)
    try:
        settings = Settings(home=home, kafka_bootstrap_servers=kafka.start(), warehouse_url=url, lander_workers=WORKERS)
        migrate(url)
        with Database(url) as database:
            register_source(database, SourceDefinition(uri=SOURCE, name="Benchmark", entities=(Entity.CERTIFICATION,)))
        ensure_keys(settings.vault_keys_path)
        ensure_topics(str(settings.kafka_bootstrap_servers), settings)
        with psycopg.connect(connection_string(url), autocommit=True) as watch:
            yield _Stand(settings, watch, postgres, kafka, home / "lander.log")
    finally:
        kafka.stop()
        postgres.drop_database(name)


def _time_landers(stand: _Stand, events: int) -> tuple[_Run, float, _Run]:
    """The landers' run, the larger of their peaks, and the floor's run before it, while the landers waited."""
    environment = {
        **os.environ,
        "ARNA_HOME": str(stand.settings.home),
        "ARNA_KAFKA_BOOTSTRAP_SERVERS": str(stand.settings.kafka_bootstrap_servers),
        "ARNA_WAREHOUSE_URL": str(stand.settings.warehouse_url),
    }
    command = [sys.executable, "-m", "arna.cli.main", "lander", "run", "--workers", str(WORKERS)]
    with stand.log.open("wb") as output:
        supervisor = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603
    try:
        workers = _await_workers(stand, supervisor)
        with _publish_at_once(stand, events) as release:
            # The floor reads what is not committed.
            floor = _time_floor(stand, events)
            stand.statement("checkpoint")
            before = sum(_tree_cpu(worker.pid) for worker in workers), *stand.server_cpu()
            started = perf_counter()
            release()
            # Each partition also has the transaction's marker, which the landers declare a gap.
            _await_landed(stand, supervisor, events + stand.settings.topic_partitions)
            seconds = perf_counter() - started
        after = sum(_tree_cpu(worker.pid) for worker in workers), *stand.server_cpu()
        peak = max(_peak_megabytes(worker.pid) for worker in workers)
        _check(stand, events)
    finally:
        supervisor.terminate()
        supervisor.wait(60)
    return _Run(seconds, *(late - early for late, early in zip(after, before, strict=True))), peak, floor


def _await_workers(stand: _Stand, supervisor: subprocess.Popen[bytes], timeout: float = 60.0) -> list[psutil.Process]:
    """The worker processes, once each holds its share of the partitions and has polled without finding anything."""
    deadline = monotonic() + timeout
    while monotonic() < deadline and supervisor.poll() is None:
        lines = [json.loads(line) for line in stand.log.read_text().splitlines() if line.startswith("{")]
        shares = {line["worker"]: line["partitions"] for line in lines if line["event"] == "partitions_started"}
        if len(shares) == WORKERS and sum(shares.values()) == len(SPECS) * stand.settings.topic_partitions:
            sleep(1.0)
            children = psutil.Process(supervisor.pid).children()
            return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        sleep(0.1)
    message = f"the landers did not get ready; their log: {stand.log.read_text()[-2000:]}"
    raise RuntimeError(message)


@contextmanager
def _publish_at_once(stand: _Stand, events: int) -> Iterator[Callable[[], None]]:
    """Publishes in one transaction; the events can be read from when what is yielded is called."""
    producer = KafkaProducer(
        bootstrap_servers=str(stand.settings.kafka_bootstrap_servers).split(","),
        transactional_id="benchmark",
        transaction_timeout_ms=600_000,
        compression_type="lz4",
        linger_ms=LINGER_MS,
        batch_size=BATCH_BYTES,
        metrics_enabled=False,
    )
    try:
        producer.init_transactions()
        producer.begin_transaction()
        for value, headers, key in make_messages(events):
            producer.send(TOPIC, value=value, key=key, headers=headers)
        producer.flush()
        yield producer.commit_transaction
    finally:
        producer.close()


def _await_landed(stand: _Stand, supervisor: subprocess.Popen[bytes], offsets: int) -> None:
    while supervisor.poll() is None:
        if stand.statement("count_landed")[0] >= offsets:
            return
        sleep(0.02)
    message = f"the landers ended with exit code {supervisor.returncode}"
    raise RuntimeError(message)


def _check(stand: _Stand, events: int) -> None:
    """A fast lander that lost something has not won."""
    row = stand.statement("count_rows")
    if row != (events, events, 0):
        message = f"raw, vault and rejections hold {row}, not ({events}, {events}, 0)"
        raise RuntimeError(message)


def _time_floor(stand: _Stand, events: int) -> _Run:
    stand.statement("checkpoint")
    before = stand.server_cpu()
    settings = stand.settings
    arguments = [str(settings.kafka_bootstrap_servers), str(settings.warehouse_url), TOPIC, str(events)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks.floor", *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    measured = json.loads(done.stdout)
    after = stand.server_cpu()
    return _Run(float(measured["seconds"]), float(measured["cpu_seconds"]), after[0] - before[0], after[1] - before[1])


def _tree_cpu(pid: int | None) -> float:
    """CPU seconds of a process, its living children and those it has waited for."""
    if pid is None:
        return 0.0
    process = psutil.Process(pid)
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return float(total)


def _peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
