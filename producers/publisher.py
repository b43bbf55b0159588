"""Publishing events: safe on disk before ``publish`` returns, then onto Kafka, whether it answers now or tomorrow.

with EventPublisher("localhost:9092") as publisher:
    publisher.publish(event)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

from arna.contracts.envelope import Event
from producers.direct import (
    MAX_IN_FLIGHT_EVENTS,
    Delivery,
    DirectPublisher,
    Headers,
    Outcome,
    Publishable,
    RawMessage,
    raw_message,
)
from producers.spool import Spool
from producers.spool_files import default_folder
from producers.spooled import SpooledPublisher

__all__ = [
    "USER_SPOOL",
    "Delivery",
    "DirectPublisher",
    "EventPublisher",
    "Headers",
    "Outcome",
    "Publishable",
    "Publisher",
    "RawMessage",
]


class _SpoolPlace(Enum):
    USER = "user"


USER_SPOOL: Final = _SpoolPlace.USER
"""The spool in ``ARNA_SPOOL``, in ``ARNA_HOME``, or in the user's state folder."""

CLOSE_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5.0


class EventPublisher:
    """Publishes events; a context manager that waits a bounded time for Kafka's answers and closes.

    With a spool, which is the default, it works while Kafka is away: an event is on disk when ``publish`` returns,
    and a thread sends it as soon as it can, in this process or in the next one that publishes there. An event whose
    answer did not come is sent again with the same id, which is harmless.

    Args:
        bootstrap_servers: ``host:port`` list of the brokers.
        spool: a spool, or the folder for one; None sends directly and keeps nothing, see ``DirectPublisher``.
        client_id: name in the broker's logs.
        compression: ``lz4``, ``zstd``, ``gzip``, ``snappy`` or None.
        connect_timeout: seconds to wait for the first broker; without a spool.
        delivery_timeout: seconds after which an unanswered event is *unknown*: sent again from the spool.
        max_in_flight: events that may wait for an answer; without a spool.
        close_timeout: seconds that ``close`` waits for answers; with a spool.

    Raises:
        BrokerUnavailable: no broker answered in time; without a spool.
        ConfigError: the spool's folder cannot be used.
        SpoolDamaged: the spool's file is broken.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        spool: Spool | Path | _SpoolPlace | None = USER_SPOOL,
        client_id: str = "arna-publisher",
        compression: str | None = "lz4",
        connect_timeout: float = 10.0,
        delivery_timeout: float = 120.0,
        max_in_flight: int = MAX_IN_FLIGHT_EVENTS,
        close_timeout: float = CLOSE_SECONDS,
    ) -> None:
        def connect(seconds: float = min(connect_timeout, _CONNECT_SECONDS)) -> DirectPublisher:
            return DirectPublisher(
                bootstrap_servers,
                client_id=client_id,
                compression=compression,
                connect_timeout=seconds,
                delivery_timeout=delivery_timeout,
                max_in_flight=max_in_flight,
            )

        self._way: DirectPublisher | SpooledPublisher
        if spool is None:
            self._way = connect(connect_timeout)
            return
        folder = default_folder() if isinstance(spool, _SpoolPlace) else spool
        self._way = SpooledPublisher(
            folder if isinstance(folder, Spool) else Spool(folder, bootstrap_servers),
            connect,
            flush_timeout=delivery_timeout + 5,
            close_timeout=close_timeout,
            close_spool=not isinstance(folder, Spool),
        )

    @property
    def spool(self) -> Spool | None:
        """The spool; None where it sends directly."""
        return self._way.spool if isinstance(self._way, SpooledPublisher) else None

    @property
    def trouble(self) -> str | None:
        """Name of the error for which events wait in the spool at the moment."""
        return self._way.trouble if isinstance(self._way, SpooledPublisher) else None

    def publish(self, event: Event) -> Delivery:
        """Publishes an event. It keeps its contract by construction: ``build_event`` makes no other.

        Raises:
            SpoolFull: there is no room in the spool; wait or stop, the event was not taken.
            OtherCluster, SpoolDamaged: a person must look; the event was not taken.
            BrokerUnavailable: without a spool: the topic's partitions cannot be learnt; nothing was sent.
        """
        return self.send_unchecked(event)

    def publish_many(self, events: Iterable[Event]) -> list[Delivery]:
        """Publishes events in their order; with a spool all or none are taken, with one wait for the disk.

        Raises:
            As ``publish``.
        """
        return self.send_many([raw_message(event) for event in events])

    def send_unchecked(self, message: Publishable) -> Delivery:
        """Publishes a message whose contract nobody checked: the lander rejects what is wrong, with its reason."""
        return self.send_many([raw_message(message)])[0]

    def send_raw(self, topic: str, value: bytes | None, headers: Headers = (), key: bytes | None = None) -> Delivery:
        """Publishes prepared bytes as they are; raises as ``publish``."""
        return self.send_many([RawMessage(topic, value, headers, key)])[0]

    def send_many(self, messages: Sequence[RawMessage]) -> list[Delivery]:
        """Publishes prepared messages in their order; raises as ``publish_many``."""
        return self._way.send_many(messages)

    def counts(self) -> dict[Outcome, int]:
        """How many messages of this publisher stand at each outcome now; what waits in the spool is ``pending``."""
        return self._way.counts()

    def flush(self, timeout: float | None = None) -> int:
        """Blocks until Kafka has answered for all or the time is over.

        Args:
            timeout: seconds; None waits as long as a delivery may take.

        Returns:
            How many events have no answer: with a spool they wait in it, without one they are unknown.
        """
        return self._way.flush(timeout)

    def close(self, timeout: float | None = None) -> int:
        """Waits for answers, at most so many seconds, and ends; does nothing the second time.

        Args:
            timeout: seconds; None is ``close_timeout`` with a spool, as long as a delivery may take without one.

        Returns:
            How many events have no answer: with a spool they wait in it and none is lost.
        """
        return self._way.close(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error there is nothing worth waiting long for.
        self.close(timeout=None if kind is None else 5)


Publisher: TypeAlias = EventPublisher | DirectPublisher
"""What events can be published through."""
