"""``arna reader``: who may read, and which rows."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from arna.readers import Scope
    from arna.warehouse.database import Database

_NAME = Annotated[str, typer.Argument(help="The reader's login role.", show_default=False)]
_BIN = Annotated[
    list[str] | None,
    typer.Option(
        "--bin",
        help="BIN of an organisation whose learners it sees; repeatable. None given: of any.",
        show_default=False,
    ),
]
_REGION = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="Region whose learners and figures it sees: first two digits of KATO, 00 remote, ZZ unknown; repeatable.",
        show_default=False,
    ),
]
_NOTE = Annotated[str | None, typer.Option(help="Who it is and why.", show_default=False)]


class SystemName(StrEnum):
    """Whose views can be read."""

    PROFILE = "profile"
    RETRAINING = "retraining"


def register(app: typer.Typer) -> None:
    """Adds the group ``reader``."""
    group = typer.Typer(no_args_is_help=True, help="Who may read the views, and which rows of them.")
    group.command("add")(add)
    group.command("list")(list_all)
    group.command("restrict")(restrict)
    group.command("unrestrict")(unrestrict)
    group.command("revoke")(revoke)
    app.add_typer(group, name="reader")


def add(
    name: _NAME,
    system: Annotated[
        list[SystemName], typer.Option(help="Whose views it may read; give it once for each.", show_default=False)
    ],
    organisation: _BIN = None,
    region: _REGION = None,
    note: _NOTE = None,
    *,
    national: Annotated[bool, typer.Option("--national", help="It sees the whole country.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read its password from standard input, not generate one.")
    ] = False,
) -> None:
    """Make a login role that reads, or register one that is there; say what it sees: --bin, --region or --national.

    With --bin and --region an enrolment must meet both. The generated password of a new role is printed, once. A role
    that is there keeps its password.
    """
    from arna.readers import add_reader

    scope = _scope(organisation, region, is_national=national)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with _database() as database:
        added = add_reader(
            database, name, [one.value for one in dict.fromkeys(system)], scope, note=note, password=password
        )
    if added.password is not None:
        # The password alone goes to standard output, so that it can be piped to where it is kept.
        typer.echo(added.password)
    outcome = "made" if added.is_new_role else "was there, registered"
    shown = " Its password is not shown again." if added.password is not None else ""
    typer.echo(f"{name}: {outcome}; sees {_describe(scope)}.{shown}", err=True)


def list_all(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")] = False) -> None:
    """List who may read, and what each sees."""
    from dataclasses import asdict

    import orjson

    from arna.readers import Scope, list_readers

    with _database() as database:
        readers = list_readers(database)
    if as_json:
        shown = [{**asdict(reader), "sees": reader.sees} for reader in readers]
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("reader", "views of", "sees", "note", "since")
    for reader in readers:
        scope = Scope(reader.is_national, reader.organisation_bins, reader.region_codes)
        table.add_row(
            reader.role_name,
            ", ".join(reader.systems),
            "[red]nothing[/red]" if reader.sees == "nothing" else _describe(scope),
            reader.note or "",
            f"{reader.created_at:%Y-%m-%d}" if reader.created_at else "not registered",
        )
    Console().print(table)


def restrict(name: _NAME, organisation: _BIN = None, region: _REGION = None, note: _NOTE = None) -> None:
    """Restrict a reader to organisations, regions or both, in place of what it saw; its next query obeys."""
    from arna.readers import set_scope

    scope = _scope(organisation, region, is_national=False)
    with _database() as database:
        set_scope(database, name, scope, note=note)
    typer.echo(f"{name}: sees {_describe(scope)}.")


def unrestrict(name: _NAME, note: _NOTE = None) -> None:
    """Let a reader see the whole country."""
    from arna.readers import Scope, set_scope

    with _database() as database:
        set_scope(database, name, Scope(is_national=True), note=note)
    typer.echo(f"{name}: sees the whole country.")


def revoke(
    name: _NAME,
    *,
    drop: Annotated[bool, typer.Option("--drop", help="Remove the login role as well.")] = False,
) -> None:
    """End a reader's reading at once, with the sessions it has open."""
    from arna.readers import revoke_reader

    with _database() as database:
        ended = revoke_reader(database, name, drop=drop)
    outcome = "removed" if drop else "reads nothing any more; its login role stays"
    typer.echo(f"{name}: {outcome}. Sessions ended: {ended}.")


def _scope(organisations: list[str] | None, regions: list[str] | None, *, is_national: bool) -> Scope:
    from arna.readers import Scope

    if is_national == bool(organisations or regions):
        message = "say what it sees: --bin, --region or both" + (", not with --national." if is_national else ".")
        raise typer.BadParameter(message)
    return Scope(
        is_national=is_national,
        organisation_bins=tuple(organisations) if organisations else None,
        region_codes=tuple(regions) if regions else None,
    )


def _describe(scope: Scope) -> str:
    if scope.is_national:
        return "the whole country"
    parts = {"organisations": scope.organisation_bins, "regions": scope.region_codes}
    return " in ".join(f"{name} {', '.join(values)}" for name, values in parts.items() if values)


def _database() -> Database:
    from arna.cli.connections import open_warehouse

    return open_warehouse("arna reader")
