"""From the spool onto Kafka: packet after packet, until the broker has each of them, whatever happens in between.

1. Take the drain lock: one process drains, the others enter.
2. Connect, and hold the cluster's id against the one that the events were entered for.
3. Send packets in order, some thousand events ahead of the answers.
4. Delete a packet once each of its events is delivered or refused for good; the refused are kept apart.
5. After an answer that leaves doubt, drop the connection and send again from the oldest packet that waits. What had
   arrived meanwhile arrives twice, with the same ids; so the last word on each subject is still its newest.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Final, Protocol

from arna.errors import ArnaError, BrokerUnavailable, ConfigError, IntegrityError, TransientError
from producers.direct import Delivery, Headers, Outcome
from producers.packets import Packet
from producers.spool import Spool
from producers.spool_files import DrainLock

logger = logging.getLogger(__name__)

WINDOW_EVENTS: Final = 10_000
WINDOW_BYTES: Final = 32 << 20
TOPIC_PATIENCE: Final = 30.0
"""Seconds for which a topic must be missing before its events count as refused: a broker that starts knows few."""
_SETTLE_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 1.0  # for the answers to what is on its way; without them it would be sent again
_IDLE_SECONDS: Final = 1.0
_LOCKED_SECONDS: Final = 0.1
_ASK_TOPICS_SECONDS: Final = 1.0
_FIRST_BACKOFF: Final = 0.2
_LONGEST_BACKOFF: Final = 5.0


class Outlet(Protocol):
    """What the drainer sends through: a ``DirectPublisher``."""

    @property
    def cluster_id(self) -> str | None:
        """The id of the cluster that answers."""

    def send_raw(self, topic: str, value: bytes | None, headers: Headers = (), key: bytes | None = None) -> Delivery:
        """Sends a message, or raises BrokerUnavailable."""

    def missing_topics(self, names: Iterable[str]) -> set[str]:
        """Those of the topics that do not exist, or raises BrokerUnavailable."""

    def close(self, timeout: float | None = None) -> int:
        """Ends the connection."""


class _Doubt(TransientError):
    """An event may or may not be in the log."""


class _Sent:
    """A packet on its way; knows how far its answers have come."""

    __slots__ = ("_answered", "deliveries", "packet", "refused")

    def __init__(self, packet: Packet) -> None:
        self.packet = packet
        self.deliveries: list[tuple[int, Delivery]] = []
        self.refused: dict[int, str] = {}
        self._answered = 0

    def is_answered(self) -> bool:
        """Whether all its events are.

        Raises:
            _Doubt: one is neither delivered nor refused for good.
        """
        while self._answered < len(self.deliveries):
            place, delivery = self.deliveries[self._answered]
            match delivery.outcome:
                case Outcome.PENDING:
                    return False
                case Outcome.REFUSED:
                    self.refused[place] = delivery.error or "unknown_error"
                case Outcome.UNKNOWN:
                    raise _Doubt(delivery.error or "unknown_error")
                case Outcome.DELIVERED:
                    pass
            self._answered += 1
        return True

    def refused_so_far(self) -> dict[int, str]:
        """The refused events, also those behind one without an answer."""
        late = self.deliveries[self._answered :]
        found = {place: one.error or "unknown_error" for place, one in late if one.outcome is Outcome.REFUSED}
        return self.refused | found

    def wait(self, timeout: float) -> None:
        """Waits for the next answer."""
        if self._answered < len(self.deliveries):
            self.deliveries[self._answered][1].wait(timeout)


class _Window:
    """The packets on their way, oldest first."""

    def __init__(self) -> None:
        self.sent: deque[_Sent] = deque()
        self._events = 0
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        return self._events >= WINDOW_EVENTS or self._bytes >= WINDOW_BYTES

    def append(self, sent: _Sent) -> None:
        self.sent.append(sent)
        self._events += len(sent.deliveries)
        self._bytes += sent.packet.bytes

    def take_answered(self) -> list[_Sent]:
        """The oldest packets, as far as all their events are answered.

        Raises:
            _Doubt: the oldest of them holds one that is in doubt.
        """
        taken: list[_Sent] = []
        try:
            while self.sent and self.sent[0].is_answered():
                taken.append(self.sent.popleft())
                self._events -= len(taken[-1].deliveries)
                self._bytes -= taken[-1].packet.bytes
        except _Doubt:
            if not taken:
                raise
        return taken


class Drainer:
    """Drains a spool, in a thread of its own or until the spool is empty.

    Args:
        spool: the spool.
        connect: makes a connection, or raises BrokerUnavailable.
        accept_cluster: send to the cluster that answers even where the events were entered for another.
        topic_patience: seconds for which a topic must be missing before its events count as refused.
        close_spool: close the spool when the thread ends, which nobody can wait for without end.
    """

    def __init__(
        self,
        spool: Spool,
        connect: Callable[[], Outlet],
        *,
        accept_cluster: bool = False,
        topic_patience: float = TOPIC_PATIENCE,
        close_spool: bool = False,
    ) -> None:
        self._spool = spool
        self._lock = DrainLock(spool.file)
        self._connect = connect
        self._accept_cluster = accept_cluster
        self._topic_patience = topic_patience
        self._close_spool = close_spool
        self._outlet: Outlet | None = None
        self._missing_since: dict[str, float] = {}
        self._ask_topics_at = 0.0
        self._attempts = 0
        self._is_tidy = False
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: Exception | None = None
        """Why it gave up: something that only a person can put right."""
        self.trouble: str | None = None
        """Name of the error that keeps it from going on at the moment."""

    # --- as a thread ---

    def start(self) -> None:
        """Drains in a thread until ``stop``."""
        self._thread = threading.Thread(target=self._run, name="arna-spool", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to drain."""
        self._wake.set()

    def stop(self, timeout: float) -> bool:
        """Stops the thread; returns whether it ended in time. What has no answer yet stays in the spool."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._run_once()
                except TransientError as error:  # of the spool: its disk is full, its file locked
                    self._say(error)
                    self._stop.wait(_IDLE_SECONDS)
        except (ConfigError, IntegrityError) as error:
            self.failure = error
            if not self._stop.is_set():
                logger.warning("Events stay in the spool %s: %s", self._spool.file, error)
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._disconnect()
            self._lock.close()
            with suppress(ArnaError):  # its disk is full, its owner has closed it
                self._spool.tidy()
            if self._close_spool:
                self._spool.close()

    def _run_once(self) -> None:
        if not self._spool.is_empty():
            self._is_tidy = False
            if not self.drain():
                self._stop.wait(_LOCKED_SECONDS)
        elif self._wake.wait(_IDLE_SECONDS):
            self._wake.clear()
        elif not self._is_tidy:
            self._spool.tidy()
            self._is_tidy = True

    @property
    def is_connected(self) -> bool:
        """Whether it has a connection now."""
        return self._outlet is not None

    # --- draining ---

    def drain(self, until: float | None = None) -> bool:
        """Drains until the spool is empty, it is stopped, or the time is over.

        Args:
            until: moment of ``time.monotonic`` to give up at.

        Returns:
            Whether it was its turn: another process may be draining.

        Raises:
            OtherCluster: another cluster answers than the one that the events wait for.
            SpoolDamaged: the spool cannot be used.
        """
        with self._lock.hold() as is_mine:
            while is_mine and not self._is_over(until) and not self._spool.is_empty():
                try:
                    self._send_all(self._connected(), until)
                except TransientError as error:
                    self._back_off(error, until)
                else:
                    self._attempts, self.trouble = 0, None
            return is_mine

    def _is_over(self, until: float | None) -> bool:
        return self._stop.is_set() or (until is not None and monotonic() >= until)

    def _connected(self) -> Outlet:
        if self._outlet is None:
            self._outlet = self._connect()
            self._spool.bind_cluster(self._outlet.cluster_id, accept=self._accept_cluster)
        return self._outlet

    def _disconnect(self) -> None:
        if self._outlet is not None:
            self._outlet.close(0)
            self._outlet = None

    def close(self) -> None:
        """Ends the connection of a drainer that has no thread, and leaves nothing of what was sent on disk."""
        self._disconnect()
        self._lock.close()
        with suppress(TransientError):  # the next one that drains will do it
            self._spool.tidy()

    def _back_off(self, error: TransientError, until: float | None) -> None:
        self._disconnect()
        self._say(error)
        delay = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(self._attempts, 10)) * random.uniform(0.5, 1.0)  # noqa: S311
        self._attempts += 1
        self._stop.wait(delay if until is None else max(0.0, min(delay, until - monotonic())))

    def _say(self, error: TransientError) -> None:
        name = str(error) if isinstance(error, _Doubt) else type(error).__name__
        if name == self.trouble:
            return
        self.trouble = name
        logger.warning("Events wait in the spool %s (%s); they will be sent again.", self._spool.file, name)
        with suppress(TransientError):  # that may be the trouble
            self._spool.note_error(name)

    def _send_all(self, outlet: Outlet, until: float | None) -> None:
        """Sends what waits, and deletes what was answered; returns when nothing is on its way any more."""
        self._ask_for_topics(outlet)
        window, position = _Window(), 0
        settle_at, give_up_at = monotonic() + _SETTLE_SECONDS, inf
        answered: list[_Sent] = []
        try:
            while True:
                packet = self._next(window, position, until)
                if packet is not None:
                    position = packet.position
                    self._send(outlet, packet, window)
                elif not window.sent:
                    return
                else:
                    window.sent[0].wait(_SETTLE_SECONDS)
                answered += window.take_answered()
                if answered and (monotonic() >= settle_at or not window.sent):
                    self._settle(answered)
                    settle_at = monotonic() + _SETTLE_SECONDS
                if self._is_over(until):
                    give_up_at = min(give_up_at, monotonic() + _GRACE_SECONDS)
                    if monotonic() >= give_up_at:
                        return
        finally:
            self._settle(answered)
            self._keep_refused(window)

    def _next(self, window: _Window, position: int, until: float | None) -> Packet | None:
        is_time_to_ask = bool(self._missing_since) and monotonic() >= self._ask_topics_at
        if window.is_full or is_time_to_ask or self._is_over(until):
            return None
        return self._spool.read_after(position, self._missing_since)

    def _send(self, outlet: Outlet, packet: Packet, window: _Window) -> None:
        sent = _Sent(packet)
        for place, item in enumerate(packet.items):
            if item is None:
                continue
            value, headers, key = item
            try:
                sent.deliveries.append((place, outlet.send_raw(packet.topic, value, headers, key)))
            except (ValueError, TypeError):
                # The client does not even send it: no topic can have that name.
                sent.refused[place] = "InvalidTopicError"
            except BrokerUnavailable:
                if not outlet.missing_topics([packet.topic]):
                    raise
                # The others go on; this one is asked for again.
                self._missing_since.setdefault(packet.topic, monotonic())
                self._ask_topics_at = monotonic() + _ASK_TOPICS_SECONDS
                return
        window.append(sent)

    def _settle(self, answered: list[_Sent]) -> None:
        """Deletes answered packets; where the disk is too full even for that, waits rather than sends them for ever."""
        while answered:
            try:
                self._spool.settle([(sent.packet.position, sent.refused) for sent in answered])
            except TransientError as error:
                self._say(error)
                if self._stop.wait(_IDLE_SECONDS):
                    return
                with suppress(TransientError):
                    self._spool.tidy()
            else:
                answered.clear()

    def _keep_refused(self, window: _Window) -> None:
        """Keeps apart what was refused in packets that will be sent again, or it would be refused for ever."""
        for sent in window.sent:
            if refused := sent.refused_so_far():
                self._spool.set_apart(sent.packet.position, refused)

    def _ask_for_topics(self, outlet: Outlet) -> None:
        """Asks again for the topics that were missing; those that stay away for long are refused."""
        if not self._missing_since:
            return
        self._stop.wait(max(0.0, self._ask_topics_at - monotonic()))
        self._ask_topics_at = monotonic() + _ASK_TOPICS_SECONDS
        missing = outlet.missing_topics(self._missing_since)
        for topic, since in list(self._missing_since.items()):
            if topic not in missing:
                del self._missing_since[topic]
            elif monotonic() - since >= self._topic_patience:
                self._spool.refuse_topic(topic, "UnknownTopicOrPartitionError")
                del self._missing_since[topic]
