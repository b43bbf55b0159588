"""The doorbell: rings an asset while landed events wait to be loaded.

Airflow's events carry no data here. It coalesces them and can strand them, so a bell only says that
something waits; the load takes all of it, and a five-minute sweep stands in for a lost bell.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import structlog
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from arna.errors import WarehouseUnavailable
from arna.warehouse.waiting import Waiting, WaitingProbe

_FIRST_REPEAT_SECONDS = 15.0
_LAST_REPEAT_SECONDS = 300.0
_LONGEST_PAUSE_SECONDS = 5.0


class Bell:
    """Decides when to ring: once for each piece of work, and again, ever more seldom, while nobody comes."""

    def __init__(self) -> None:
        self._rung_for: tuple[int, int] | None = None
        self._rung_at = 0.0
        self._repeat_after = _FIRST_REPEAT_SECONDS

    def should_ring(self, waiting: Waiting, now: float) -> bool:
        """Whether to ring now.

        Args:
            waiting: how the entity stands.
            now: monotonic seconds.
        """
        if not waiting.is_waiting:
            self._rung_for = None
            return False
        if waiting.is_busy:
            return False
        if self._rung_for == waiting.position:
            if now - self._rung_at < self._repeat_after:
                return False
            self._repeat_after = min(self._repeat_after * 2, _LAST_REPEAT_SECONDS)
        else:
            self._repeat_after = _FIRST_REPEAT_SECONDS
        self._rung_for = waiting.position
        self._rung_at = now
        return True


class Doorbell(BaseEventTrigger):  # type: ignore[misc]
    """Rings when events of an entity are landed and not yet claimed by a batch, or a batch was left unfinished.

    Args:
        entity: whose events.
        poll_seconds: how often the warehouse is asked.
    """

    def __init__(self, entity: str, poll_seconds: float = 0.5) -> None:
        super().__init__()
        self.entity = entity
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments; the warehouse's address stays in the environment of the triggerer."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "entity": self.entity,
            "poll_seconds": self.poll_seconds,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Polls for ever; survives a restart of the warehouse."""
        # Here and not at the top: the DAG processor imports this module at each parse.
        from arna.orchestration.warehouse import loader_url

        log = structlog.get_logger().bind(entity=self.entity)
        probe = WaitingProbe(loader_url(), self.entity)
        bell = Bell()
        pause = self.poll_seconds
        try:
            while True:
                try:
                    waiting = await probe.read()
                except WarehouseUnavailable as error:
                    if pause == self.poll_seconds:
                        log.warning("doorbell_waits_for_warehouse", reason=str(error))
                    pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                else:
                    if pause != self.poll_seconds:
                        log.info("doorbell_is_back")
                    pause = self.poll_seconds
                    if bell.should_ring(waiting, time.monotonic()):
                        yield TriggerEvent({"entity": self.entity, "waiting": waiting.landed - waiting.claimed})
                await asyncio.sleep(pause)
        finally:
            await probe.close()
