"""Where a partition that was handed over is to be read from: PostgreSQL says, Kafka confirms."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog
from kafka import TopicPartition

from arna.contracts.registry import Entity
from arna.errors import IntegrityError
from consumers.broker import LandingConsumer
from consumers.landing import LandingStore, StoredOffset
from consumers.positions import Gap, GapReason, Place

log = structlog.get_logger(__name__)


class Locator:
    """Finds the position of partitions, and declares what retention took before it was read.

    Args:
        store: the offsets.
        consumer: Kafka's side of them.
        topics: what each topic carries.
    """

    def __init__(self, store: LandingStore, consumer: LandingConsumer, topics: Mapping[str, Entity]) -> None:
        self._topics = topics
        self._store = store
        self._consumer = consumer

    def locate(self, partitions: Collection[TopicPartition]) -> list[tuple[Place, int]]:
        """The place and the next offset of each partition whose topic is there.

        A partition seen for the first time starts at the earliest offset Kafka has. A topic that was made anew has
        another id: its partitions start at 0, beside the rows of the old one, and an alarm is logged.

        Raises:
            IntegrityError: PostgreSQL is ahead of Kafka.
            BrokerUnavailable: Kafka does not answer.
            PartitionMoved: another lander is still at work on a partition.
        """
        ids = self._consumer.topic_ids({partition.topic for partition in partitions})
        bounds = self._consumer.bounds(partition for partition in partitions if partition.topic in ids)
        stored = self._store.list_offsets({partition.topic for partition in partitions})
        located: list[tuple[Place, int]] = []
        for partition in sorted(partitions):
            if partition.topic not in ids:
                # Deleted a moment ago: the next poll learns of it. The partitions of other topics must not wait for it.
                log.warning("topic_unknown", topic=partition.topic, partition=partition.partition)
                continue
            place = Place(ids[partition.topic], partition.topic, partition.partition, self._topics[partition.topic])
            located.append((place, self._locate_one(place, *bounds[partition], stored)))
        return located

    def _locate_one(self, place: Place, first: int, end: int, stored: Collection[StoredOffset]) -> int:
        same = [row for row in stored if (row.topic_name, row.partition) == (place.topic, place.partition)]
        ours = next((row for row in same if row.topic_id == place.topic_id), None)
        if ours is None:
            if same:
                log.error("topic_recreated", topic=place.topic, partition=place.partition, topic_id=str(place.topic_id))
            # We answer for the whole of a topic that replaced ours, but not for what an old topic held before us.
            next_offset = 0 if same else first
            self._store.begin_partition(place, next_offset)
        else:
            next_offset = ours.next_offset
        if next_offset > end:
            message = (
                f"{place.topic} partition {place.partition}: PostgreSQL stands at offset {next_offset}, Kafka ends at "
                f"{end}: Kafka lost what was landed. See `arna reconcile`."
            )
            raise IntegrityError(message)
        if next_offset < first:
            return self._skip_deleted(place, next_offset, first)
        return next_offset

    def _skip_deleted(self, place: Place, next_offset: int, first: int) -> int:
        log.error(
            "retention_gap", topic=place.topic, partition=place.partition, from_offset=next_offset, to_offset=first
        )
        # Refused when the lander that had the partition before us is in the middle of it: then we look again.
        self._store.skip(Gap(place, next_offset, first, GapReason.RETENTION))
        return first
