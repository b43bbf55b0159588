"""The Kafka side of the lander: group membership, positions, topic identity."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError, LogTruncationError, OffsetOutOfRangeError, RetriableError

from arna.errors import BrokerUnavailable, IntegrityError
from consumers.fetching import Message, use_fast_records

log = structlog.get_logger(__name__)

GROUP_ID: Final = "arna-lander"
Messages = Mapping[TopicPartition, list[Message]]

_REQUEST_MS: Final = 30_000
_PARTITION_BYTES: Final = 1024 * 1024
_FETCH_BYTES: Final = 8 * 1024 * 1024


class OffsetsGone(Exception):
    """Kafka no longer has the offsets that were asked for: retention was faster, or the topic is another one."""


@contextmanager
def broker_errors() -> Iterator[None]:
    """Translates what a retry can heal; anything else stays as it is and ends the process."""
    try:
        yield
    except (RetriableError, OSError) as error:
        message = f"Kafka does not answer ({type(error).__name__})."
        raise BrokerUnavailable(message) from error


class TopicRecreated(Exception):
    """A topic has another id than the one its partitions were started with; this consumer cannot read it any more."""


class LandingConsumer:
    """A member of the landers' consumer group that starts nowhere by itself.

    A partition that the group hands over is paused until ``start`` says from which offset to read: the offset
    committed in Kafka is only a gauge and never a position.

    Args:
        bootstrap_servers: ``host:port`` list.
        topics: what to subscribe to.
        max_poll_records: most records of one poll.
        group_id: the consumer group.

    Raises:
        BrokerUnavailable: no broker answers.
    """

    def __init__(
        self, bootstrap_servers: str, topics: Collection[str], *, max_poll_records: int, group_id: str = GROUP_ID
    ) -> None:
        self._topics = tuple(topics)
        servers = [server.strip() for server in bootstrap_servers.split(",")]
        self._admin: Any = None
        with broker_errors():
            # Bytes in: a deserializer that raises makes poll() spin for ever.
            self._consumer = KafkaConsumer(
                bootstrap_servers=servers,
                client_id="arna-lander",
                group_id=group_id,
                enable_auto_commit=False,
                auto_offset_reset="none",
                allow_auto_create_topics=False,
                isolation_level="read_committed",
                max_poll_records=max_poll_records,
                max_partition_fetch_bytes=_PARTITION_BYTES,
                fetch_max_bytes=_FETCH_BYTES,
                partition_assignment_strategy=(RoundRobinPartitionAssignor,),
                metadata_max_age_ms=10_000,
                # A lander that was killed gives its partitions up after ten seconds, not after 45; one that was only
                # slow loses nothing by it.
                session_timeout_ms=10_000,
                heartbeat_interval_ms=1_000,
                request_timeout_ms=_REQUEST_MS,
                metrics_enabled=False,
            )
            self._admin = KafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=_REQUEST_MS)
        use_fast_records(self._consumer)
        self._waiting: set[TopicPartition] = set()
        self._consumer.subscribe(self._topics, listener=_HoldUntilStarted(self._consumer, self._waiting))
        with broker_errors():
            # A member that joins before it has the topics' metadata leads its group to an assignment of nothing.
            for topic in self._topics:
                self._consumer.partitions_for_topic(topic)

    def waiting(self) -> set[TopicPartition]:
        """Partitions that were handed over and not started yet."""
        return self._waiting & self.assignment()

    def assignment(self) -> set[TopicPartition]:
        """Partitions that are ours now."""
        return set(self._consumer.assignment())

    def start(self, partition: TopicPartition, offset: int) -> None:
        """Reads a partition from an offset on."""
        self._consumer.seek(partition, offset)
        self._consumer.resume(partition)
        self._waiting.discard(partition)

    def hold_all(self) -> None:
        """Stops reading all partitions until each is started anew; what was fetched of them is dropped."""
        assigned = self.assignment()
        self._waiting.update(assigned)
        for partition in assigned:
            self._consumer.pause(partition)

    def poll(self, timeout: float) -> Messages:
        """Messages by partition, at most ``max_poll_records``; none after ``timeout`` seconds.

        Raises:
            BrokerUnavailable: Kafka does not answer.
            OffsetsGone: a position lies outside what Kafka has.
            IntegrityError: Kafka's log was cut behind our back.
        """
        try:
            with broker_errors():
                messages: Messages = self._consumer.poll(timeout_ms=int(timeout * 1000))
                return messages
        except OffsetOutOfRangeError as error:
            raise OffsetsGone from error
        except LogTruncationError as error:
            message = "Kafka's log was truncated below offsets that were landed: an unclean leader election."
            raise IntegrityError(message) from error

    def position(self, partition: TopicPartition) -> int | None:
        """Offset that is read next; None when the partition is not ours, or not started since it was handed over."""
        if partition not in self._consumer.assignment():
            return None
        with broker_errors():
            offset: int = self._consumer.position(partition, timeout_ms=_REQUEST_MS)
        # Looked at last: a rebalance under way marks the partition before it touches the position.
        return None if partition in self._waiting else offset

    def bounds(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """First offset still there, and the offset after the last stable one, of each partition."""
        wanted = list(partitions)
        with broker_errors():
            first = self._consumer.beginning_offsets(wanted)
            end = self._consumer.end_offsets(wanted)
        return {partition: (first[partition], end[partition]) for partition in wanted}

    def topic_ids(self, topics: Iterable[str]) -> dict[str, UUID]:
        """The id of each of the topics that is there."""
        with broker_errors():
            described = self._admin.describe_topics(list(topics))
        return {topic["name"]: UUID(str(topic["topic_id"])) for topic in described if topic["error_code"] == 0}

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tells Kafka how far we are, for lag tools; a failure is logged and changes nothing."""
        gauge = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()}
        try:
            self._consumer.commit_async(gauge, callback=_log_failed_commit)
        except KafkaError as error:
            _log_failed_commit(gauge, error)

    def close(self) -> None:
        """Leaves the group."""
        self._consumer.close(autocommit=False, timeout_ms=5_000)
        if self._admin is not None:
            self._admin.close()


class _HoldUntilStarted(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python has no types
    """Runs in kafka-python's network thread, so it only notes and pauses; the lander's thread does the rest."""

    def __init__(self, consumer: KafkaConsumer, waiting: set[TopicPartition]) -> None:
        self._consumer = consumer
        self._waiting = waiting

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """What is fetched and not landed is dropped by the lander; the compare-and-set guards the rest."""
        self._waiting.difference_update(revoked)
        log.info("partitions_revoked", count=len(revoked))

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """A position keeps kafka-python from asking Kafka for one; the pause keeps it from reading there."""
        # First of all: from here on the lander trusts no position of these.
        self._waiting.update(assigned)
        for partition in assigned:
            self._consumer.seek(partition, 0)
            self._consumer.pause(partition)
        log.info("partitions_assigned", count=len(assigned))


def _log_failed_commit(offsets: Mapping[TopicPartition, OffsetAndMetadata], outcome: object) -> None:
    if isinstance(outcome, Exception):
        log.warning("gauge_commit_failed", error=type(outcome).__name__, partitions=len(offsets))
