"""Publishing through the spool: entered on disk at once, sent to Kafka by a thread, however long that takes."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby
from time import monotonic

from producers.direct import Delivery, Outcome, RawMessage
from producers.draining import Drainer, Outlet
from producers.spool import Fate, Spool

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.1  # another process may be draining, and tells nobody
_STOP_SECONDS = 2.0


class _Entered:
    """A packet as this publisher sees it; asked for once for all its events."""

    __slots__ = ("_fate", "_spool", "is_closed", "places", "position")

    def __init__(self, spool: Spool, position: int, places: list[int]) -> None:
        self.position = position
        self.places = places
        self.is_closed = False
        self._spool = spool
        self._fate = Fate(waits=True, refused={})

    def fate(self) -> Fate:
        """What became of it; final once it waits no more."""
        if self._fate.waits and not self.is_closed:
            self._fate = self._spool.fate(self.position)
        return self._fate


class SpooledDelivery(Delivery):
    """The delivery of an event that is in the spool: pending until Kafka has it, also when the publisher is closed."""

    __slots__ = ("_entered", "_place", "_spool")

    def __init__(self, topic: str, spool: Spool, entered: _Entered, place: int) -> None:
        super().__init__(topic)
        self._spool = spool
        self._entered = entered
        self._place = place

    @property
    def outcome(self) -> Outcome:
        """``pending``, ``delivered`` or ``refused``: in doubt it waits, and is sent again."""
        fate = self._entered.fate()
        if fate.error_of(self._place) is not None:
            return Outcome.REFUSED
        return Outcome.PENDING if fate.waits else Outcome.DELIVERED

    @property
    def error(self) -> str | None:
        """Name of the error, once refused."""
        return self._entered.fate().error_of(self._place)

    def wait(self, timeout: float | None = None) -> Outcome:
        """Blocks until Kafka has it or refused it, at most ``timeout`` seconds, and returns the outcome."""
        deadline = None if timeout is None else monotonic() + timeout
        while (outcome := self.outcome) is Outcome.PENDING and not self._entered.is_closed:
            left = _LOOK_SECONDS if deadline is None else deadline - monotonic()
            if left <= 0:
                break
            self._spool.wait_change(min(left, _LOOK_SECONDS))
        return outcome


class SpooledPublisher:
    """Enters messages into a spool and drains it in a thread.

    Args:
        spool: the spool.
        connect: makes a connection for the drainer, or raises BrokerUnavailable.
        flush_timeout: seconds that ``flush`` waits when it is not told.
        close_timeout: seconds that ``close`` waits when it is not told.
        close_spool: the spool is this publisher's own.
    """

    def __init__(
        self,
        spool: Spool,
        connect: Callable[[], Outlet],
        *,
        flush_timeout: float,
        close_timeout: float,
        close_spool: bool,
    ) -> None:
        self.spool = spool
        self._flush_timeout = flush_timeout
        self._close_timeout = close_timeout
        self._lock = threading.Lock()
        self._entered: deque[_Entered] = deque()
        self._counts = dict.fromkeys(Outcome, 0)
        self._is_closed = False
        self._drainer = Drainer(spool, connect, close_spool=close_spool)
        self._drainer.start()

    @property
    def trouble(self) -> str | None:
        """Name of the error that keeps the drainer from going on at the moment."""
        return self._drainer.trouble

    def send_many(self, messages: Sequence[RawMessage]) -> list[Delivery]:
        """Enters messages, all or none, in their order.

        Raises:
            SpoolFull: there is no room.
            OtherCluster: another cluster answers than the one that earlier events wait for.
            SpoolDamaged: the spool cannot be used.
        """
        if self._drainer.failure is not None:
            raise self._drainer.failure
        deliveries: list[Delivery] = []
        places = zip(self.spool.add(messages), messages, strict=True)
        for position, group in groupby(places, key=lambda pair: pair[0].position):
            members = list(group)
            entered = _Entered(self.spool, position, [entry.place for entry, _ in members])
            deliveries += [SpooledDelivery(one.topic, self.spool, entered, entry.place) for entry, one in members]
            with self._lock:
                self._entered.append(entered)
        self._drainer.wake()
        self._settle()
        return deliveries

    def _settle(self) -> None:
        """Counts the oldest packets that wait no more; the first that waits ends it."""
        with self._lock:
            while self._entered and not self._entered[0].fate().waits:
                self._count(self._entered.popleft())

    def _count(self, entered: _Entered) -> None:
        fate = entered.fate()
        refused = sum(fate.error_of(place) is not None for place in entered.places)
        self._counts[Outcome.REFUSED] += refused
        self._counts[Outcome.DELIVERED] += len(entered.places) - refused

    def counts(self) -> dict[Outcome, int]:
        """How many messages of this publisher stand at each outcome now."""
        with self._lock:
            if self._entered and not self._is_closed:
                positions = [one.position for one in self._entered]
                waiting = self.spool.waiting_positions(min(positions), max(positions))
                for entered in self._entered:
                    if entered.position not in waiting:
                        self._count(entered)
                self._entered = deque(one for one in self._entered if one.position in waiting)
            counts = dict(self._counts)
            counts[Outcome.PENDING] = sum(len(one.places) for one in self._entered)
        return counts

    def flush(self, timeout: float | None = None) -> int:
        """Blocks until Kafka has answered for all of this publisher's events, or the time is over.

        Returns:
            How many of them still wait in the spool.

        Raises:
            OtherCluster, SpoolDamaged: draining has ended; a person must look.
        """
        self._await_answers(self._flush_timeout if timeout is None else timeout)
        pending = self.counts()[Outcome.PENDING]
        if pending and self._drainer.failure is not None:
            raise self._drainer.failure
        return pending

    def _await_answers(self, timeout: float) -> None:
        deadline = monotonic() + timeout
        while self._entered and not self._is_closed and self._drainer.failure is None:
            self._settle()
            left = deadline - monotonic()
            if not self._entered or left <= 0:
                break
            self.spool.wait_change(min(left, _LOOK_SECONDS))

    def close(self, timeout: float | None = None) -> int:
        """Waits a bounded time for Kafka's answers and ends; what waits stays in the spool. Idempotent.

        Args:
            timeout: seconds; None is the publisher's own.

        Returns:
            How many of this publisher's events still wait in the spool.
        """
        if self._is_closed:
            return self.counts()[Outcome.PENDING]
        self._await_answers(self._close_timeout if timeout is None else timeout)
        pending = self.counts()[Outcome.PENDING]
        self._is_closed = True
        for entered in list(self._entered):
            entered.is_closed = True
        # While it looks for a broker it cannot be stopped at once, and it leaves nothing behind.
        self._drainer.stop(_STOP_SECONDS if self._drainer.is_connected else 0.1)
        if pending:
            logger.warning(
                "%d events wait in the spool %s; the next publisher or `arna spool drain` sends them.",
                pending,
                self.spool.file,
            )
        return pending
