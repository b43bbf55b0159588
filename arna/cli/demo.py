"""``arna demo``: the main job from file to view, with every event accounted for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from arna.embedded.stack import Stack
    from arna.warehouse.database import Database
    from producers.demo_input import DemoInput
    from producers.direct import DirectPublisher

_POLL_SECONDS = 1.0
_TOP = 8
_GAPS = 5


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo")(demo)


def demo(
    shared_data: Annotated[
        Path | None,
        typer.Option(envvar="ARNA_SHARED_DATA", help="Folder with real files; without it, small samples of our own."),
    ] = None,
    people: Annotated[int, typer.Option(min=0, help="Size of the synthetic cohort.")] = 20_000,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for the loads and marts.")] = 600.0,
) -> None:
    """Start the stack, publish real input and a synthetic cohort, wait for the DAGs, show what became of every event.

    It leaves the stack up. Doing it again publishes the same events again: they are counted as duplicates.
    """
    from rich.console import Console

    from arna.cli.connections import bootstrap_servers, open_warehouse
    from arna.embedded.stack import Stack
    from arna.settings import get_settings

    console = Console()
    began = time.monotonic()
    stack = Stack(get_settings())
    _headline(console, began, "Starting PostgreSQL, Kafka, Airflow, landers and the outbox relay")
    stack.up(lambda text: console.print(f"   {text}", highlight=False, soft_wrap=True))
    servers = bootstrap_servers()
    with open_warehouse("arna demo") as database:
        _headline(console, began, "Loading reference data and the registry of sources")
        _prepare(console, database, shared_data)
        _headline(console, began, "Publishing to Kafka")
        _publish(console, servers, shared_data, people)
        _headline(console, began, "Waiting for landers and DAGs")
        _wait(database, servers, timeout)
        _wait_for_marts(console, database, timeout)
        is_ok = _show(console, began, database, servers)
    _show_places(console, stack)
    console.print(f"\nDone in {time.monotonic() - began:.0f} s.", highlight=False)
    if not is_ok:
        raise typer.Exit(1)


def _headline(console: Console, began: float, text: str) -> None:
    console.print(f"[bold]==> {text}[/bold] [dim]({time.monotonic() - began:.0f} s)[/dim]", highlight=False)


def _prepare(console: Console, database: Database, shared_data: Path | None) -> None:
    from arna.reference import load_reference
    from arna.sources import import_sources
    from producers.known_sources import SOURCES_FILE

    folder = shared_data if shared_data is not None and shared_data.is_dir() else None
    # First, for the bodies that publish are organisations of the reference too.
    sources = import_sources(database, SOURCES_FILE)
    console.print(f"   sources: {sources.added} added, {sources.changed} changed, {sources.unchanged} as they were")
    for loaded in load_reference(database, folder):
        console.print(f"   {loaded.relation}: {loaded.rows:,} codes, {loaded.source}", highlight=False, soft_wrap=True)


def _publish(console: Console, servers: str, shared_data: Path | None, people: int) -> None:
    from producers.demo_input import plan
    from producers.direct import DirectPublisher

    jobs = plan(shared_data, people)
    if shared_data is None or not (shared_data / "enrolment").is_dir():
        console.print("   real files are absent: samples of our own instead")
    with DirectPublisher(servers, client_id="arna-demo") as publisher:
        for job in jobs:
            _publish_job(console, publisher, job)


def _publish_job(console: Console, publisher: DirectPublisher, job: DemoInput) -> None:
    from arna.cli.progress import counting

    with counting(job.name, job.total) as advance:
        result = job.publish(publisher, advance)
    line = f"   {job.name}: {result.read:,} read, {result.accepted:,} accepted"
    if result.unchecked:
        line += f" ({result.unchecked:,} of them break their contract, for the lander to reject)"
    if result.refused:
        reasons = ", ".join(f"{count:,} {rule}" for (_, rule), count in sorted(result.refusals.items()))
        line += f", {result.refused:,} refused ({reasons})"
    if result.unknown:
        line += f", {result.unknown:,} unknown"
    console.print(line, highlight=False, soft_wrap=True)


def _wait(database: Database, servers: str, timeout: float) -> None:
    from arna.cli.reconcile import backlog_progress, describe_wait
    from arna.ledger import wait_until_settled

    with backlog_progress() as show:
        result = wait_until_settled(database, servers, timeout, show)
    typer.echo(f"   {describe_wait(result)}")
    if not result.is_settled:
        raise typer.Exit(1)


def _wait_for_marts(console: Console, database: Database, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    with _status(console, "marts are being refreshed"):
        while (row := database.fetch_one("demo/count_waiting_mart_batches.sql")) and row["batch_count"]:
            if time.monotonic() > deadline:
                console.print("   the marts are not fresh yet: see refresh_profile and refresh_retraining in Airflow")
                raise typer.Exit(1)
            time.sleep(_POLL_SECONDS)
    console.print("   The marts hold every loaded batch.", highlight=False)


@contextmanager
def _status(console: Console, text: str) -> Iterator[None]:
    if console.is_terminal:
        with console.status(f"   {text}"):
            yield
    else:
        console.print(f"   {text}")
        yield


def _show(console: Console, began: float, database: Database, servers: str) -> bool:
    from arna.cli.reconcile import open_vault, print_report
    from arna.reconciliation import CHECKS, reconcile

    _headline(console, began, "What became of every event")
    report = reconcile(database, servers, checks=CHECKS, vault=open_vault())
    print_report(report)
    _show_rejections(console, database)
    _show_student(console, database)
    _show_gaps(console, database)
    return report.ok


def _show_rejections(console: Console, database: Database) -> None:
    from rich.table import Table

    table = Table("entity", "class", "rule", "what its publisher reads", title="Commonest reasons of rejection")
    table.add_column("events", justify="right")
    for row in database.fetch_all("demo/list_top_rejections.sql", {"count": _TOP}):
        table.add_row(
            row["entity"], row["rejection_class"], row["rule_id"], row["message_en"], f"{row['event_count']:,}"
        )
    console.print(table)


def _show_student(console: Console, database: Database) -> None:
    from rich.table import Table

    student = database.fetch_one("demo/get_student.sql")
    if student is None:
        console.print("No student holds a certificate with skills.")
        return
    table = Table(title="One student's profile (a token, no IIN)", show_header=False)
    for name, value in student.items():
        shown = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        table.add_row(name.replace("_", " "), shown)
    console.print(table)


def _show_gaps(console: Console, database: Database) -> None:
    from rich.table import Table

    table = Table("skill", "region", title=f"The {_GAPS} widest skill gaps of this month")
    for name in ("openings", "people", "gap"):
        table.add_column(name, justify="right")
    for row in database.fetch_all("demo/list_widest_gaps.sql", {"count": _GAPS}):
        figures = (row["demand_openings"], row["supply_people"], row["gap"])
        table.add_row(row["skill_name"], row["region_name_en"], *(f"{figure:,}" for figure in figures))
    console.print(table)


def _show_places(console: Console, stack: Stack) -> None:
    console.print("[bold]Where to look[/bold]")
    for name, place in (
        ("Airflow", f"{stack.airflow.url}  (user admin, password in {stack.airflow.passwords_path})"),
        ("Gateway", f"{stack.gateway.url}  (the page for a file; a key by arna source key issue <source>)"),
        ("Data Docs", f"linked in the log of each validate task, and under {stack.home / 'data_docs'}"),
        ("State", "arna status, arna reconcile, arna batch list, arna receipts --source …  (in .venv/bin)"),
        ("Logs", stack.home / "logs"),
        ("Stop", "make down  (the data stays)"),
    ):
        console.print(f"   {name:<10} {place}", highlight=False, soft_wrap=True)
