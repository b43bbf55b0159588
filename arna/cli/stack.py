"""``arna up``, ``arna down`` and ``arna status``."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from arna.embedded.stack import Stack
from arna.embedded.state import without_password
from arna.embedded.status import StackStatus
from arna.settings import get_settings


def register(app: typer.Typer) -> None:
    """Add the commands of the stack."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(status)


class _Steps:
    """Shows one line for each step, with the seconds since the command began."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        elapsed = time.monotonic() - self._began
        self._console.print(f"[dim]{elapsed:6.1f} s[/dim]  {text}", highlight=False, soft_wrap=True)


def up(
    airflow: Annotated[bool, typer.Option("--airflow/--no-airflow", help="Start Airflow too.")] = True,
    landers: Annotated[bool, typer.Option("--landers/--no-landers", help="Start landers and outbox too.")] = True,
    gateway: Annotated[
        bool | None,
        typer.Option(
            "--gateway/--no-gateway", help="Start the HTTP gateway too. Default: with the landers, if installed."
        ),
    ] = None,
) -> None:
    """Start what does not run yet: PostgreSQL, Kafka, Airflow, landers, outbox relay, gateway."""
    console = Console()
    stack = Stack(get_settings())
    steps = _Steps(console)
    started = stack.up(steps, airflow=airflow, landers=landers, gateway=gateway)
    steps("the stack is up" if started else "the stack was up already; nothing to do")
    settings = stack.effective_settings()
    running = stack.airflow.is_running()
    ui = f"{stack.airflow.url}  (user admin, password in {stack.airflow.passwords_path})" if running else None
    _show_places(
        console,
        ("Kafka", settings.kafka_bootstrap_servers),
        ("Warehouse", without_password(settings.warehouse_url or "")),
        ("Airflow", ui),
        ("Gateway", stack.gateway.url if stack.gateway.service.is_running() else None),
        ("Logs", str(stack.home / "logs")),
    )


def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="Also delete the data, the logs and the secrets.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before deleting.")] = False,
) -> None:
    """Stop the stack; its data stays unless told otherwise."""
    stack = Stack(get_settings())
    steps = _Steps(Console())
    if wipe:
        if not yes:
            typer.confirm(f"Delete all of {stack.home}, data and vault keys included?", abort=True)
        stack.wipe(steps)
    elif stack.down(steps):
        steps("the stack is down; its data is kept")
    else:
        steps("the stack was down already; nothing to do")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Show what runs, where it is, and how far every partition has come."""
    found = Stack(get_settings()).status()
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        _show(found, Console())


def _show_places(console: Console, *places: tuple[str, str | None]) -> None:
    """One line each, never cut: addresses and paths are there to be copied."""
    for name, place in places:
        if place is not None:
            console.print(f"  {name:<10} {place}", highlight=False, markup=False, soft_wrap=True)


def _show(found: StackStatus, console: Console) -> None:
    if found.addresses is None:
        console.print("The stack is not up; run `arna up`.")
    else:
        _show_places(
            console,
            ("Kafka", found.addresses.kafka_bootstrap_servers),
            ("Warehouse", without_password(found.addresses.warehouse_url)),
            ("Airflow", found.addresses.airflow_url),
            ("Gateway", found.addresses.gateway_url),
        )
    if found.processes:
        table = Table("process", "pid", "state", title="Processes", title_justify="left")
        for process in found.processes:
            state = "[green]running[/green]" if process.alive else "[red]dead; `arna up` starts it again[/red]"
            table.add_row(process.name, str(process.pid), state)
        console.print(table)
    if found.topics:
        columns = ("topic", "partition", "in Kafka", "landed", "loaded", "lag")
        table = Table(*columns, title="Offsets", title_justify="left")
        for row in found.topics:
            numbers = (row.partition, row.end_offset, row.next_offset, row.loaded_offset, row.lag)
            table.add_row(row.topic, *(f"{number:,}" for number in numbers))
        console.print(table)
    for problem in found.problems:
        console.print(f"[yellow]{problem}[/yellow]", soft_wrap=True)
