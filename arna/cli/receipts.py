"""``arna receipts``: what became of a source's events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from arna.contracts.receipt import BatchTotals, Receipt
    from arna.receipts import ReceiptPage
    from arna.warehouse.database import Database

_OutcomeName = Literal["landed", "loaded", "superseded", "duplicate", "rejected"]
_Language = Literal["kk", "ru", "en"]
_FOLLOW_SECONDS = 1.0
_PAGE = 500


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("receipts")(receipts)


def receipts(
    *,
    source: Annotated[str, typer.Option(help="The CloudEvents source, for example urn:kz:bin:<BIN>.")],
    cursor: Annotated[str | None, typer.Option(help="Go on where an earlier call ended (`next_cursor`).")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="Only receipts made since then (UTC).", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    ] = None,
    outcome: Annotated[_OutcomeName | None, typer.Option(help="Only these.")] = None,
    language: Annotated[
        _Language | None, typer.Option(help="Language of the messages; default: the source's own.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many receipts.")] = 1_000_000,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, the cursor in the last.")] = False,
) -> None:
    """Print what became of a source's events: landed, then loaded, superseded, duplicate or rejected, and why.

    Rejected events come with what is wrong and what to do about it, in the source's language; batches with totals.
    """
    from arna.cli.connections import open_warehouse
    from arna.errors import ConfigError
    from arna.receipts import cursor_since

    if cursor is not None and since is not None:
        raise ConfigError("--since", "cannot be given together with --cursor.", "Give one of them.")
    printer = _JsonPrinter() if as_json else _TablePrinter(follow=follow)
    with open_warehouse("arna receipts") as database:
        if since is not None:
            cursor = cursor_since(database, source, since.replace(tzinfo=UTC))
        left = limit
        try:
            while True:
                page = _read(database, source, cursor, min(_PAGE, left), language, outcome)
                cursor = page.next_cursor
                printer.show(page)
                left -= len(page.receipts)
                if left <= 0 or not (page.has_more or follow):
                    break
                if not page.has_more:
                    _wait()
        except KeyboardInterrupt:
            if not follow:
                raise
    printer.end(cursor)


def _read(
    database: Database,
    source: str,
    cursor: str | None,
    limit: int,
    language: _Language | None,
    outcome: _OutcomeName | None,
) -> ReceiptPage:
    from arna.contracts.receipt import Outcome
    from arna.receipts import read_receipts

    wanted = None if outcome is None else Outcome(outcome)
    return read_receipts(database, source, cursor=cursor, limit=limit, language=language, outcome=wanted)


def _wait() -> None:
    from time import sleep

    sleep(_FOLLOW_SECONDS)


class _JsonPrinter:
    """Receipts and totals as lines of JSON, in the form the topic has."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def show(self, page: ReceiptPage) -> None:
        """Prints a page."""
        import orjson

        from arna.contracts.receipt import receipt_values

        for receipt in page.receipts:
            typer.echo(orjson.dumps({"receipt": receipt_values(receipt)}).decode())
        for totals in _news(page, self._told):
            typer.echo(orjson.dumps({"totals": totals}).decode())

    def end(self, cursor: str | None) -> None:
        """Says where to go on."""
        import orjson

        typer.echo(orjson.dumps({"next_cursor": cursor}).decode())


class _TablePrinter:
    """Receipts as a table a page, totals as a table at the end, or at once while more are awaited."""

    def __init__(self, *, follow: bool) -> None:
        from rich.console import Console

        self._console: Console = Console()
        self._follow = follow
        self._told: set[int] = set()
        self._waiting: list[BatchTotals] = []
        self._count = 0

    def show(self, page: ReceiptPage) -> None:
        """Prints a page."""
        from rich.table import Table
        from rich.text import Text

        self._count += len(page.receipts)
        if page.receipts:
            table = Table("at", "outcome", "entity", "subject", "version", "batch", "reason and what to do")
            for receipt in page.receipts:
                table.add_row(
                    receipt.at.strftime("%Y-%m-%d %H:%M:%S"),
                    Text(receipt.outcome, "red" if receipt.rule_id else ""),
                    receipt.entity,
                    Text(_name(receipt)),
                    "" if receipt.record_version is None else str(receipt.record_version),
                    "" if receipt.batch_id is None else str(receipt.batch_id),
                    Text("\n".join(_reasons(receipt))),
                )
            self._console.print(table)
        self._waiting += _news(page, self._told)
        if self._follow:
            self._show_totals()

    def end(self, cursor: str | None) -> None:
        """Prints the totals, and where to go on."""
        self._show_totals()
        self._console.print(f"{self._count:,} receipts. To go on from here: --cursor {cursor}", markup=False)

    def _show_totals(self) -> None:
        from rich.table import Table

        if not self._waiting:
            return
        table = Table("batch", "entity", "settled", "loaded", "superseded", "duplicate", "rejected", "with warnings")
        for totals in self._waiting:
            figures = (totals.loaded, totals.superseded, totals.duplicate, totals.rejected, totals.warned)
            table.add_row(
                f"{totals.batch_id}{' (discarded)' if totals.is_discarded else ''}",
                totals.entity,
                totals.settled_at.strftime("%Y-%m-%d %H:%M:%S"),
                *(f"{figure:,}" for figure in figures),
            )
        self._console.print(table)
        self._waiting.clear()


def _news(page: ReceiptPage, told: set[int]) -> list[BatchTotals]:
    """The totals that were not told yet: a batch may be settled over several pages."""
    news = [totals for totals in page.totals if totals.batch_id not in told]
    told.update(totals.batch_id for totals in news)
    return news


def _name(receipt: Receipt) -> str:
    """What a person finds the event by: its subject, its id, or where it lies."""
    if receipt.subject is not None:
        return receipt.subject
    return str(receipt.event_id or f"{receipt.topic}-{receipt.partition}@{receipt.offset}")


def _reasons(receipt: Receipt) -> list[str]:
    lines = []
    if receipt.rule_id is not None:
        lines.append(f"{receipt.pointer or '/'} {receipt.message} [{receipt.rule_id}]")
        lines += [f"→ {receipt.mend}"] if receipt.mend else []
    for notice in (*receipt.also_failed, *receipt.warnings):
        lines.append(f"{notice.pointer or '/'} {notice.message} [{notice.rule_id}]")
        lines += [f"→ {notice.mend}"] if notice.mend else []
    return lines
