"""Marts: what a refresh costs when a thousand people change, with few and with many people stored; and the full build.

Two warehouses on one PostgreSQL, one with 440,000 people and one with a tenth, are filled with the same kinds of rows.
In turn each gets a batch of 1,000 changed people (a third ends an enrolment, a third loses a certificate, a third
earns one), and both groups are refreshed as role ``arna_loader``. Of each the median counts. The full build is the
first refresh of both groups, from nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import psycopg

from arna.embedded.postgres import EmbeddedPostgres
from arna.marts import GROUPS, refresh
from arna.warehouse.database import Database, connection_string
from arna.warehouse.migrations import migrate

PEOPLE: Final = 440_000
VACANCIES: Final = 20_000
TURNS: Final = 5
_SQL: Final = Path(__file__).parent / "sql"


def run(people: int = PEOPLE) -> dict[str, Any]:
    """Measures on a server of its own.

    Returns:
        ``build_seconds`` of both groups, ``change_seconds`` for 1,000 people among all and ``small_change_seconds``
        among a tenth of them, their ``ratio``, and the seconds by group.
    """
    sizes = {"many": people, "few": people // 10}
    changes: dict[str, list[dict[str, float]]] = {name: [] for name in sizes}
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as folder:
        server = EmbeddedPostgres(Path(folder) / "p")
        server.start()
        try:
            for name, size in sizes.items():
                server.create_database(name)
                migrate(server.url(name))
                _execute(server, name, "fill_core", people=size, vacancies=VACANCIES)
            builds = {name: _refresh(server, name) for name in sizes}
            # The first turn plans what the others run.
            for turn in range(TURNS + 1):
                for name, size in sizes.items():
                    _execute(server, name, "change_people", people=size, turn=turn)
                    changes[name].append(_refresh(server, name))
        finally:
            server.stop("immediate")
    many, few = (median(sum(times.values()) for times in changes[name][1:]) for name in ("many", "few"))
    return {
        "people": people,
        "vacancies": VACANCIES,
        "build_seconds": round(sum(builds["many"].values()), 1),
        "build_by_group": {group: round(seconds, 1) for group, seconds in builds["many"].items()},
        "change_seconds": round(many, 2),
        "change_by_group": {group: round(median(times[group] for times in changes["many"][1:]), 2) for group in GROUPS},
        "first_change_seconds": round(sum(changes["many"][0].values()), 2),
        "small_change_seconds": round(few, 2),
        "ratio": round(many / few, 2),
    }


def _execute(server: EmbeddedPostgres, name: str, statement: str, **values: int) -> None:
    with psycopg.connect(connection_string(server.url(name)), autocommit=True) as connection:
        for key, value in values.items():
            connection.execute("select set_config(%s, %s, false)", (f"benchmark.{key}", str(value)))
        connection.execute((_SQL / f"{statement}.sql").read_bytes())


def _refresh(server: EmbeddedPostgres, name: str) -> dict[str, float]:
    seconds = {}
    with Database(server.url(name, "arna_loader")) as db:
        for group in GROUPS:
            started = perf_counter()
            result = refresh(db, group)
            seconds[group] = perf_counter() - started
            if not any(result.changes.values()):
                message = f"the {group} marts of {name} took in nothing"
                raise RuntimeError(message)
    return seconds
