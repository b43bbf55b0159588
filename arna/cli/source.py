"""``arna source``: who may publish what."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from arna.warehouse.database import Database

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
_URI = Annotated[str, typer.Argument(help="The CloudEvents source, for example urn:kz:bin:<BIN>.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Adds the group ``source``."""
    group = typer.Typer(
        no_args_is_help=True, help="Register the systems that may publish. Events of others are refused."
    )
    group.command("add")(add)
    group.command("list")(list_all)
    group.command("disable")(disable)
    group.command("enable")(enable)
    group.command("import")(import_file)
    app.add_typer(group, name="source")


def add(
    uri: _URI,
    name: Annotated[str, typer.Option(help="Name of the body or system.", show_default=False)],
    entity: Annotated[
        list[str],
        typer.Option(help="What it may publish: enrolment, certification or vacancy; give it once for each."),
    ],
    bin_: Annotated[
        str | None, typer.Option("--bin", help="Its BIN; taken from a urn:kz:bin:… URI when not given.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the messages it gets: kk, ru or en.")] = "ru",
    contact: Annotated[str | None, typer.Option(help="Whom to ask about its data.")] = None,
    achievement_type: Annotated[
        list[str] | None,
        typer.Option(help="Open Badges achievement type it may issue; give it once for each. None given: any."),
    ] = None,
) -> None:
    """Register a source, or change a registered one to what is given here."""
    from arna.sources import define_source, register_source

    values: dict[str, Any] = {
        "uri": uri,
        "name": name,
        "bin": bin_,
        "entities": entity,
        "language": language,
        "contact": contact,
        "achievement_types": achievement_type or None,
    }
    definition = define_source(values, "source")
    with _database() as database:
        outcome = register_source(database, definition)
    typer.echo(f"{definition.uri}: {outcome}.")


def list_all(*, as_json: _JSON = False) -> None:
    """List the registered sources."""
    import orjson

    from arna.sources import list_sources

    with _database() as database:
        sources = list_sources(database)
    if as_json:
        typer.echo(orjson.dumps([asdict(source) for source in sources], option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "source", "name", "may publish", "achievement types", "language", "state")
    for source in sources:
        table.add_row(
            str(source.source_id),
            source.source_uri,
            source.name,
            ", ".join(source.entities),
            "any" if source.achievement_types is None else ", ".join(source.achievement_types),
            source.language_code,
            "enabled" if source.is_enabled else "[red]disabled[/red]",
        )
    Console().print(table)


def disable(uri: _URI) -> None:
    """Refuse a source's events from now on (within ten seconds); what has landed stays."""
    _switch(uri, is_enabled=False)


def enable(uri: _URI) -> None:
    """Take a disabled source's events again."""
    _switch(uri, is_enabled=True)


def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML file with one [[source]] table each.")
    ],
) -> None:
    """Register all sources of a file; doing it again changes nothing."""
    from arna.sources import import_sources

    with _database() as database:
        result = import_sources(database, file)
    typer.echo(f"{file}: {result.added} added, {result.changed} changed, {result.unchanged} as they were.")


def _switch(uri: str, *, is_enabled: bool) -> None:
    from arna.sources import set_enabled

    with _database() as database:
        changed = set_enabled(database, uri, is_enabled=is_enabled)
    state = "enabled" if is_enabled else "disabled"
    typer.echo(f"{uri}: {state}." if changed else f"{uri}: was {state} already.")


def _database() -> Database:
    from arna.cli.connections import open_warehouse

    return open_warehouse("arna source")
