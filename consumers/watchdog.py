"""Ends a lander that hangs in a poll.

kafka-python has ways to spin for ever, and a lander that hangs holds its partitions.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

import structlog

from arna.errors import ArnaError

log = structlog.get_logger(__name__)

EXIT_STALLED: Final = 75


class LanderStalledError(ArnaError):
    """Events wait in Kafka and polls bring none; the process ends so that its supervisor starts a fresh consumer.

    Args:
        seconds: how long nothing came.
        lag: events that wait in our partitions.
    """

    def __init__(self, seconds: float, lag: int) -> None:
        self.seconds = seconds
        self.lag = lag
        super().__init__(
            f"the consumer has brought nothing for {seconds:.0f} s though {lag} events wait: "
            "see Kafka's log for the partitions of this lander."
        )


def end_process() -> None:
    """Ends at once, without clean-up: the main thread hangs, and what is not committed is read again."""
    os._exit(EXIT_STALLED)


class PollWatchdog:
    """Watches a call that must come back.

    Args:
        limit: seconds it may take.
        on_stall: what to do when it takes longer; normally does not return.
    """

    def __init__(self, limit: float, on_stall: Callable[[], None] = end_process) -> None:
        self._limit = limit
        self._on_stall = on_stall
        self._entered: float | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="poll-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """The call inside is watched."""
        self._entered = monotonic()
        try:
            yield
        finally:
            self._entered = None

    def stop(self) -> None:
        """Watches no more."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(min(1.0, self._limit / 4)):
            entered = self._entered
            if entered is not None and monotonic() - entered > self._limit:
                log.critical("poll_hangs", seconds=round(monotonic() - entered))
                self._on_stall()
                return
