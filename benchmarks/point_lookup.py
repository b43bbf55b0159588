"""Point look-ups: the profile of one person among 440,000, as a reader asks for it.

A warehouse is filled and the profile marts are built by their models. Then ``pgbench`` looks up people at random over
two connections for fifteen seconds: the place of study, all certificates, all skills, in three prepared statements
through the readers' views. Once as ``profile_reader``, which sees the country, and once as a reader restricted to
organisations, of whom each row asks whether it may see the person. A transaction is a person; its latency is from the
first statement sent to the last row received.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import psycopg

from arna.embedded.postgres import EmbeddedPostgres
from arna.marts import refresh
from arna.warehouse.database import Database, connection_string
from benchmarks.country import make_country

PEOPLE: Final = 440_000
SECONDS: Final = 15
WARM_UP_SECONDS: Final = 5
CONNECTIONS: Final = 2
_SQL: Final = Path(__file__).parent / "sql"
_DATABASE: Final = "lookup"


def run(people: int = PEOPLE) -> dict[str, Any]:
    """Measures on a server of its own.

    Returns:
        ``per_second`` and the microseconds that makes of each, ``average_ms`` and ``p95_ms`` of the national reader,
        and the same of the restricted one.
    """
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder:
        server = EmbeddedPostgres(Path(folder) / "p")
        server.start()
        try:
            _fill(server, people)
            national = _look_up(server, "profile_reader", people)
            restricted = _look_up(server, "benchmark_reader", people)
        finally:
            server.stop("immediate")
    return {
        "people": people,
        "connections": CONNECTIONS,
        **national,
        **{f"restricted_{name}": value for name, value in restricted.items()},
    }


def _fill(server: EmbeddedPostgres, people: int) -> None:
    make_country(server, _DATABASE, people=people, vacancies=1_000)
    with Database(server.url(_DATABASE, "arna_loader")) as db:
        refresh(db, "profile")
    with psycopg.connect(connection_string(server.url(_DATABASE)), autocommit=True) as connection:
        connection.execute((_SQL / "add_restricted_reader.sql").read_bytes())
        # What autovacuum does within minutes; the clock shall not meet it.
        connection.execute("vacuum (analyze)")
        connection.execute((_SQL / "checkpoint.sql").read_bytes())


def _look_up(server: EmbeddedPostgres, role: str, people: int) -> dict[str, float]:
    with psycopg.connect(connection_string(server.url(_DATABASE, role)), autocommit=True) as reader:
        # A look-up that finds nobody would be fast, too.
        if reader.execute((_SQL / "count_seen.sql").read_bytes()).fetchone() != (people, people * 5 // 4):
            raise RuntimeError(f"{role} does not see the people it looks up")
    _run_pgbench(server, role, people, WARM_UP_SECONDS)
    return _run_pgbench(server, role, people, SECONDS)


def _run_pgbench(server: EmbeddedPostgres, role: str, people: int, seconds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder:
        command = [
            str(server.program("pgbench")), f"--host={server.socket_dir}", f"--username={role}", "--no-vacuum",
            f"--client={CONNECTIONS}", "--jobs=1", f"--time={seconds}", "--protocol=prepared", "--log",
            f"--define=people={people}", f"--file={_SQL / 'look_up_person.sql'}", _DATABASE,
        ]  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=kept)  # noqa: S603
        # Columns of the log: client, number, microseconds, script, second, microsecond.
        lines = (line.split() for path in Path(folder).glob("pgbench_log.*") for line in path.read_text().splitlines())
        milliseconds = [int(line[2]) / 1000 for line in lines]
    if "number of failed transactions: 0 (" not in done.stdout:
        raise RuntimeError("some look-ups failed")
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError("pgbench does not say how many there were a second")
    per_second = float(found[1])
    return {
        "per_second": round(per_second),
        "microseconds": round(1_000_000 / per_second, 1),
        "average_ms": round(sum(milliseconds) / len(milliseconds), 3),
        "p95_ms": round(quantiles(milliseconds, n=20)[-1], 3),
    }
