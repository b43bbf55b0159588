"""Latency: from the publisher's acknowledgement to a row in core, on an idle stack.

One event at a time goes through Kafka, a lander, the doorbell, Airflow's scheduler and the three tasks of
``load_vacancy``; then the stack rests until nothing runs any more, so no event meets the work of the one before.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import psycopg

from arna.contracts.envelope import Event, build_event
from arna.contracts.identifiers import make_synthetic_bin
from arna.contracts.registry import Entity
from arna.embedded.stack import Stack
from arna.settings import Settings
from arna.sources import SourceDefinition, register_source
from arna.warehouse.database import Database, connection_string
from producers.direct import DirectPublisher

SAMPLES: Final = 30
_SOURCE: Final = f"urn:kz:bin:{make_synthetic_bin(8)}"
_WARM_UP: Final = 3
_TIMEOUT: Final = 120.0
_SQL: Final = Path(__file__).parent / "sql"
# No worker holds an entity's lock and Airflow has nothing to do: one run may still be ending after its row is visible.
_RESTING_SECONDS: Final = 3.0


def run(samples: int = SAMPLES) -> dict[str, Any]:
    """Measures on a stack of its own."""
    with _stack() as settings, DirectPublisher(str(settings.kafka_bootstrap_servers)) as publisher:
        with Database(str(settings.warehouse_url)) as db:
            register_source(db, SourceDefinition(uri=_SOURCE, name="benchmark", entities=(Entity.VACANCY,)))
        seconds = []
        with psycopg.connect(connection_string(str(settings.warehouse_url)), autocommit=True) as connection:
            for number in range(_WARM_UP + samples):
                seconds.append(_measure(publisher, connection, _event(number)))
                sleep(_RESTING_SECONDS + number % 7 / 7)
    measured = sorted(seconds[_WARM_UP:])
    return {
        "samples": len(measured),
        "p50_s": round(statistics.median(measured), 2),
        "p95_s": round(statistics.quantiles(measured, n=20, method="inclusive")[-1], 2),
        "max_s": round(measured[-1], 2),
    }


def _measure(publisher: DirectPublisher, connection: psycopg.Connection[Any], event: Event) -> float:
    find = (_SQL / "find_vacancy.sql").read_text()
    publisher.publish(event)
    publisher.flush(30)
    started = monotonic()
    _wait(lambda: connection.execute(find, {"vacancy_id": event.subject}).fetchone() is not None)
    return monotonic() - started


def _wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + _TIMEOUT
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError("the event did not reach core")
        sleep(0.02)


def _event(number: int) -> Event:
    data = {
        "vacancy_id": f"latency-{number}",
        "employer": {"id": _SOURCE.rpartition(":")[2], "name": "ЖШС «Өлшем»"},
        "title": "Инженер данных",
        "language": "ru",
        "kato": "750000000",
        "remote": False,
        "employment_type": "full_time",
        "openings": 1,
        "skills": [{"name": "SQL"}],
        "published_on": "2026-05-01",
        "status": "open",
    }
    return build_event(
        Entity.VACANCY, "published", data, source=_SOURCE, subject=f"latency-{number}", record_version=1,
        occurred_at=datetime(2026, 5, 1, 9, 0, tzinfo=UTC),
    )  # fmt: skip


@contextmanager
def _stack() -> Iterator[Settings]:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # its children would compile everything at each start
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder:
        stack = Stack(Settings(home=Path(folder)))
        try:
            stack.up()
            yield stack.effective_settings()
        finally:
            stack.down()
