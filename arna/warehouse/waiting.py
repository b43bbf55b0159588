"""Asks the warehouse, again and again and without blocking, whether landed events wait to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from arna.errors import WarehouseUnavailable
from arna.warehouse.database import connection_string, describe_error
from arna.warehouse.sqlfiles import read_sql


@dataclass(frozen=True, slots=True)
class Waiting:
    """How one entity stands at one moment.

    Attributes:
        landed: sum of the partitions' next offsets.
        claimed: sum of the offsets that belong to batches; it rises with each new batch.
        newest_open_batch: the newest batch that is begun and not settled; 0 is none.
        is_stale: an unsettled batch was released, or nobody has touched it for half a minute.
        is_locked: a worker holds the entity's lock.
    """

    landed: int
    claimed: int
    newest_open_batch: int
    is_stale: bool
    is_locked: bool

    @property
    def is_waiting(self) -> bool:
        """Whether there is something that a load would do."""
        return self.landed > self.claimed or self.newest_open_batch > 0

    @property
    def is_busy(self) -> bool:
        """Whether a worker is at it, so that it need not be called."""
        return self.is_locked or (self.newest_open_batch > 0 and not self.is_stale)

    @property
    def position(self) -> tuple[int, int]:
        """Changes when a load makes progress."""
        return self.claimed, self.newest_open_batch


class WaitingProbe:
    """One connection that is opened when it is needed and opened anew after it was lost.

    Args:
        url: the warehouse as the loader.
        entity: whose events.
    """

    def __init__(self, url: str, entity: str) -> None:
        self._conninfo = connection_string(url)
        self._entity = entity
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None

    async def read(self) -> Waiting:
        """How the entity stands now.

        Raises:
            WarehouseUnavailable: no answer; the next call connects anew.
        """
        try:
            connection = await self._open()
            cursor = await connection.execute(read_sql("load/read_waiting.sql").encode(), {"entity": self._entity})
            row = await cursor.fetchone()
        except psycopg.Error as error:
            await self.close()
            raise describe_error(error, "load/read_waiting.sql") from None
        except OSError as error:
            await self.close()
            raise WarehouseUnavailable(f"PostgreSQL does not answer ({type(error).__name__}).") from None
        if row is None:
            raise WarehouseUnavailable("PostgreSQL gave no row.")
        return Waiting(**row)

    async def close(self) -> None:
        """Closes the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _open(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._conninfo,
                autocommit=True,
                row_factory=dict_row,
                application_name="arna-doorbell",
                connect_timeout=10,
            )
        return self._connection
