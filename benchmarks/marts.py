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

from arna.embedded.postgres import EmbeddedPostgres
from arna.marts import GROUPS, refresh
from arna.warehouse.database import Database
from benchmarks.country import execute_file, make_country

PEOPLE: Final = 440_000
VACANCIES: Final = 20_000
TURNS: Final = 5


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
                make_country(server, name, people=size, vacancies=VACANCIES)
            builds = {name: _refresh(server, name) for name in sizes}
            # The first turn plans what the others run.
            for turn in range(TURNS + 1):
                for name, size in sizes.items():
                    execute_file(server, name, "change_people", people=size, turn=turn)
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
