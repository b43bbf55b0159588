"""What a file says about the outbox table of somebody's database: where it is and what its columns hold."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from arna.contracts.registry import Entity
from producers.adapters.yaml_file import read_yaml

_ZONE: Final = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OutboxColumns(_Strict):
    """The columns of the table.

    Attributes:
        key: its primary key, one column; rows are published in its order.
        payload: JSON, as text or as a JSON type: the data of the contract, or a whole CloudEvent.
        recordversion: version of the subject; may be the key. Not for whole CloudEvents.
        time: when it happened. Not for whole CloudEvents.
        entity: enrolment, certification or vacancy, where the table holds several.
        action: past action; unset: by the status and the version.
        event_id: a UUID of the event; unset: it follows from the content.
        sent_at: set when Kafka has acknowledged the row, with ``mark: column``.
        error: gets the reason why a row is refused; such a row is left alone until it is null again.
    """

    key: str
    payload: str
    recordversion: str | None = None
    time: str | None = None
    entity: str | None = None
    action: str | None = None
    event_id: str | None = None
    sent_at: str | None = None
    error: str | None = None


class OutboxRules(_Strict):
    """An outbox.

    Attributes:
        url_env: name of the environment variable with the SQLAlchemy URL of the database.
        table: the table, ``schema.table`` where it has a schema.
        columns: what its columns hold.
        entity: what the rows hold, unless a column says it.
        source: CloudEvents source, unless the payload is a whole CloudEvent.
        mark: what becomes of a row that Kafka has acknowledged: ``delete`` it, or set ``sent_at`` (``column``).
        payload: ``data`` of the contract, or ``cloudevent``.
        time_zone: of times without an offset.
        batch: rows that are read, published and marked at once.
    """

    url_env: str = Field(..., pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    table: str = Field(..., min_length=1)
    columns: OutboxColumns
    entity: Entity | None = None
    source: str | None = None
    mark: Literal["delete", "column"]
    payload: Literal["data", "cloudevent"] = "data"
    time_zone: str = "+05:00"
    batch: int = Field(500, ge=1, le=10_000)

    @field_validator("time_zone")
    @classmethod
    def _is_offset(cls, value: str) -> str:
        if _ZONE.fullmatch(value) is None:
            raise ValueError("is an offset such as +05:00")
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.entity is None) == (self.columns.entity is None):
            raise ValueError("either entity, for all rows, or columns: entity")
        if (self.mark == "column") != (self.columns.sent_at is not None):
            raise ValueError("mark: column and columns: sent_at go together")
        if self.payload == "data":
            # Without a time of its own a row would get another id each time it is sent, and count as another event.
            lacking = [name for name in ("recordversion", "time") if getattr(self.columns, name) is None]
            if lacking or self.source is None:
                raise ValueError(f"payload: data needs {', '.join(['source'] * (self.source is None) + lacking)}")
        return self

    def zone(self) -> timezone:
        """Zone of times without an offset."""
        match = _ZONE.fullmatch(self.time_zone)
        sign, hours, minutes = match.groups() if match else ("+", "0", "0")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if sign == "-" else offset)


def load_outbox(path: Path) -> OutboxRules:
    """Reads and checks the description of an outbox.

    Raises:
        ConfigError: it cannot be read, is no YAML, or says what no such file may say.
    """
    words = sorted({*OutboxColumns.model_fields, *OutboxRules.model_fields})
    return read_yaml(path, "Compare it with docs/how-to/publish-from-a-database.md.").as_model(OutboxRules, words)
