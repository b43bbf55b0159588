"""Rows of core written straight into PostgreSQL, the way a load would leave them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from arna.warehouse.database import connection_string

Row = Mapping[str, Any]
TOPIC = uuid.UUID(int=0xA)
IDS = {"enrolment": "enrolment_id", "certification": "certificate_id", "vacancy": "vacancy_id"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "enrolment": {
        "action": "started",
        "organisation_bin": "501240000013",
        "organisation_kind": "university",
        "programme_code": "B057",
        "programme_name_ru": "Информатика",
        "isced_level": 6,
        "study_form": "full_time",
        "language_code": "kk",
        "funding": "state_grant",
        "kato_code": "710000000",
        "begin_date": "2025-09-01",
        "status": "active",
    },
    "certification": {
        "action": "issued",
        "issuer_bin": "501240000013",
        "issuer_name": "AI University",
        "achievement_code": "AI-1",
        "achievement_name_ru": "Основы ИИ",
        "achievement_type": "Certificate",
        "awarded_on": "2026-01-10",
        "language_code": "kk",
        "status": "valid",
    },
    "vacancy": {
        "action": "published",
        "employer_id": "501240000409",
        "employer_name": "Work",
        "language_code": "ru",
        "kato_code": "710000000",
        "is_remote": False,
        "employment_type": "full_time",
        "published_on": "2026-01-05",
        "status": "open",
    },
}
STARTED_ON = {"enrolment": "begin_date", "certification": "awarded_on", "vacancy": "published_on"}


def person_token(number: int) -> uuid.UUID:
    """The token of the test's n-th person."""
    return uuid.UUID(int=number)


class CoreWriter:
    """Writes batches of core rows.

    Short forms in a row: ``id`` (of the entity), ``version``, ``person`` (a number), ``skills`` as a list of names
    or objects. Everything else is a column of core; what is left out gets a default.
    """

    def __init__(self, url: str, sources: int = 3) -> None:
        self._connection = psycopg.connect(connection_string(url), autocommit=True)
        self._offset = 0
        for number in range(1, sources + 1):
            self._connection.execute(
                "insert into ops.source (source_uri, name, entities) values (%s, %s, %s) on conflict do nothing",
                (f"urn:test:{number}", f"source {number}", list(IDS)),
            )

    def close(self) -> None:
        self._connection.close()

    def execute(self, statement: str, params: Any = None) -> None:
        self._connection.execute(statement, params)

    def load(self, rows: Mapping[str, Iterable[Row]]) -> list[int]:
        """Loads one batch per entity; the marts find it waiting."""
        return [self._load_batch(entity, list(rows[entity])) for entity in IDS if rows.get(entity)]

    def _load_batch(self, entity: str, rows: list[Row]) -> int:
        with self._connection.transaction():
            found = self._connection.execute(
                "insert into ops.batch (entity, event_count) values (%s, %s) returning batch_id", (entity, len(rows))
            ).fetchone()
            assert found is not None
            batch_id: int = found[0]
            for row in rows:
                self._insert(entity, batch_id, row)
            self._connection.execute("update ops.batch set state = 'loaded' where batch_id = %s", (batch_id,))
        return batch_id

    def _insert(self, entity: str, batch_id: int, row: Row) -> None:
        self._offset += 1
        values = self._values(entity, row) | {"batch_id": batch_id, "offset": self._offset}
        id_column = IDS[entity]
        subject = (values["source_id"], values[id_column])
        table = sql.Identifier("core", entity)
        current = self._connection.execute(
            sql.SQL("select record_version from {} where source_id = %s and {} = %s and is_current").format(
                table, sql.Identifier(id_column)
            ),
            subject,
        ).fetchone()
        is_current = current is None or current[0] < values["record_version"]
        if is_current:
            statement = "update {} set is_current = false where source_id = %s and {} = %s"
            self._connection.execute(sql.SQL(statement).format(table, sql.Identifier(id_column)), subject)
        values |= {"is_current": is_current, "arrival": "loaded" if is_current else "superseded"}
        self._connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                table,
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() * len(values)),
            ),
            list(values.values()),
        )

    def _values(self, entity: str, row: Row) -> dict[str, Any]:
        given = dict(row)
        values = DEFAULTS[entity] | {
            "source_id": 1,
            IDS[entity]: str(given.pop("id", f"{entity}-{self._offset}")),
            "record_version": given.pop("version", 1),
        }
        if entity != "vacancy":
            values["person_token"] = person_token(given.pop("person", self._offset))
        if entity != "enrolment":
            names = given.pop("skills", ["Python"])
            values["skills"] = Jsonb([{"name": name} if isinstance(name, str) else name for name in names])
        values |= given
        if entity == "vacancy":
            # Vacancies that say the same are reposts of one another, so each has a title of its own.
            values.setdefault("title", f"Аналитик {values['source_id']}/{values['vacancy_id']}")
        if entity == "certification":
            values.setdefault("valid_from", values["awarded_on"])
        values.setdefault("occurred_at", f"{values[STARTED_ON[entity]]}T06:00:00+00:00")
        subject = f"{entity} {values['source_id']} {values[IDS[entity]]} {values['record_version']}"
        return values | {
            "event_id": uuid.uuid5(TOPIC, subject),
            "landed_at": values.get("landed_at", values["occurred_at"]),
            "topic_id": TOPIC,
            "partition": 0,
            "payload_sha256": hashlib.sha256(subject.encode()).digest(),
        }


def with_today(url: str, today: date | datetime | str) -> str:
    """The same database, seen from another day."""
    separator = "&" if "?" in url else "?"
    return f"{url}{separator}options=-carna.today%3D{today}"
