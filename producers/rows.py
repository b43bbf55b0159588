"""What an adapter yields: one draft event or one refusal for each record of a file, none left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, TypeAlias

from arna.contracts.envelope import Event, build_event, deterministic_event_id, to_json_values
from arna.contracts.identifiers import is_valid_iin
from arna.contracts.registry import SPECS, Entity

KAZAKHSTAN_TIME = timezone(timedelta(hours=5))
"""One time zone for the whole country since March 2024."""
JsonValue: TypeAlias = Any
"""A parsed value of a foreign file, which may be anything."""
NOT_A_LEARNER = "record_ignored"
"""Class of a refusal by an adapter: the record is not of the entity, so there is nothing to publish."""
LATER_ACTIONS: Mapping[str, str] = {"started": "changed", "published": "amended"}
"""First action of an entity to that of its later versions."""
UNREADABLE = "record_unreadable"
"""Class of a refusal by an adapter: the record cannot be read without guessing (rules: ``producers.reasons``)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before its contract is checked.

    Attributes:
        entity: the entity.
        action: the past action.
        data: the whole state after it.
        source: CloudEvents source.
        occurred_at: when it happened.
        record_version: version of the subject at its source.
        event_id: the source's own id; None derives one from the content, so that publishing it again is harmless.
        traceparent: W3C trace context, where the source gave one.
    """

    entity: Entity
    action: str
    data: Mapping[str, Any]
    source: str
    occurred_at: datetime
    record_version: int = 1
    event_id: str | None = None
    traceparent: str | None = None

    @property
    def subject(self) -> str:
        """The entity's id at its source; empty where the record has none (the contract refuses it)."""
        return str(self.data.get(SPECS[self.entity].id_field) or "")

    def iins(self) -> Iterator[str]:
        """The identity numbers it would publish."""
        person = self.data.get("person")
        employer = self.data.get("employer")
        for holder, name in ((person, "iin"), (employer, "id")):
            number = holder.get(name) if isinstance(holder, Mapping) else None
            if isinstance(number, str) and is_valid_iin(number):
                yield number

    def _id(self) -> str:
        return self.event_id or deterministic_event_id(
            self.source,
            self.entity,
            self.subject,
            self.record_version,
            self.data,
            action=self.action,
            occurred_at=self.occurred_at,
        )

    def check(self) -> Event:
        """The event, checked against its contract.

        Raises:
            ContractError: it breaks a rule; the error says which and where, never the value.
        """
        return build_event(
            self.entity,
            self.action,
            self.data,
            source=self.source,
            subject=self.subject,
            record_version=self.record_version,
            occurred_at=self.occurred_at,
            event_id=self._id(),
            traceparent=self.traceparent,
        )

    def unchecked(self) -> UncheckedEvent:
        """The event as it stands, for the lander to judge."""
        return UncheckedEvent(self)


@dataclass(frozen=True, slots=True)
class UncheckedEvent:
    """A CloudEvent that may break its contract; it is sent so that the refusal is on record with its reason."""

    draft: Draft

    @property
    def entity(self) -> Entity:
        """The entity whose topic it goes to."""
        return self.draft.entity

    def to_structured(self) -> tuple[bytes, list[tuple[str, bytes]], bytes | None]:
        """Value, headers and key of the Kafka message."""
        draft = self.draft
        event = Event(
            draft.entity,
            draft.action,
            draft._id(),
            draft.source,
            draft.subject,
            draft.record_version,
            draft.occurred_at,
            to_json_values(draft.data),
            draft.traceparent,
        )
        value, headers, key = event.to_structured()
        return value, headers, key or None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record is not published.

    Attributes:
        rejection_class: a class of the contract, ``record_ignored`` or ``record_unreadable``.
        rule_id: the rule.
        pointer: JSON pointer into the event; for an ignored record, into the record.
        column: heading of the column, where a cell is the reason.
    """

    rejection_class: str
    rule_id: str
    pointer: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class AdaptedRow:
    """One record of a file: a draft event, or the reason why there is none.

    Attributes:
        file: name of the file, without its folder.
        row: the record's number in the file, from 1, headings not counted.
        draft: the event.
        refusal: the reason; beside a draft that the pipeline will reject, the reason in the terms of the record.
        columns: of a table, field path with dots to the heading of the column that it is read from.
    """

    file: str
    row: int
    draft: Draft | None = None
    refusal: Refusal | None = None
    columns: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    def column_of(self, pointer: str) -> str:
        """The heading of the column from which the field at a JSON pointer is read; empty where there is none."""
        path = pointer.removeprefix("/data").lstrip("/").replace("/", ".")
        columns = self.columns or {}
        # A missing object is refused as a whole: the column of its first field is the one to look at.
        if path and (below := next((name for name in columns if name.startswith(f"{path}.")), "")):
            path = below
        while path and path not in columns:
            path = path.rpartition(".")[0]
        return columns.get(path, "")


def start_of(day: date, zone: timezone = KAZAKHSTAN_TIME) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time(), zone)


def parse_day(text: object) -> date | None:
    """The date at the start of an ISO 8601 text, or None where there is none."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def parse_moment(text: object, zone: timezone = UTC) -> datetime | None:
    """An ISO 8601 moment or date as an aware datetime, in ``zone`` where it has no offset; None if it is neither."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def language_of(text: str) -> str:
    """The language that a text's letters show: ``kk`` by the letters that only Kazakh has, ``ru``, else ``en``."""
    letters = set(text.lower())
    if letters & set("әғқңөұүһі"):
        return "kk"
    return "ru" if any("а" <= letter <= "я" or letter == "ё" for letter in letters) else "en"
