"""``arna relay``: publishes the outbox table of a system's own database."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from arna.errors import TransientError
    from producers.publishing import PublishReport

_LISTED = 20


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("relay")(relay)


def relay(
    file: Annotated[
        Path, typer.Argument(help="Description of the table (.yaml): docs/how-to/publish-from-a-database.md.")
    ],
    follow: Annotated[bool, typer.Option("--follow", help="Go on until SIGTERM or Ctrl-C.")] = False,
    poll: Annotated[float, typer.Option(min=0.05, help="With --follow: seconds between looks at the table.")] = 1.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON at the end, with --follow for each pass.")
    ] = False,
    bootstrap_servers: Annotated[
        str | None,
        typer.Option(help="Kafka's host:port list; unset: ARNA_KAFKA_BOOTSTRAP_SERVERS or the running stack."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for an answer before an event counts as unknown.")
    ] = 120.0,
) -> None:
    """Publish the rows that wait in an outbox table of your own database, and mark them when Kafka has them.

    Each row at least once and always under the same id, so the warehouse counts it once, also after kill -9. Refused
    rows stay in the table. Exit code 1 when a row was refused or is unknown.
    """
    from arna.cli.publish import broker_address
    from producers.adapters.database import OutboxTable
    from producers.adapters.outbox_rules import load_outbox
    from producers.direct import DirectPublisher
    from producers.relay import OutboxRelay

    rules = load_outbox(file)
    address = broker_address(bootstrap_servers)
    with OutboxTable(rules) as table:
        worker = OutboxRelay(table, lambda: DirectPublisher(address, client_id="arna-relay", delivery_timeout=timeout))
        try:
            if follow:
                worker.follow(_stop_on_signals(), lambda report: _print(report, as_json=as_json), _print_trouble, poll)
                return
            report = worker.run_once()
        finally:
            worker.close()
    _print(report, as_json=as_json)
    if report.refused or report.unknown:
        raise typer.Exit(1)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def _print(report: PublishReport, *, as_json: bool) -> None:
    import orjson

    counts = (report.read, report.accepted, report.refused, report.unknown)
    typer.echo("{:,} read, {:,} accepted, {:,} refused, {:,} unknown".format(*counts), err=True)
    for refusal in report.refusals[:_LISTED]:
        reason = f"{refusal.rejection_class}: {refusal.rule_id} at {refusal.pointer or '/'}"
        typer.echo(f"  {refusal.file} key {refusal.row or '?'}  {reason}", err=True)
    if report.refused > _LISTED:
        typer.echo(f"  … and {report.refused - _LISTED:,} more; --json lists them.", err=True)
    if as_json:
        typer.echo(orjson.dumps(report.as_json()).decode())


def _print_trouble(error: TransientError) -> None:
    typer.secho(f"arna: {error} Trying again.", err=True, fg=typer.colors.YELLOW)
