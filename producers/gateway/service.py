"""What the gateway does with a request that was let in, whatever way it came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from arna.errors import ContractError
from arna.settings import Settings
from arna.source_keys import KeyHolder
from arna.warehouse.database import Database
from producers.direct import Delivery, Outcome
from producers.gateway.auth import KeyRing
from producers.gateway.bodies import BodyRoom
from producers.gateway.checking import RawEvent, ReadyEvent, check_events
from producers.gateway.limits import Quotas
from producers.gateway.receipts import ReceiptReader
from producers.gateway.results import EventResult, EventStatus, Report
from producers.gateway.sending import Broker

_BODY_ROOM_BYTES: Final = 256 * 1024 * 1024
# Checking is pure Python: more threads would not make it faster, one would let a large batch hold up the small ones.
_CHECKING_THREADS: Final = 2
_STATUS_OF: Final = {
    Outcome.DELIVERED: EventStatus.ACCEPTED,
    # Kafka refuses only what is no fault of the event: a topic that is gone, rights that are missing.
    Outcome.REFUSED: EventStatus.NOT_SENT,
    Outcome.UNKNOWN: EventStatus.UNKNOWN,
}


class Gateway:
    """The gateway of one process.

    Args:
        settings: with the addresses of Kafka and of the warehouse.
    """

    def __init__(self, settings: Settings) -> None:
        url = str(settings.warehouse_gateway_url or settings.warehouse_url)
        self.settings = settings
        self.keys = KeyRing(Database(url, "arna gateway", statement_timeout=5))
        self.quotas = Quotas(settings)
        self.room = BodyRoom(_BODY_ROOM_BYTES)
        self.broker = Broker(str(settings.kafka_bootstrap_servers), settings.gateway_delivery_seconds)
        self.receipts = ReceiptReader(url)
        self._checking = ThreadPoolExecutor(_CHECKING_THREADS, thread_name_prefix="check")
        self._keeping_fresh: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reads the keys and begins to watch the broker; either may be away."""
        self.broker.start()
        await self.keys.first_read()
        self._keeping_fresh = asyncio.create_task(self.keys.keep_fresh())

    async def stop(self) -> None:
        """Ends what ``start`` began."""
        if self._keeping_fresh is not None:
            self._keeping_fresh.cancel()
        await self.broker.stop()
        self._checking.shutdown(wait=False)
        self.receipts.close()

    def readiness(self) -> dict[str, Any]:
        """What works; all true: events are taken."""
        return {"broker": self.broker.is_up, "warehouse": self.keys.is_fresh}

    async def publish(self, holder: KeyHolder, events: Sequence[RawEvent], *, is_dry_run: bool = False) -> Report:
        """Checks events and, unless it is a dry run, brings those that pass to Kafka.

        Args:
            holder: whose they are.
            events: as they came.
            is_dry_run: send nothing.

        Returns:
            What became of each; ``accepted`` is said only of what all in-sync replicas have.

        Raises:
            Problem: the source sends too many.
        """
        await self.quotas.take_events(holder, len(events))
        send = not is_dry_run and self.broker.is_up and self.broker.take_room(len(events))
        try:
            checked, deliveries = await asyncio.get_running_loop().run_in_executor(
                self._checking, self._check_and_send, holder, events, send
            )
            outcomes = await self.broker.settle(deliveries) if deliveries else []
        finally:
            if send:
                self.broker.give_back(len(events))
        sent = iter(outcomes)
        results: list[EventResult] = []
        for index, event in enumerate(checked):
            if isinstance(event, ContractError):
                results.append(EventResult(index, EventStatus.REFUSED, event.event_id, event))
            elif is_dry_run:
                results.append(EventResult(index, EventStatus.ACCEPTED, event.event_id))
            else:
                outcome = next(sent, None)
                status = EventStatus.NOT_SENT if outcome is None else _STATUS_OF[outcome]
                results.append(EventResult(index, status, event.event_id))
        return Report(results, is_dry_run)

    def _check_and_send(
        self, holder: KeyHolder, events: Sequence[RawEvent], send: bool
    ) -> tuple[list[ReadyEvent | ContractError], list[Delivery]]:
        checked = check_events(events, holder)
        ready = [event for event in checked if isinstance(event, ReadyEvent)]
        return checked, self.broker.send(ready) if send else []
