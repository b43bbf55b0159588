"""Where landing stands in each partition, and what a move of it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from kafka import TopicPartition

from arna.contracts.registry import Entity
from consumers.rows import pack_place


class GapReason(StrEnum):
    """Why offsets hold no event for us."""

    RETENTION = "retention"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Place:
    """One partition of one incarnation of a topic.

    Attributes:
        topic_id: the UUID Kafka gave the topic.
        topic: its name.
        partition: number of the partition.
        entity: what the topic carries.
        prefix: start of every raw row from here.
    """

    topic_id: UUID
    topic: str
    partition: int
    entity: Entity
    prefix: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", pack_place(self.topic_id, self.partition))

    @property
    def kafka(self) -> TopicPartition:
        """The partition as kafka-python names it."""
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets from ``from_offset`` up to, not including, ``to_offset`` that hold no event."""

    place: Place
    from_offset: int
    to_offset: int
    reason: GapReason


@dataclass(frozen=True, slots=True)
class Move:
    """A partition goes from the offset we expect in PostgreSQL to the next one."""

    place: Place
    expected_offset: int
    next_offset: int
