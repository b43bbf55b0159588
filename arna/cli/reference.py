"""``arna reference``: the codes that events are checked against and readers see names from."""

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
        no_args_is_help=True,
        help="Reference data: places, occupations, skills, education, currencies, organisations.",
    )
    group.command("load")(load)
    group.command("list")(list_all)
    group.command("diff")(diff)
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
    """Load reference data; doing it again with the same files changes nothing.

    Records that waited for a code are checked again.
    """
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
    for column in ("added", "changed", "retired"):
        table.add_column(column, justify="right")
    for entry in loads:
        counts = (entry.rows, entry.added, entry.changed, entry.retired)
        table.add_row(entry.relation, entry.source, entry.licence, *(f"{count:,}" for count in counts))
    Console().print(table)


def diff(
    from_: Annotated[
        Path,
        typer.Option(
            "--from",
            help="Folder with the reference files, or one that has them in reference/.",
            exists=True,
            file_okay=False,
        ),
    ],
    *,
    as_json: _JSON = False,
) -> None:
    """Show what a load would add, change and retire; nothing is written."""
    import orjson

    from arna.reference import diff_reference

    with _database() as database:
        diffs = diff_reference(database, from_)
    if as_json:
        typer.echo(orjson.dumps([asdict(entry) for entry in diffs], option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("table", "source")
    for column in ("added", "changed", "retired"):
        table.add_column(column, justify="right")
    table.add_column("for instance")
    for entry in diffs:
        examples = "\n".join(f"{change}: {', '.join(codes[:3])}" for change, codes in entry.examples.items())
        counts = (entry.added, entry.changed, entry.retired)
        table.add_row(entry.relation, entry.source, *(f"{count:,}" for count in counts), examples)
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
