"""Whose request it is: the keys of all sources in memory, never more than ten seconds behind the warehouse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from arna.errors import ArnaError
from arna.source_keys import KeyHolder, mark_keys_used, parse_key, read_key_holders
from arna.warehouse.database import Database
from producers.gateway.problems import Problem

MAX_AGE_SECONDS: Final = 5.0
"""How old what is known may get while the warehouse answers: so long a revoked key may still pass."""

GRACE_SECONDS: Final = 60.0
"""How long the keys last known are taken while the warehouse is away; afterwards nobody gets in."""

_RETRY_SECONDS: Final = 0.5
_MAX_STRANGERS: Final = 32
_PATIENCE_SECONDS: Final = 2.0
_NOTE_USE_SECONDS: Final = 60.0
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="arna"'}

_log = structlog.get_logger(__name__)


class KeyRing:
    """The keys in memory.

    Args:
        database: a connection of its own, as role ``arna_gateway``.
        clock: seconds that only grow.

    Attributes:
        max_age_seconds: how old what is known may get while the warehouse answers.
        note_use_seconds: how often the warehouse hears which keys were used.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self.max_age_seconds = MAX_AGE_SECONDS
        self.note_use_seconds = _NOTE_USE_SECONDS
        self._database = database
        self._clock = clock
        self._holders: dict[str, KeyHolder] = {}
        self._read_at: float | None = None
        self._tried_at = float("-inf")
        self._strangers = 0
        self._used: set[str] = set()
        self._noted_at = clock()
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the warehouse answered a moment ago."""
        return self._read_at is not None and self._clock() - self._read_at <= MAX_AGE_SECONDS * 2

    async def authenticate(self, authorization: str | None) -> KeyHolder:
        """The holder of the key in an ``Authorization`` header.

        Raises:
            Problem: 401 for a key that is missing, unknown, revoked or expired; 403 for a disabled source; 503 where
                the warehouse has not answered for so long that nobody can be let in.
        """
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Problem("key_missing", _CHALLENGE)
        parsed = parse_key(text.strip())
        if parsed is None:
            raise Problem("key_unknown", _CHALLENGE)
        if self._read_at is None or self._clock() - self._read_at > GRACE_SECONDS:
            raise Problem("warehouse_away")
        key_id, secret = parsed
        holder = self._holders.get(key_id)
        if holder is None:
            await self._look_again()
            holder = self._holders.get(key_id)
        if holder is None or not holder.owns(secret):
            raise Problem("key_unknown", _CHALLENGE)
        if holder.revoked_at is not None:
            raise Problem("key_revoked", _CHALLENGE)
        if holder.expires_at is not None and holder.expires_at <= datetime.now(UTC):
            raise Problem("key_expired", _CHALLENGE)
        if not holder.is_enabled:
            raise Problem("source_disabled")
        self._used.add(key_id)
        return holder

    async def keep_fresh(self) -> None:
        """Reads the keys again and again until it is cancelled."""
        while True:
            await self._refresh(self._clock())
            await asyncio.sleep(self.max_age_seconds if self.is_fresh else _RETRY_SECONDS)

    async def first_read(self) -> None:
        """Reads the keys once, before the first request; a warehouse that is away is no error yet."""
        await self._refresh(self._clock())

    async def _look_again(self) -> None:
        """Reads the keys for one that is not known: it may have been issued a moment ago.

        A flood of wrong keys becomes neither a flood of queries nor one of requests that wait: beyond a few, the
        others are to come again.
        """
        if self._strangers >= _MAX_STRANGERS:
            raise Problem("too_busy", {"Retry-After": "1"})
        self._strangers += 1
        try:
            asked = self._clock()
            await asyncio.sleep(max(0.0, self._tried_at + _RETRY_SECONDS - asked))
            await self._refresh(asked)
        finally:
            self._strangers -= 1

    async def _refresh(self, since: float) -> None:
        """Reads the keys unless somebody has begun to since a moment; waits for it, but not for ever."""
        if self._tried_at < since and (self._refreshing is None or self._refreshing.done()):
            self._tried_at = self._clock()
            self._refreshing = asyncio.create_task(self._read())
        if self._refreshing is not None:
            await asyncio.wait({self._refreshing}, timeout=_PATIENCE_SECONDS)

    async def _read(self) -> None:
        began = self._clock()
        used: list[str] = []
        if self._used and began - self._noted_at >= self.note_use_seconds:
            used, self._used, self._noted_at = sorted(self._used), set(), began
        try:
            self._holders = await asyncio.to_thread(self._exchange, used)
        except ArnaError as error:
            _log.warning("keys_not_read", reason=str(error))
            return
        self._read_at = began

    def _exchange(self, used: list[str]) -> dict[str, KeyHolder]:
        if used:
            mark_keys_used(self._database, used)
        return read_key_holders(self._database)
