"""An event as it came over HTTP, checked and made ready for Kafka; its bytes go on as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from arna.contracts.decode import STRUCTURED_TYPE, DecodedEvent, decode_message
from arna.contracts.registry import SPECS, Entity
from arna.contracts.strictjson import refuse
from arna.errors import ContractError
from arna.source_keys import KeyHolder
from producers.gateway.results import NOT_ALLOWED

RawEvent = tuple[bytes, Sequence[tuple[str, bytes]]]
"""Value and headers of the Kafka message that an event is to be; its key follows from it."""

STRUCTURED_HEADERS: Final[tuple[tuple[str, bytes], ...]] = (("content-type", STRUCTURED_TYPE.encode()),)

_ENTITY_OF_TYPE: Final = {spec.event_type(action): spec.entity for spec in SPECS.values() for action in spec.actions}


class _Routing(msgspec.Struct):
    """The one attribute that says which contract an event keeps; the rest is passed over."""

    type: str | None = None


_ROUTING: Final = msgspec.json.Decoder(_Routing)


class ReadyEvent(NamedTuple):
    """An event that keeps its contract and is its source's to send."""

    event_id: str
    topic: str
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    key: bytes


def check_events(events: Iterable[RawEvent], holder: KeyHolder) -> list[ReadyEvent | ContractError]:
    """Each event ready to be sent, or why it is refused; in their order."""
    now = datetime.now(UTC)
    checked: list[ReadyEvent | ContractError] = []
    for value, headers in events:
        try:
            checked.append(check_event(value, headers, holder, now))
        except ContractError as error:
            checked.append(error)
    return checked


def check_event(value: bytes, headers: Sequence[tuple[str, bytes]], holder: KeyHolder, now: datetime) -> ReadyEvent:
    """Check one event as strictly as ``build_event`` does, and whether its source may send it.

    Args:
        value: the message's bytes.
        headers: the message's headers.
        holder: whose key came with it.
        now: the gateway's clock.

    Raises:
        ContractError: class, rule and pointer of what is wrong, never a value.
    """
    entity = _ENTITY_OF_TYPE.get(_event_type(value, headers) or "")
    # Of an unknown type nothing can be right, so any reader will do: it says what comes first.
    event = decode_message(value, headers, None, entity or Entity.ENROLMENT, now=now, strict=True)
    if event.source != holder.source_uri:
        raise _not_allowed(event, "/source")
    if event.entity not in holder.entities:
        raise _not_allowed(event, "/type")
    types = holder.achievement_types if event.entity is Entity.CERTIFICATION else None
    if types is not None and event.data["achievement"]["type"] not in types:
        raise _not_allowed(event, "/data/achievement/type")
    return ReadyEvent(event.event_id, SPECS[event.entity].topic, value, headers, event.subject.encode())


def _event_type(value: bytes, headers: Sequence[tuple[str, bytes]]) -> str | None:
    for name, content in headers:
        if name == "ce_type":
            return content.decode("utf-8", "replace")
    try:
        return _ROUTING.decode(value).type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _not_allowed(event: DecodedEvent, pointer: str) -> ContractError:
    error = refuse(NOT_ALLOWED)
    error.pointer = pointer
    error.event_id = event.event_id
    return error
