"""A PostgreSQL for a few seconds: what the migrations make, with nobody's data in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from arna.embedded.postgres import EmbeddedPostgres
from arna.warehouse.migrations import migrate

# Nothing in it is worth keeping, so it waits for no disk.
_SETTINGS: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


@contextmanager
def throwaway_warehouse() -> Iterator[str]:
    """Starts a server, migrates its database, yields the URL of its owner; all of it is gone afterwards."""
    # A short path: the socket lies in it.
    folder = Path(tempfile.mkdtemp(prefix="arna-r-", dir="/tmp"))
    server = EmbeddedPostgres(folder / "postgres", _SETTINGS)
    try:
        url = server.start()
        migrate(url)
        yield url
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
