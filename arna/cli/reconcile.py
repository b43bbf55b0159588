"""``arna reconcile`` and ``arna wait``: is every event accounted for, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from arna.ledger import Backlog, WaitResult
    from arna.reconciliation import ReconcileReport
    from arna.vault import Vault

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
_SECONDS_BETWEEN_LINES = 5.0


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("reconcile")(reconcile)
    app.command("wait")(wait)


def reconcile(
    *,
    as_json: _JSON = False,
    check: Annotated[
        str | None, typer.Option(help="Only these checks, with commas between: C1,C2,C3,C4,C7,C8,ledger.")
    ] = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read all messages that Kafka still has again and compare them.")
    ] = False,
) -> None:
    """Compare Kafka, the landed events and the loaded ones; exit 1 on any difference.

    C1: nothing is missing. C2: nothing stands twice. C3: offsets agree. C4: no topic was made anew, no message changed.
    C7: no personal number stands outside the vault. C8: each rejection has its dead letter. ledger: the sums agree.
    """
    import orjson

    from arna.cli.connections import bootstrap_servers, open_warehouse
    from arna.errors import ConfigError
    from arna.reconciliation import CHECKS
    from arna.reconciliation import reconcile as make_report

    wanted = CHECKS if check is None else tuple(name.strip() for name in check.split(","))
    if unknown := sorted(set(wanted) - set(CHECKS)):
        raise ConfigError("--check", f"there is no check {unknown[0]}.", f"Choose from {', '.join(CHECKS)}.")
    vault = open_vault() if "C7" in wanted else None
    with open_warehouse("arna reconcile") as database:
        report = make_report(database, bootstrap_servers(), checks=wanted, vault=vault, deep=deep)
    if as_json:
        typer.echo(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        print_report(report)
    if not report.ok:
        raise typer.Exit(1)


def wait(
    *,
    timeout: Annotated[float, typer.Option(help="Seconds after which to give up.", min=0)] = 300.0,
    as_json: _JSON = False,
) -> None:
    """Wait until all that is published is loaded or rejected: exit 0 then, 1 when it did not come to that."""
    import orjson

    from arna.cli.connections import bootstrap_servers, open_warehouse
    from arna.ledger import wait_until_settled

    address = bootstrap_servers()
    with open_warehouse("arna wait") as database, backlog_progress(quiet=as_json) as show:
        result = wait_until_settled(database, address, timeout, show)
    if as_json:
        typer.echo(orjson.dumps(_wait_json(result), option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo(describe_wait(result), err=not result.is_settled)
    if not result.is_settled:
        raise typer.Exit(1)


def open_vault() -> Vault | None:
    """The vault, or None where its keys are not: C7 is then left out, and says so."""
    from arna.errors import ConfigError
    from arna.settings import get_settings
    from arna.vault import Vault, load_keys

    settings = get_settings()
    if settings.vault_keys is None and not settings.vault_keys_path.exists():
        return None
    try:
        return Vault(load_keys(settings))
    except ConfigError as error:
        typer.secho(f"arna: {error}", err=True, fg=typer.colors.YELLOW)
        return None


def print_report(report: ReconcileReport) -> None:
    """Prints the two tables of a report."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from arna.reconciliation import EntityTotals

    columns = tuple(EntityTotals.__slots__)
    entities = Table("entity")
    for column in columns:
        entities.add_column(column, justify="right")
    for name, totals in report.entities.items():
        figures = [f"{getattr(totals, column):,}" for column in columns]
        entities.add_row(name, *figures, style="red" if totals.difference else None)
    checks = Table("check", "", "detail")
    for name, check in report.checks.items():
        checks.add_row(name, Text("ok" if check.ok else "FAILED", "green" if check.ok else "bold red"), check.detail)
    console = Console()
    console.print(entities, checks)
    if not report.ok and report.checks_ok:
        console.print("Events are still on their way, or held: see `arna status` and `arna batch list`.")


def _wait_json(result: WaitResult) -> dict[str, object]:
    backlog = result.backlog
    return {
        "settled": result.is_settled,
        "seconds": round(result.seconds, 1),
        "to_land": None if backlog is None else backlog.to_land,
        "to_load": None if backlog is None else backlog.to_load,
        "held_batches": [] if backlog is None else [batch.batch_id for batch in backlog.held],
    }


def describe_wait(result: WaitResult) -> str:
    """How a wait ended, in plain sentences."""
    backlog = result.backlog
    if backlog is None:
        return f"Kafka or the warehouse does not answer after {result.seconds:.0f} s; see `arna status`."
    if result.is_settled:
        return f"All that is published is loaded or rejected ({result.seconds:.1f} s)."
    lines = []
    if backlog.remaining:
        lines.append(
            f"Not settled after {result.seconds:.0f} s: {backlog.to_land:,} events to land, "
            f"{backlog.to_load:,} to load; see `arna status`."
        )
    lines += [
        f"Batch {batch.batch_id} of {batch.entity} ({batch.event_count:,} events) is held: "
        f"{', '.join(batch.held_rules)}. See `arna batch show {batch.batch_id}`."
        for batch in backlog.held
    ]
    return "\n".join(lines)


def backlog_progress(*, quiet: bool = False) -> AbstractContextManager[Callable[[Backlog], None]]:
    """What shows the backlog: a bar on a terminal, a line every few seconds elsewhere, nothing for JSON."""
    import sys
    from contextlib import contextmanager

    @contextmanager
    def silent() -> Iterator[Callable[[Backlog], None]]:
        yield lambda _: None

    @contextmanager
    def lines() -> Iterator[Callable[[Backlog], None]]:
        yield _LineProgress()

    @contextmanager
    def bar() -> Iterator[Callable[[Backlog], None]]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        layout = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*layout) as progress:
            task = progress.add_task("events", total=None)
            most = 0

            def show(backlog: Backlog) -> None:
                nonlocal most
                most = max(most, backlog.remaining)
                text = f"{backlog.to_land:,} to land, {backlog.to_load:,} to load"
                progress.update(task, description=text, total=most, completed=most - backlog.remaining)

            yield show

    return silent() if quiet else bar() if sys.stdout.isatty() else lines()


class _LineProgress:
    """A line whenever the backlog changed, at most one every few seconds."""

    def __init__(self) -> None:
        self._shown: tuple[int, int] | None = None
        self._shown_at = float("-inf")

    def __call__(self, backlog: Backlog) -> None:
        """Shows a backlog."""
        from time import monotonic

        state = (backlog.to_land, backlog.to_load)
        if state != self._shown and monotonic() - self._shown_at >= _SECONDS_BETWEEN_LINES:
            typer.echo(f"{backlog.to_land:,} events to land, {backlog.to_load:,} to load")
            self._shown, self._shown_at = state, monotonic()
