"""The outbox table of somebody's database: rows that wait, read in their order, and marked when Kafka has them.

A row is found by *not being marked*, never by a key above the last one seen: a transaction that took a lower key
may commit later, and would be passed over for ever. So each pass begins at the first row that waits.

This is the one module of the producers that imports SQLAlchemy; `arna[database]` brings it, and the database's driver
is the user's own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import orjson
import sqlalchemy as sa
from sqlalchemy import exc

from arna.contracts.registry import Entity
from arna.errors import ConfigError, TransientError
from producers.adapters.outbox_rules import OutboxRules
from producers.adapters.records import flatten, is_too_deep
from producers.adapters.tabular import TabularOptions, draft_of_cloud_event, draft_of_columns
from producers.rows import UNREADABLE, AdaptedRow, Draft, JsonValue, Refusal, parse_moment

_OWN_COLUMNS: Final[tuple[str, ...]] = ("time", "recordversion", "action")


class SourceDatabaseUnavailable(TransientError):
    """The database with the outbox did not answer, or ended the connection; nothing was marked."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A row that waits.

    Attributes:
        key: its primary key.
        version: its version, where a column holds one: it is marked only if that is still its version.
        adapted: the event, or the reason why there is none.
    """

    key: Any
    version: Any
    adapted: AdaptedRow


class OutboxTable:
    """An outbox table; a context manager.

    Args:
        rules: what is said about it.

    Raises:
        ConfigError: the address is not set or cannot be used, or the table lacks what the rules name.
        SourceDatabaseUnavailable: the database does not answer.
    """

    def __init__(self, rules: OutboxRules) -> None:
        self._rules = rules
        self._zone = rules.zone()
        schema, _, name = rules.table.rpartition(".")
        self._names = {field: column for field, column in rules.columns.model_dump().items() if column is not None}
        columns: list[sa.ColumnClause[Any]] = [sa.column(column) for column in dict.fromkeys(self._names.values())]
        self._table = sa.table(name, *columns, schema=schema or None)
        self._engine = _engine(rules)
        try:
            self._check(name, schema or None)
        except BaseException:
            self._engine.dispose()
            raise

    def _check(self, name: str, schema: str | None) -> None:
        with self._asking():
            try:
                found = {column["name"] for column in sa.inspect(self._engine).get_columns(name, schema)}
            except exc.NoSuchTableError:
                raise ConfigError("table", "there is no such table in the database, or it may not be seen.") from None
        if missing := [column for column in self._names.values() if column not in found]:
            raise ConfigError("columns", f"the table has no column {missing[0]}.")

    def read(self, after: JsonValue = None) -> list[OutboxRow]:
        """The next rows that wait, in the order of their keys.

        Args:
            after: key of the last row of this pass; None begins at the first.
        """
        key = self._column("key")
        query = sa.select(*(self._column(field).label(field) for field in self._names)).order_by(key)
        for field in ("sent_at", "error"):
            if field in self._names:
                query = query.where(self._column(field).is_(None))
        if after is not None:
            query = query.where(key > after)
        with self._asking(), self._engine.connect() as connection:
            found = connection.execute(query.limit(self._rules.batch)).mappings().all()
        return [OutboxRow(row["key"], row.get("recordversion"), self._adapt(row)) for row in found]

    def mark(self, rows: Sequence[OutboxRow]) -> None:
        """Marks rows that Kafka has acknowledged, in one transaction. A row that was changed since stays unmarked."""
        if not rows:
            return
        changed = self._are(rows)
        statement: sa.Delete | sa.Update = sa.delete(self._table).where(changed)
        if self._rules.mark == "column":
            sent_at = self._names["sent_at"]
            statement = sa.update(self._table).where(changed).values({sent_at: sa.func.current_timestamp()})
        with self._asking(), self._engine.begin() as connection:
            connection.execute(statement)

    def refuse(self, refused: Sequence[tuple[OutboxRow, str]]) -> None:
        """Writes down why rows are refused, where there is a column for it; they stay in the table."""
        if "error" not in self._names or not refused:
            return
        with self._asking(), self._engine.begin() as connection:
            for row, reason in refused:
                statement = sa.update(self._table).where(self._are([row])).values({self._names["error"]: reason})
                connection.execute(statement)

    def _are(self, rows: Sequence[OutboxRow]) -> sa.ColumnElement[bool]:
        key = self._column("key")
        if "recordversion" not in self._names or self._names["recordversion"] == self._names["key"]:
            return key.in_([row.key for row in rows])
        versioned = [(row.key, row.version) for row in rows if row.version is not None]
        bare = key.in_([row.key for row in rows if row.version is None])
        return sa.or_(sa.tuple_(key, self._column("recordversion")).in_(versioned), bare)

    def _column(self, field: str) -> sa.ColumnElement[Any]:
        column: sa.ColumnElement[Any] = self._table.c[self._names[field]]
        return column

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
            # The text of a driver's error may hold the address with its password, or a row.
            name = type(getattr(error, "orig", None) or error).__name__
            raise SourceDatabaseUnavailable(f"the database named by {self._rules.url_env} fails ({name}).") from None
        except exc.SQLAlchemyError as error:
            name = type(getattr(error, "orig", None) or error).__name__
            raise ConfigError("table", f"the database refuses to read or mark it ({name}).") from None

    def _adapt(self, row: Mapping[Any, Any]) -> AdaptedRow:
        name = self._rules.table
        number = row["key"] if isinstance(row["key"], int) else 0
        result = self._event(row)
        columns: dict[str, str] = {path: self._names[path] for path in _OWN_COLUMNS if path in self._names}
        if isinstance(result, Draft):
            return AdaptedRow(name, number, result, columns=columns)
        return AdaptedRow(name, number, refusal=result, columns=columns)

    def _event(self, row: Mapping[Any, Any]) -> Draft | Refusal:
        payload = _payload(row["payload"])
        if isinstance(payload, Refusal):
            return payload
        entity = self._rules.entity
        if entity is None:
            if row["entity"] not in set(Entity):
                return Refusal(UNREADABLE, "entity_unknown", "", self._names["entity"])
            entity = Entity(row["entity"])
        if self._rules.payload == "cloudevent":
            return draft_of_cloud_event(entity, payload)
        moment = row["time"] if isinstance(row["time"], datetime) else parse_moment(row["time"], self._zone)
        if moment is None:
            return Refusal("envelope_invalid", "time_malformed", "/time", self._names["time"])
        if row["recordversion"] is None:
            return Refusal("envelope_invalid", "attribute_missing", "/recordversion", self._names["recordversion"])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        envelope = {"time": moment.isoformat(), "recordversion": row["recordversion"]}
        envelope |= {"action": row.get("action"), "id": None if row.get("event_id") is None else str(row["event_id"])}
        given = {name: value for name, value in envelope.items() if value is not None}
        fields = {path: value for path, value in flatten(payload) if path not in envelope and path != "source"}
        if len(fields) < len(dict(flatten(payload))):
            return Refusal("schema_invalid", "field_unknown", "/data")
        return draft_of_columns(entity, {**fields, **given}, TabularOptions(self._rules.source), moment)

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _engine(rules: OutboxRules) -> sa.Engine:
    url = os.environ.get(rules.url_env)
    if not url:
        raise ConfigError(
            rules.url_env,
            "is not set.",
            "It holds the database's address, such as postgresql+psycopg://user:…@host/name.",
        )
    try:
        return sa.create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=1)
    except ModuleNotFoundError as error:
        raise ConfigError(rules.url_env, f"needs the driver {error.name}.", "Install it beside arna.") from None
    except (exc.ArgumentError, exc.NoSuchModuleError, ValueError):
        raise ConfigError(rules.url_env, "is no address that SQLAlchemy understands.") from None


def _payload(value: JsonValue) -> dict[str, Any] | Refusal:
    document = value
    if isinstance(value, (str, bytes, memoryview)):
        try:
            document = orjson.loads(value)
        except orjson.JSONDecodeError:
            return Refusal("json_syntax", "json_malformed")
    if not isinstance(document, dict):
        return Refusal(UNREADABLE, "payload_not_object")
    return Refusal("json_limits", "json_too_deep") if is_too_deep(document) else document
