"""Building events: the strict writer. What leaves here decodes everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import msgspec
import orjson
import uuid_utils
from pydantic import BaseModel

from arna.contracts.attributes import SPECVERSION, Attributes, check_attributes
from arna.contracts.checks import READERS, Reader, check_data, check_stray_iins, may_hide_iins
from arna.contracts.decode import ATTRIBUTE_PREFIX, JSON_TYPE, STRUCTURED_TYPE, is_same_json
from arna.contracts.registry import SPECS, Entity
from arna.contracts.strictjson import MAX_BYTES, Json, check_tree, refuse
from arna.errors import ContractError

Message = tuple[bytes, list[tuple[str, bytes]], bytes]
"""A Kafka message: value, headers, key."""

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:arna:event")


@dataclass(frozen=True, slots=True)
class Event:
    """A checked event, ready to be sent.

    Attributes:
        entity: what it is about.
        action: what happened.
        event_id: UUID in canonical lower case.
        source: who says so.
        subject: the entity's id at the source; also the Kafka key.
        record_version: the source's number of this state, raised by one at each change.
        occurred_at: when it happened, aware.
        data: the whole state after the change, as JSON values.
        traceparent: W3C trace context, if any.
    """

    entity: Entity
    action: str
    event_id: str
    source: str
    subject: str
    record_version: int
    occurred_at: datetime
    data: dict[str, Any]
    traceparent: str | None = None

    def attributes(self) -> dict[str, str | int]:
        """The CloudEvents attributes, in the order in which they are written."""
        spec = SPECS[self.entity]
        attributes: dict[str, str | int] = {
            "specversion": SPECVERSION,
            "id": self.event_id,
            "source": self.source,
            "type": spec.event_type(self.action),
            "subject": self.subject,
            "time": self.occurred_at.isoformat(),
            "dataschema": spec.schema_uri,
            "datacontenttype": JSON_TYPE,
            "recordversion": self.record_version,
        }
        if self.traceparent is not None:
            attributes["traceparent"] = self.traceparent
        return attributes

    def to_structured(self) -> Message:
        """The event as one JSON document: value, headers, key."""
        value = orjson.dumps({**self.attributes(), "data": self.data})
        return value, [("content-type", STRUCTURED_TYPE.encode())], self.subject.encode()

    def to_binary(self) -> Message:
        """The event with its attributes in ``ce_`` headers and its data as the value: value, headers, key."""
        attributes = self.attributes()
        headers = [("content-type", str(attributes.pop("datacontenttype")).encode())]
        headers += [(f"{ATTRIBUTE_PREFIX}{name}", str(value).encode()) for name, value in attributes.items()]
        return orjson.dumps(self.data), headers, self.subject.encode()


def build_event(
    entity: Entity,
    action: str,
    data: Mapping[str, Any] | BaseModel,
    *,
    source: str,
    record_version: int,
    occurred_at: datetime,
    subject: str | None = None,
    event_id: str | None = None,
    traceparent: str | None = None,
) -> Event:
    """Build an event and check all of it.

    Args:
        entity: what it is about.
        action: what happened, one of the entity's actions.
        data: the whole state of the entity after the change. Dates, enums,
            decimals and models are written as JSON values.
        source: ``urn:kz:bin:<BIN>`` or another registered URI.
        record_version: the source's number of this state.
        occurred_at: when it happened, aware.
        subject: the entity's id; unset: the one in the data.
        event_id: a UUID; unset: a new UUIDv7. See ``deterministic_event_id`` for rows that are published again.
        traceparent: W3C trace context.

    Returns:
        The event.

    Raises:
        ContractError: the event would be refused by its reader; unknown fields are refused here.
    """
    reader = READERS[entity]
    plain = to_json_values(data)
    event = Event(
        entity=entity,
        action=action,
        event_id=str(uuid_utils.uuid7()) if event_id is None else event_id,
        source=source,
        subject=_subject(plain, reader) if subject is None else subject,
        record_version=record_version,
        occurred_at=occurred_at,
        data=plain,
        traceparent=traceparent,
    )
    try:
        attributes = _check(event, reader)
    except ContractError as error:
        error.event_id = error.event_id or event_id
        raise
    return event if attributes.event_id == event.event_id else _with_id(event, attributes.event_id)


def _with_id(event: Event, event_id: str) -> Event:
    return Event(
        event.entity, event.action, event_id, event.source, event.subject,
        event.record_version, event.occurred_at, event.data, event.traceparent,
    )  # fmt: skip


def _subject(data: Json, reader: Reader) -> str:
    name = reader.spec.id_field
    subject = data.get(name) if isinstance(data, dict) else None
    if not isinstance(subject, str):
        raise refuse("field_missing" if subject is None else "type_mismatch", ("data", name))
    return subject


def _check(event: Event, reader: Reader) -> Attributes:
    document: dict[str, Any] = {**event.attributes(), "data": event.data}
    if event.occurred_at.utcoffset() is None:
        raise refuse("time_malformed", ("time",))
    attributes = check_attributes(document, reader.spec, datetime.now(UTC))
    if not _is_plainly_right(event, document, reader):
        check_tree(document, reader.tree)
        numbers = check_data(event.data, attributes, reader, strict=True)
        check_stray_iins(document, reader.tree, numbers)
        if len(orjson.dumps(document)) > MAX_BYTES:
            raise refuse("message_too_large")
    return attributes


def _is_plainly_right(event: Event, document: dict[str, Any], reader: Reader) -> bool:
    """The quick check, which only accepts."""
    try:
        checked = msgspec.convert(event.data, reader.data_type)
        if not is_same_json(checked, event.data):
            return False
        written = orjson.dumps(document)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return False
    return (
        len(written) <= MAX_BYTES
        and b"\\u0000" not in written
        and checked.status in reader.spec.statuses[event.action]
        and getattr(checked, reader.spec.id_field) == event.subject
        and reader.accept(checked) is not None
        and not may_hide_iins(written, event.source, reader)
    )


def to_json_values(value: Json) -> Json:
    """A value as JSON has it: models and mappings as objects, dates and times as ISO text, enums as their value.

    Anything else is left as it is for the checks to refuse.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return to_json_values(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        return {name: to_json_values(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_values(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    return value


def deterministic_event_id(
    source: str,
    entity: Entity,
    subject: str,
    record_version: int,
    data: Mapping[str, Any] | BaseModel,
    *,
    action: str = "",
    occurred_at: datetime | None = None,
) -> str:
    """An event id that follows from the event: the same row published again has it again, an edited row has another.

    Args:
        source: the event's source.
        entity: the event's entity.
        subject: the event's subject.
        record_version: the event's record version.
        data: the event's data.
        action: the event's action, where known.
        occurred_at: the event's time, where known.

    Returns:
        A UUIDv5 over the canonical JSON of all that.
    """
    moment = None if occurred_at is None else occurred_at.isoformat()
    content = [source, str(entity), subject, record_version, action, moment, to_json_values(data)]
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return str(uuid.uuid5(_NAMESPACE, canonical.decode()))
