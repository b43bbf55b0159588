"""Readers for tests: login roles with a scope, and a small country for them to read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from arna.marts import GROUPS, refresh
from arna.readers import SYSTEMS, Scope, add_reader
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter, with_today
from tests.support.stack import role_url

TODAY = "2026-03-15"
COLLEGE, UNIVERSITY = "501240000013", "501240000409"
ASTANA, ALMATY = "71", "75"


class Readers:
    """Makes login roles; all are gone at the end. Roles belong to the server, so each name is new."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._names: list[str] = []

    def add(self, scope: Scope | None, *, attributes: str = "login") -> str:
        """Name of a new member of both reader roles; without a scope one that was never registered."""
        name = self.role(attributes if scope is None else "")
        if scope is None:
            self.execute("grant profile_reader, retraining_reader to {}", name)
        else:
            with Database(self.url) as database:
                add_reader(database, name, SYSTEMS, scope)
        return name

    def role(self, attributes: str = "login") -> str:
        """Name of a new role, made at once where attributes are given."""
        name = f"t_{uuid.uuid4().hex[:10]}"
        self._names.append(name)
        if attributes:
            self.execute("create role {} " + attributes, name)
        return name

    def execute(self, statement: str, *names: str) -> None:
        """Runs a statement as the owner, with names put in."""
        with psycopg.connect(connection_string(self.url), autocommit=True) as owner:
            owner.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def drop(self) -> None:
        """Removes the roles that are still there."""
        with psycopg.connect(connection_string(self.url), autocommit=True) as owner:
            for name in self._names:
                if owner.execute("select from pg_roles where rolname = %s", [name]).fetchone() is not None:
                    for statement in ("drop owned by {}", "drop role {}"):
                        owner.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def reading(url: str, role: str, today: str = TODAY) -> Iterator[psycopg.Connection[Any]]:
    """A connection as a role that logged in itself."""
    with psycopg.connect(connection_string(role_url(with_today(url, today), role)), autocommit=True) as connection:
        yield connection


def settle(url: str) -> None:
    """Six learners with a certificate each: 1 and 2 at a college and 3 and 4 at a university in Astana, 5 at the
    college's branch in Almaty, 6 once there and now at the university in Astana; 7 has a certificate and no enrolment.
    """
    places = {1: (COLLEGE, ASTANA), 2: (COLLEGE, ASTANA), 3: (UNIVERSITY, ASTANA), 4: (UNIVERSITY, ASTANA)}
    places |= {5: (COLLEGE, ALMATY), 6: (UNIVERSITY, ASTANA)}
    enrolments: list[dict[str, Any]] = [
        {
            "id": f"e{person}",
            "person": person,
            "birth_date": f"2000-01-0{person}",
            "organisation_bin": organisation,
            "kato_code": f"{region}0000000",
            "programme_name_ru": f"{person}0{person}" if organisation == COLLEGE else f"Тайна {person}",
        }
        for person, (organisation, region) in places.items()
    ]
    left = {"begin_date": "2020-09-01", "end_date": "2024-06-30", "status": "ended", "exit_type": "graduated"}
    enrolments.append(
        {"id": "e6-before", "person": 6, "birth_date": "2000-01-06", "organisation_bin": COLLEGE,
         "kato_code": f"{ALMATY}0000000", **left}
    )  # fmt: skip
    writer = CoreWriter(url)
    writer.load(
        {
            "enrolment": enrolments,
            "certification": [{"id": f"c{person}", "person": person} for person in range(1, 8)],
            "vacancy": [{"id": f"v{region}", "kato_code": f"{region}0000000"} for region in (ASTANA, ALMATY)],
        }
    )
    writer.close()
    refresh_marts(url)


def refresh_marts(url: str, today: str = TODAY) -> None:
    """Brings both groups up to date."""
    with Database(with_today(url, today)) as database:
        for group in GROUPS:
            refresh(database, group)
