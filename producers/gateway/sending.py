"""The gateway's way to Kafka: one publisher for all requests, what is known of the broker, and every event's answer.

Sending is quick and done in a thread; the answers are waited for on the event loop, so a broker that is slow holds no
thread. A broker that is known to be away is not tried: the events are *not sent*, and the caller is told at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from arna.contracts.registry import SPECS
from arna.errors import BrokerUnavailable
from producers.direct import Delivery, DirectPublisher, Outcome
from producers.gateway.checking import ReadyEvent

LINGER_MS: Final = 5
"""How long a lone event waits for company: a caller waits for it."""

MAX_IN_FLIGHT_EVENTS: Final = 40_000
"""Events that may wait for an answer; beyond them nothing is sent, so memory stays bounded."""

_PROBE_SECONDS: Final = 1.0
_PROBE_TIMEOUT_MS: Final = 3_000
_POLL_SECONDS: Final = 0.002
_CLOSE_SECONDS: Final = 5.0
_MAX_SILENCES: Final = 3
_TOPICS: Final = tuple(spec.topic for spec in SPECS.values())

_log = structlog.get_logger(__name__)


class _Answers:
    """The answers that one request waits for, looked at in the order of sending."""

    def __init__(self, deliveries: Sequence[Delivery], deadline: float) -> None:
        self.deadline = deadline
        self.done = asyncio.Event()
        self._deliveries = deliveries
        self._next = 0

    def look(self) -> bool:
        """Whether all answers are there."""
        while self._next < len(self._deliveries):
            if self._deliveries[self._next].outcome is Outcome.PENDING:
                return False
            self._next += 1
        return True


class Broker:
    """The way to Kafka.

    Args:
        bootstrap_servers: ``host:port`` list of the brokers.
        delivery_seconds: after so long without an answer an event is unknown.
    """

    def __init__(self, bootstrap_servers: str, delivery_seconds: float) -> None:
        self._servers = bootstrap_servers
        self._delivery_seconds = delivery_seconds
        self._publisher: DirectPublisher | None = None
        self._sending = threading.Lock()
        self._trouble: str | None = "not tried yet"
        self._stop = threading.Event()
        self._probing = threading.Thread(target=self._probe_for_ever, name="broker-probe", daemon=True)
        self._waiting: list[_Answers] = []
        self._in_flight = 0
        self._silences = 0  # requests in a row of which nothing was delivered
        self._wake = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether the broker answered a moment ago and leads every partition that events go to."""
        return self._trouble is None

    def start(self) -> None:
        """Begins to watch the broker; call it on the event loop."""
        self._polling = asyncio.create_task(self._poll())
        self._probing.start()

    async def stop(self) -> None:
        """Waits a moment for what is under way and ends the connection."""
        self._stop.set()
        if self._polling is not None:
            self._polling.cancel()
        await asyncio.to_thread(self._close)

    def take_room(self, count: int) -> bool:
        """Takes room for so many events that will wait for an answer; False: there is none."""
        if self._in_flight + count > MAX_IN_FLIGHT_EVENTS:
            return False
        self._in_flight += count
        return True

    def give_back(self, count: int) -> None:
        """Gives room back."""
        self._in_flight -= count

    def send(self, events: Iterable[ReadyEvent]) -> list[Delivery]:
        """Hands events to Kafka's client, in a thread.

        Returns:
            The deliveries of those that were handed over, in order; the rest was not sent.
        """
        deliveries: list[Delivery] = []
        publisher = self._publisher
        if publisher is None:
            return deliveries
        try:
            # The publisher's account of what is under way is not made for several threads.
            with self._sending:
                for event in events:
                    deliveries.append(publisher.send_raw(event.topic, event.value, event.headers, event.key))  # noqa: PERF401
        except (BrokerUnavailable, KafkaError) as error:
            self._trouble = type(error).__name__
            self._silences += 1
            _log.warning("broker_refused_to_send", error=type(error).__name__)
        return deliveries

    async def settle(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """Waits for the answers; what has none in time is ``unknown``."""
        loop = asyncio.get_running_loop()
        # The client itself gives up at the end of its time; the second more is for that answer to come.
        answers = _Answers(deliveries, loop.time() + self._delivery_seconds + 1.0)
        if not answers.look():
            self._waiting.append(answers)
            self._wake.set()
            await answers.done.wait()
        outcomes = [delivery.outcome for delivery in deliveries]
        self._silences = 0 if Outcome.DELIVERED in outcomes else self._silences + 1
        return [Outcome.UNKNOWN if outcome is Outcome.PENDING else outcome for outcome in outcomes]

    async def _poll(self) -> None:
        """Looks at the answers of all requests, a few hundred times a second while any is waited for."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            now = loop.time()
            still: list[_Answers] = []
            for answers in self._waiting:
                if answers.look() or now > answers.deadline:
                    answers.done.set()
                else:
                    still.append(answers)
            self._waiting = still
            await asyncio.sleep(_POLL_SECONDS)

    def _probe_for_ever(self) -> None:
        admin: KafkaAdminClient | None = None
        while True:
            admin, trouble = self._probe(admin)
            if trouble is not None and self.is_up:
                # An idle connection may just have been closed: only a second look counts.
                admin, trouble = self._probe(admin)
            if trouble is None:
                trouble = self._ensure_publisher()
            if trouble != self._trouble:
                _log.info("broker_is_up") if trouble is None else _log.warning("broker_is_away", reason=trouble)
            self._trouble = trouble
            if self._stop.wait(_PROBE_SECONDS):
                break
        if admin is not None:
            admin.close()

    def _probe(self, admin: KafkaAdminClient | None) -> tuple[KafkaAdminClient | None, str | None]:
        """Asks for the topics; returns the client to ask with next time, and what is wrong."""
        try:
            if admin is None:
                admin = KafkaAdminClient(
                    bootstrap_servers=[server.strip() for server in self._servers.split(",")],
                    client_id="arna-gateway-probe",
                    request_timeout_ms=_PROBE_TIMEOUT_MS,
                    bootstrap_timeout_ms=_PROBE_TIMEOUT_MS,
                )
            for topic in admin.describe_topics(list(_TOPICS)):
                if topic["error_code"] != 0:
                    return admin, f"topic {topic['name']}: error {topic['error_code']}"
                if any(partition["leader_id"] < 0 for partition in topic["partitions"]):
                    return admin, f"topic {topic['name']}: a partition has no leader"
        except (KafkaError, OSError) as error:
            if admin is not None:
                with suppress(KafkaError, OSError):
                    admin.close()
            return None, type(error).__name__
        return admin, None

    def _ensure_publisher(self) -> str | None:
        """Makes the publisher, anew where the broker answers us and not it; returns what is wrong."""
        if self._publisher is not None and self._silences >= _MAX_SILENCES:
            _log.warning("publisher_made_anew", silences=self._silences)
            silent, self._publisher, self._silences = self._publisher, None, 0
            silent.close(0)
        if self._publisher is None:
            try:
                self._publisher = DirectPublisher(
                    self._servers,
                    client_id="arna-gateway",
                    connect_timeout=3.0,
                    delivery_timeout=self._delivery_seconds,
                    linger_ms=LINGER_MS,
                )
            except BrokerUnavailable as error:
                return str(error)
        return None

    def _close(self) -> None:
        self._probing.join(_CLOSE_SECONDS)
        if self._publisher is not None:
            self._publisher.close(_CLOSE_SECONDS)
