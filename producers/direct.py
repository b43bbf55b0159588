"""Straight onto Kafka: every message's delivery is known, and a resend of any of them changes nothing.

The producer is idempotent, waits for all in-sync replicas, and keeps a subject's events in one
partition, in order. A time-out is *unknown*, never failed: the event may stand in the log, so whoever
cares publishes it again; its id makes that harmless. ``producers.publisher`` does it by itself.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from kafka import KafkaProducer
from kafka.errors import (
    ClusterAuthorizationFailedError,
    IllegalStateError,
    InvalidRecordError,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from kafka.producer.future import FutureRecordMetadata

from arna.contracts.envelope import Event
from arna.contracts.registry import SPECS, Entity
from arna.errors import BrokerUnavailable
from arna.topics import topic_ids

Headers = Sequence[tuple[str, bytes]]

# Large enough for lz4 to work on, short enough that a lone event does not wait to be seen.
BATCH_BYTES = 131_072
LINGER_MS = 20
MAX_IN_FLIGHT_EVENTS = 50_000
_SETTLE_EVERY = 256
# kafka-python would look for a broker that was away only every half minute.
_RECONNECT_MS = 2_000

# The broker read the message and said no. Any other answer (a lost sequence, a fenced producer, a leader that moved)
# is about the connection, and says nothing of what earlier attempts left in the log.
_REFUSED_FOR_GOOD = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidRecordError,
    InvalidTimestampError,
    PolicyViolationError,
    InvalidTopicError,
    UnknownTopicOrPartitionError,
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)


class Outcome(StrEnum):
    """What became of an event that was handed to a publisher."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class RawMessage(NamedTuple):
    """A Kafka message as it will stand in the log."""

    topic: str
    value: bytes | None
    headers: Headers = ()
    key: bytes | None = None


class Publishable(Protocol):
    """A message that knows its bytes: a checked ``Event`` or an unchecked one."""

    @property
    def entity(self) -> Entity:
        """The entity whose topic it goes to."""

    def to_structured(self) -> tuple[bytes, list[tuple[str, bytes]], bytes | None]:
        """Value, headers and key of the Kafka message."""


def raw_message(message: Publishable) -> RawMessage:
    """The Kafka message of an event."""
    return RawMessage(SPECS[message.entity].topic, *message.to_structured())


class Delivery(ABC):
    """The delivery of one event."""

    __slots__ = ("topic",)

    def __init__(self, topic: str) -> None:
        self.topic = topic

    @property
    @abstractmethod
    def outcome(self) -> Outcome:
        """What became of it; ``refused`` is certain not to stand in the log, ``unknown`` may or may not."""

    @property
    @abstractmethod
    def error(self) -> str | None:
        """Name of the error, once refused or unknown."""

    @abstractmethod
    def wait(self, timeout: float | None = None) -> Outcome:
        """Blocks until the broker answered, at most ``timeout`` seconds, and returns the outcome."""

    @property
    def partition(self) -> int | None:
        """Where it stands, once delivered; None where the publisher does not keep it."""
        return None

    @property
    def offset(self) -> int | None:
        """Where it stands, once delivered; None where the publisher does not keep it."""
        return None


class KafkaDelivery(Delivery):
    """A delivery whose state is read from Kafka's own future, so a million of them cost no callbacks."""

    __slots__ = ("_error", "_future")

    def __init__(self, topic: str, future: FutureRecordMetadata | None, error: BaseException | None = None) -> None:
        super().__init__(topic)
        self._future = future
        self._error = error

    @property
    def outcome(self) -> Outcome:
        """What became of it; ``refused`` is certain not to stand in the log, ``unknown`` may or may not."""
        future = self._future
        if future is None:
            return Outcome.REFUSED
        if not future.is_done:
            return Outcome.PENDING
        error = future.exception
        if error is None:
            return Outcome.DELIVERED
        return Outcome.REFUSED if isinstance(error, _REFUSED_FOR_GOOD) else Outcome.UNKNOWN

    @property
    def partition(self) -> int | None:
        """Where it stands, once delivered."""
        return self._future.value.partition if self.outcome is Outcome.DELIVERED and self._future else None

    @property
    def offset(self) -> int | None:
        """Where it stands, once delivered."""
        return self._future.value.offset if self.outcome is Outcome.DELIVERED and self._future else None

    @property
    def error(self) -> str | None:
        """Name of the Kafka error, once refused or unknown."""
        error = self._error or (self._future.exception if self._future else None)
        return None if error is None else type(error).__name__

    def wait(self, timeout: float | None = None) -> Outcome:
        """Blocks until the broker answered, at most ``timeout`` seconds, and returns the outcome."""
        if self._future is not None and not self._future.is_done:
            with suppress(KafkaError):
                self._future.get(timeout)
        return self.outcome


