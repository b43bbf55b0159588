"""A source's receipts over HTTP: read in threads, each with a connection of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Final

import structlog

from arna.contracts.receipt import Language, Outcome, receipt_values
from arna.errors import WarehouseUnavailable
from arna.receipts import CursorError, ReceiptPage, read_receipts
from arna.source_keys import KeyHolder
from arna.warehouse.database import Database, StatementError
from producers.gateway.problems import Problem

_CONNECTIONS: Final = 4
_STATEMENT_SECONDS: Final = 15.0

_log = structlog.get_logger(__name__)


class ReceiptReader:
    """Reads receipts.

    Args:
        url: the warehouse, as role ``arna_gateway``.
    """

    def __init__(self, url: str) -> None:
        self._idle = deque(Database(url, "arna gateway receipts", _STATEMENT_SECONDS) for _ in range(_CONNECTIONS))
        self._free = asyncio.Semaphore(_CONNECTIONS)

    async def read(
        self, holder: KeyHolder, *, cursor: str | None, limit: int, language: Language, outcome: Outcome | None
    ) -> dict[str, Any]:
        """A page of a source's own receipts, as JSON values; arguments as of ``arna.receipts.read_receipts``.

        Raises:
            Problem: the cursor is not one of this source's, or the warehouse does not answer.
        """
        async with self._free:
            database = self._idle.popleft()
            try:
                page = await asyncio.to_thread(
                    read_receipts,
                    database,
                    holder.source_uri,
                    cursor=cursor,
                    limit=limit,
                    language=language,
                    outcome=outcome,
                )
            except CursorError:
                raise Problem("cursor_unknown") from None
            except (WarehouseUnavailable, StatementError) as error:
                _log.warning("receipts_not_read", reason=str(error))
                raise Problem("warehouse_away") from None
            finally:
                self._idle.append(database)
        return _page(page)

    def close(self) -> None:
        """Ends the connections that are idle."""
        with suppress(IndexError):
            while True:
                self._idle.popleft().close()


def _page(page: ReceiptPage) -> dict[str, Any]:
    return {
        "receipts": [receipt_values(receipt) for receipt in page.receipts],
        "totals": list(page.totals),
        "next_cursor": page.next_cursor,
        "has_more": page.has_more,
    }
