"""``arna reference``: places, occupations and skills that events are checked against and readers see names from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from arna.warehouse.database import Database

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def register(app: typer.Typer) -> None:
    """Adds the group ``reference``."""
    group = typer.Typer(
        no_args_is_help=True, help="Load reference data: places (KATO), occupations (ISCO-08, ESCO) and skills (ESCO)."
    )
    group.command("load")(load)
    group.command("list")(list_all)
    app.add_typer(group, name="reference")


def load(
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder with the reference files, or one that has them in reference/. Without it: a small sample.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    *,
    as_json: _JSON = False,
) -> None:
    """Load reference data; doing it again with the same files changes nothing."""
    import orjson

    from arna.reference import load_reference

    with _database() as database:
        loads = load_reference(database, from_)
    if as_json:
        typer.echo(orjson.dumps([asdict(entry) for entry in loads], option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("table", "source", "licence")
    table.add_column("codes in force", justify="right")
    table.add_column("changed", justify="right")
    for entry in loads:
        table.add_row(entry.relation, entry.source, entry.licence, f"{entry.rows:,}", f"{entry.changed:,}")
    Console().print(table)


def list_all(*, as_json: _JSON = False) -> None:
    """List what was loaded, from where, under which licence and when."""
    import orjson

    from arna.reference import list_loads

    with _database() as database:
        loads = list_loads(database)
    if as_json:
        typer.echo(orjson.dumps(loads, option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("load", "table", "source", "licence", "codes", "loaded at")
    for entry in loads:
        table.add_row(
            str(entry["load_id"]),
            entry["relation_name"],
            entry["source_name"],
            entry["licence"],
            f"{entry['row_count']:,}",
            f"{entry['loaded_at']:%Y-%m-%d %H:%M} UTC",
        )
    Console().print(table)


def _database() -> Database:
    from arna.cli.connections import open_warehouse

    return open_warehouse("arna reference")