class DirectPublisher:
    """Sends to Kafka without a spool; a context manager that flushes and closes.

    What has no answer when the process ends is nobody's: use it where the sender can send again, as the gateway's
    callers and a generator can. All others want ``producers.publisher.EventPublisher``.

    Args:
        bootstrap_servers: ``host:port`` list of the brokers.
        client_id: name in the broker's logs.
        compression: ``lz4``, ``zstd``, ``gzip``, ``snappy`` or None.
        connect_timeout: seconds to wait for the first broker.
        delivery_timeout: seconds after which an unanswered event is *unknown*.
        max_in_flight: events that may wait for an answer; sending blocks beyond them, so memory stays bounded.
        linger_ms: milliseconds that a lone event waits for company.

    Raises:
        BrokerUnavailable: no broker answered in time.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        client_id: str = "arna-publisher",
        compression: str | None = "lz4",
        connect_timeout: float = 10.0,
        delivery_timeout: float = 120.0,
        max_in_flight: int = MAX_IN_FLIGHT_EVENTS,
        linger_ms: int = LINGER_MS,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._delivery_timeout = delivery_timeout
        self._max_in_flight = max_in_flight
        self._in_flight: deque[KafkaDelivery] = deque()
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(Outcome, 0)
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=[server.strip() for server in bootstrap_servers.split(",")],
                client_id=client_id,
                enable_idempotence=True,
                acks="all",
                compression_type=compression,
                linger_ms=linger_ms,
                batch_size=BATCH_BYTES,
                delivery_timeout_ms=int(delivery_timeout * 1000),
                request_timeout_ms=max(1000, min(30_000, int(delivery_timeout * 1000) - linger_ms)),
                max_block_ms=int(connect_timeout * 1000),
                bootstrap_timeout_ms=int(connect_timeout * 1000),
                reconnect_backoff_max_ms=_RECONNECT_MS,
                # A topic is made by `arna.topics` with its partitions and retention, never by a typing error.
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        except (KafkaError, OSError) as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: Exception) -> BrokerUnavailable:
        return BrokerUnavailable(
            f"no Kafka broker answers at {self._bootstrap_servers} ({type(error).__name__}). "
            "Start one with `arna up`, or name yours in ARNA_KAFKA_BOOTSTRAP_SERVERS."
        )

    @property
    def cluster_id(self) -> str | None:
        """The id that the brokers give to their cluster."""
        found: str | None = self._producer._metadata.cluster_id  # no public way to it, and kafka-python is pinned
        return found

    def missing_topics(self, names: Iterable[str]) -> set[str]:
        """Those of the topics that do not exist.

        Raises:
            BrokerUnavailable: Kafka does not answer.
        """
        wanted = set(names)
        return wanted - topic_ids(self._bootstrap_servers, wanted).keys()

    def publish(self, event: Event) -> KafkaDelivery:
        """Sends an event. It keeps its contract by construction: ``build_event`` makes no other.

        Raises:
            BrokerUnavailable: the topic's partitions cannot be learnt; nothing was sent.
        """
        return self.send_unchecked(event)

    def send_unchecked(self, message: Publishable) -> KafkaDelivery:
        """Sends a message whose contract nobody checked: the lander rejects what is wrong with it, with its reason."""
        return self.send_raw(*raw_message(message))

    def send_many(self, messages: Sequence[RawMessage]) -> list[Delivery]:
        """Sends prepared messages in their order.

        Raises:
            BrokerUnavailable: as ``send_raw``; the messages before may have been sent.
        """
        return [self.send_raw(*message) for message in messages]

    def send_raw(
        self, topic: str, value: bytes | None, headers: Headers = (), key: bytes | None = None
    ) -> KafkaDelivery:
        """Sends prepared bytes as they are.

        Raises:
            BrokerUnavailable: the topic's partitions cannot be learnt; nothing was sent.
        """
        if len(self._in_flight) % _SETTLE_EVERY == 0:
            self._make_room()
        try:
            future = self._producer.send(topic, value=value, key=key, headers=list(headers))
        except MessageSizeTooLargeError as error:
            delivery = KafkaDelivery(topic, None, error)
        except KafkaTimeoutError as error:
            # The partitions of the topic are not known, so nothing left this process.
            raise self._unavailable(error) from None
        else:
            delivery = KafkaDelivery(topic, future)
        self._in_flight.append(delivery)
        return delivery

    def _make_room(self) -> None:
        """Forgets the oldest answered deliveries; waits for the oldest one where too many have no answer."""
        self._settle()
        if len(self._in_flight) >= self._max_in_flight:
            oldest = self._in_flight[0]
            if oldest.wait(self._delivery_timeout + 5) is Outcome.PENDING:
                raise self._unavailable(TimeoutError())
            self._settle()

    def _settle(self) -> None:
        with self._lock:
            while self._in_flight and (outcome := self._in_flight[0].outcome) is not Outcome.PENDING:
                self._counts[outcome] += 1
                self._in_flight.popleft()

    def counts(self) -> dict[Outcome, int]:
        """How many messages of this publisher stand at each outcome now."""
        self._settle()
        with self._lock:
            counts = dict(self._counts)
            for delivery in self._in_flight:
                counts[delivery.outcome] += 1
        return counts

    def flush(self, timeout: float | None = None) -> int:
        """Sends what waits and blocks until all is answered or the time is over.

        Args:
            timeout: seconds; None waits as long as a delivery may take.

        Returns:
            How many events are still without an answer: what became of them is unknown.
        """
        limit = self._delivery_timeout + 5 if timeout is None else timeout
        with suppress(KafkaError):
            self._producer.flush(timeout=limit)
        return self.counts()[Outcome.PENDING]

    def close(self, timeout: float | None = None) -> int:
        """Flushes and ends the connection; what has no answer by then is unknown. Does nothing the second time.

        Args:
            timeout: seconds for the flush; None waits as long as a delivery may take.

        Returns:
            How many events had no answer.
        """
        pending = self.flush(timeout)
        try:
            self._producer.close(timeout=0 if pending else 5)
        except KafkaTimeoutError:
            # It gave up waiting for answers before it told its own thread to end.
            self._producer._sender.force_close()
        except IllegalStateError:
            pass
        return pending

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error there is nothing worth waiting two minutes for.
        self.close(timeout=None if kind is None else 5)
