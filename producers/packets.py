"""Packets: events of one topic that enter and leave the spool together.

SQLite gives up Python's interpreter lock at every row, and a busy thread would take it each time: one row for some
hundred events keeps the spool a small part of publishing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec

from producers.direct import RawMessage

PACKET_EVENTS: Final = 500
PACKET_BYTES: Final = 1 << 20
_OVERHEAD: Final = 64

Item: TypeAlias = tuple[bytes | None, list[tuple[str, bytes]], bytes | None]
"""Value, headers and key of an event."""
Items: TypeAlias = list[Item | None]
"""The events of a packet; None where one was put aside as refused."""

_DECODER: Final = msgspec.msgpack.Decoder(Items)
_ENCODER: Final = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that waits.

    Attributes:
        position: its place in the queue.
        topic: where it goes.
        bytes: bytes of its events.
        entered_at: Unix time, in seconds.
        items: its events.
    """

    position: int
    topic: str
    bytes: int
    entered_at: int
    items: Items


@dataclass(slots=True)
class Draft:
    """A packet that is to be entered.

    Attributes:
        topic: where it goes.
        members: which messages of the call are its events.
        items: its events.
        bytes: bytes of its events.
    """

    topic: str
    members: list[int] = field(default_factory=list)
    items: Items = field(default_factory=list)
    bytes: int = 0


def pack(messages: Sequence[RawMessage]) -> list[Draft]:
    """Packets of one topic each, in the order of the messages.

    Raises:
        ValueError: a message has neither key nor value, which Kafka does not take.
    """
    drafts: list[Draft] = []
    filling: dict[str, Draft] = {}
    for number, message in enumerate(messages):
        if message.value is None and message.key is None:
            raise ValueError("a message needs a key or a value")
        item = (message.value, list(message.headers), message.key)
        size = size_of(item)
        draft = filling.get(message.topic)
        if draft is None or len(draft.items) >= PACKET_EVENTS or draft.bytes + size > PACKET_BYTES:
            draft = filling[message.topic] = Draft(message.topic)
            drafts.append(draft)
        draft.members.append(number)
        draft.items.append(item)
        draft.bytes += size
    return drafts


def size_of(item: Item) -> int:
    """Bytes that an event counts for."""
    return len(item[0] or b"") + len(item[2] or b"") + _OVERHEAD


def encode(items: Items) -> bytes:
    """The events as they lie on disk."""
    return _ENCODER.encode(items)


def decode(body: bytes) -> Items:
    """The events that lie on disk."""
    return _DECODER.decode(body)


def digest_of(topic: str, body: bytes) -> bytes:
    """What shows whether a packet is as it was entered, and whether the same one waits already."""
    return hashlib.blake2b(topic.encode() + b"\0" + body, digest_size=16).digest()
