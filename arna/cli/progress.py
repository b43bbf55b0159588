"""Visible progress: a bar on a terminal, a plain line now and then elsewhere. Always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def counting(noun: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Shows how many are done while the block runs.

    Args:
        noun: what is counted, in the plural.
        total: how many there will be, where it is known.

    Yields:
        A function to call with the number of further ones done.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(noun, total=total)
            yield lambda count: progress.advance(task, count)
        return
    done = 0
    show = now_and_then(f"{{:,}}{f' of {total:,}' if total else ''} {noun}")

    def advance(count: int) -> None:
        nonlocal done
        done += count
        show(done)

    yield advance


def now_and_then(text: str) -> Callable[[int], None]:
    """A function that shows a number in a line of text, but not every time it is called.

    Args:
        text: the line, with ``{:,}`` where the number goes.
    """
    last = time.monotonic()

    def show(number: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            typer.echo(text.format(number), err=True)

    return show
