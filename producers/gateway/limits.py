"""How much a source may send: requests and events over ten seconds, and events in one request."""

from __future__ import annotations

from math import ceil
from typing import Final

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from arna.settings import Settings
from arna.source_keys import KeyHolder
from producers.gateway.problems import Problem

WINDOW_SECONDS: Final = 10
"""A limit per second is kept over so long: a batch may come at once, a stream may not."""


class Quotas:
    """What each source has used of its limits, in this process.

    Args:
        settings: the limits of sources that have none of their own.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def take_request(self, holder: KeyHolder) -> None:
        """Counts one request.

        Raises:
            Problem: the source asks too often.
        """
        limit = holder.requests_per_second or self._settings.gateway_requests_per_second
        await self._take(holder, "requests", limit, 1)

    async def take_events(self, holder: KeyHolder, count: int) -> None:
        """Counts events.

        Raises:
            Problem: the source sends too many.
        """
        await self._take(holder, "events", self._events_per_second(holder), count)

    def max_batch(self, holder: KeyHolder) -> int:
        """Most events in one request: no more than could ever be let through."""
        limit = holder.max_batch_events or self._settings.gateway_max_batch_events
        return min(limit, self._events_per_second(holder) * WINDOW_SECONDS)

    def as_json(self, holder: KeyHolder) -> dict[str, int]:
        """The limits of a source, to be shown to it."""
        return {
            "requests_per_second": holder.requests_per_second or self._settings.gateway_requests_per_second,
            "events_per_second": self._events_per_second(holder),
            "max_batch_events": self.max_batch(holder),
            "max_body_bytes": self._settings.gateway_max_body_bytes,
        }

    def _events_per_second(self, holder: KeyHolder) -> int:
        return holder.events_per_second or self._settings.gateway_events_per_second

    async def _take(self, holder: KeyHolder, what: str, per_second: int, count: int) -> None:
        item: RateLimitItem = RateLimitItemPerSecond(per_second * WINDOW_SECONDS, WINDOW_SECONDS)
        if not await self._limiter.hit(item, what, str(holder.source_id), cost=count):
            seconds = min(WINDOW_SECONDS, max(1, ceil(count / per_second)))
            raise Problem("rate_limited", {"Retry-After": str(seconds)}, limit=what, per_second=per_second)
