"""The promises that readers were made, held against the rows of a test's database."""

from __future__ import annotations

from functools import cache

from arna.reading.checking import check_rows
from arna.reading.contracts import FOLDER, Promise, read_promises


@cache
def promises() -> tuple[Promise, ...]:
    """The contracts of the repository."""
    return tuple(read_promises(FOLDER))


def broken_promises(url: str, view: str) -> list[str]:
    """Quality rules and required columns of a view that its rows do not meet."""
    return check_rows([promise for promise in promises() if promise.view == view], url).problems
