"""``arna spool``: what waits on disk for Kafka, sending it, and what Kafka refused."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arna.errors import ArnaError

if TYPE_CHECKING:
    from rich.console import Console

    from producers.spool import Spool
    from producers.spool_status import SpoolStatus

_FOLDER = Annotated[
    Path | None,
    typer.Option(
        "--spool",
        metavar="FOLDER",
        file_okay=False,
        help="Folder of the spools; unset: those of `arna publish` (ARNA_SPOOL or ARNA_HOME/spool) and of applications "
        "of this user.",
    ),
]
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 10.0
_JSON = Annotated[bool, typer.Option("--json", help="End with one line of JSON.")]
_SERVERS = Annotated[
    str | None,
    typer.Option(help="Only the spool for this Kafka, given by the host:port list it was entered for."),
]


def register(app: typer.Typer) -> None:
    """Adds the group ``spool``."""
    group = typer.Typer(
        no_args_is_help=True, help="Events that wait on disk until Kafka has them; nothing of them is ever dropped."
    )
    group.command("status")(status)
    group.command("drain")(drain)
    group.command("discard")(discard)
    app.add_typer(group, name="spool")


def status(folder: _FOLDER = None, as_json: _JSON = False) -> None:
    """Show what waits, what was refused and why, where it lies and who sends it.

    Exit code 1 when a spool cannot be read.
    """
    import orjson
    from rich.console import Console

    from producers.spool_status import read_status

    console = Console(stderr=as_json)
    found: list[SpoolStatus] = []
    problems: list[str] = []
    for file in _files(folder, None):
        try:
            found.append(read_status(file))
        except ArnaError as error:
            problems.append(str(error))
    if not found and not problems:
        console.print("There is no spool: nothing waits.")
    for one in found:
        _show(one, console)
    for problem in problems:
        typer.secho(f"arna: {problem}", err=True, fg=typer.colors.RED)
    if as_json:
        typer.echo(orjson.dumps({"spools": [one.as_json() for one in found], "problems": problems}).decode())
    if problems:
        raise typer.Exit(1)


def drain(
    folder: _FOLDER = None,
    bootstrap_servers: _SERVERS = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where that Kafka is reached now, when its address has changed; with --bootstrap-servers.",
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds after which it gives up.")] = 120.0,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Send also what was refused, once more.")
    ] = False,
    accept_cluster: Annotated[
        bool,
        typer.Option("--accept-cluster", help="Send even where another Kafka cluster answers at the address."),
    ] = False,
    as_json: _JSON = False,
) -> None:
    """Send what waits and wait until Kafka has it.

    Exit code 0: nothing waits any more and nothing was refused now. 1: something still waits, or was refused.
    """
    import orjson

    from arna.errors import ConfigError
    from producers.spool import Spool

    if to is not None and bootstrap_servers is None:
        raise ConfigError("--to", "needs --bootstrap-servers, which names the spool.")
    totals = {"sent": 0, "refused": 0, "waiting": 0}
    problems: list[str] = []
    files = _files(folder, bootstrap_servers)
    if not files:
        typer.echo("There is no spool: nothing waits.", err=True)
    for file in files:
        try:
            spool = Spool.at(file)
            try:
                counts, failure = _drain(spool, to or spool.address, timeout, retry_refused, accept_cluster)
            finally:
                spool.close()
        except ArnaError as error:
            problems.append(str(error))
            continue
        totals = {name: count + counts[name] for name, count in totals.items()}
        if failure is not None:
            problems.append(str(failure))
    typer.echo(", ".join(f"{count:,} {name}" for name, count in totals.items()), err=as_json)
    for problem in problems:
        typer.secho(f"arna: {problem}", err=True, fg=typer.colors.RED)
    if as_json:
        typer.echo(orjson.dumps({**totals, "problems": problems}).decode())
    if totals["waiting"] or totals["refused"] or problems:
        raise typer.Exit(1)


def _drain(
    spool: Spool, address: str, timeout: float, retry_refused: bool, accept_cluster: bool
) -> tuple[dict[str, int], Exception | None]:
    """Drains one spool, by itself or by waiting for the process that does."""
    from time import monotonic

    from arna.cli.progress import now_and_then
    from producers.direct import DirectPublisher
    from producers.draining import Drainer

    if retry_refused:
        spool.retry_refused()
    refused, waiting = spool.count_refused(), spool.count_waiting()
    show = now_and_then(f"{{:,}} events wait for Kafka at {address}")
    drainer = Drainer(spool, lambda: DirectPublisher(address, connect_timeout=5), accept_cluster=accept_cluster)
    drainer.start()
    until = monotonic() + timeout
    try:
        while (left := spool.count_waiting()) and drainer.failure is None and monotonic() < until:
            show(left)
            spool.wait_change(_LOOK_SECONDS)
    finally:
        # While it looks for a broker it cannot be stopped at once, and it leaves nothing behind.
        drainer.stop(_STOP_SECONDS if drainer.is_connected else 0)
    left, newly_refused = spool.count_waiting(), spool.count_refused() - refused
    counts = {"sent": max(0, waiting - left - newly_refused), "refused": newly_refused, "waiting": left}
    return counts, drainer.failure


def discard(
    folder: _FOLDER = None,
    bootstrap_servers: _SERVERS = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before deleting.")] = False,
) -> None:
    """Delete for good what Kafka refused; what waits is not touched."""
    from producers.spool import Spool

    with ExitStack() as stack:
        spools = []
        for file in _files(folder, bootstrap_servers):
            spools.append(Spool.at(file))
            stack.callback(spools[-1].close)
        events = sum(spool.count_refused() for spool in spools)
        if events and not yes:
            typer.confirm(f"Delete {events:,} refused events for good?", abort=True)
        typer.echo(f"{sum(spool.discard_refused() for spool in spools):,} refused events deleted")


def _files(folder: Path | None, bootstrap_servers: str | None) -> list[Path]:
    from arna.settings import get_settings
    from producers.spool_files import command_folder, default_folder, list_spool_files, normal_address, spool_file

    folders = [folder] if folder is not None else [command_folder(get_settings()), default_folder()]
    files = [file for one in dict.fromkeys(folders) for file in list_spool_files(one.expanduser().absolute())]
    if bootstrap_servers is None:
        return files
    wanted = spool_file(Path(), normal_address(bootstrap_servers)).name
    return [file for file in files if file.name == wanted]


def _show(found: SpoolStatus, console: Console) -> None:
    from rich.table import Table

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    say(f"Spool for Kafka at {found.address}: {found.events_waiting:,} events wait, {found.events_refused:,} refused")
    say(f"   {found.file}, {found.bytes_on_disk:,} bytes on disk")
    if found.drainer is not None:
        say(f"   drained by process {found.drainer.pid} on {found.drainer.host}")
    elif found.waiting:
        say("   nobody drains it; `arna spool drain` does")
    if found.trouble is not None:
        say(f"   last trouble: {found.trouble[0]} at {found.trouble[1]:%Y-%m-%d %H:%M:%S} UTC")
    if found.waiting:
        table = Table("topic", "events", "bytes", "oldest (UTC)", title="Waiting", title_justify="left")
        for one in found.waiting:
            table.add_row(one.topic, f"{one.events:,}", f"{one.bytes:,}", f"{one.oldest:%Y-%m-%d %H:%M:%S}")
        console.print(table)
    if found.refused:
        table = Table("topic", "error", "events", "latest (UTC)", title="Refused", title_justify="left")
        for reason in found.refused:
            table.add_row(reason.topic, reason.error, f"{reason.events:,}", f"{reason.latest:%Y-%m-%d %H:%M:%S}")
        console.print(table)
        say("   `arna spool drain --retry-refused` sends them once more, `arna spool discard` deletes them.")
