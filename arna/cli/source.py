"""``arna source``: who may publish what."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
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
    keys = typer.Typer(no_args_is_help=True, help="Keys by which the gateway knows a source.")
    keys.command("issue")(issue_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    group.add_typer(keys, name="key")
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
    requests_per_second: Annotated[
        int | None, typer.Option(help="Requests the gateway takes from it. Default: the gateway's setting.")
    ] = None,
    events_per_second: Annotated[
        int | None, typer.Option(help="Events the gateway takes from it. Default: the gateway's setting.")
    ] = None,
    max_batch: Annotated[
        int | None, typer.Option(help="Most events in one request to the gateway. Default: the gateway's setting.")
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
        "requests_per_second": requests_per_second,
        "events_per_second": events_per_second,
        "max_batch_events": max_batch,
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


def issue_key(
    uri: _URI,
    expires_in_days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="Days after which it stops to be valid. Default: never by itself."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="What to call it, for instance the machine that will hold it.")
    ] = None,
) -> None:
    """Make a key for a source and print it, once: only its hash is kept.

    To rotate: issue a new key, let the source change over (`arna source key list` shows when each was used last), then
    revoke the old one. Both are valid in between.
    """
    from arna.source_keys import issue_key as issue

    expires_at = None if expires_in_days is None else datetime.now(UTC) + timedelta(days=expires_in_days)
    with _database() as database:
        key = issue(database, uri, expires_at=expires_at, label=label)
    # The key alone goes to standard output, so that it can be piped to where it is kept.
    typer.echo(key.text)
    until = "until it is revoked" if expires_at is None else f"until {expires_at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"Key {key.key_id} of {uri}, valid {until}. It is not shown again.", err=True)


def list_keys(
    uri: Annotated[str | None, typer.Argument(help="The source; not given: all.", show_default=False)] = None,
    *,
    as_json: _JSON = False,
) -> None:
    """List keys, those that are not valid any more too."""
    import orjson

    from arna.source_keys import list_keys as read

    with _database() as database:
        keys = read(database, uri)
    if as_json:
        shown = [{**asdict(key), "state": key.state()} for key in keys]
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("key", "source", "label", "issued", "expires", "last used", "state")
    for key in keys:
        moments = [f"{at:%Y-%m-%d %H:%M}" if at else "–" for at in (key.issued_at, key.expires_at, key.last_used_at)]
        table.add_row(key.key_id, key.source_uri, key.label or "", *moments, key.state())
    Console().print(table)


def revoke_key(
    uri: _URI,
    key: Annotated[list[str] | None, typer.Option(help="Id of the key, the letters after arna_; repeatable.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All its keys.")] = False,
) -> None:
    """End keys of a source for good; the gateway refuses them within ten seconds."""
    from arna.source_keys import revoke_keys

    if bool(key) is every:
        raise typer.BadParameter("give --key for each key to revoke, or --all.")
    with _database() as database:
        revoked = revoke_keys(database, uri, key or None)
    typer.echo(f"{uri}: revoked {', '.join(revoked)}." if revoked else f"{uri}: nothing to revoke.")


def _switch(uri: str, *, is_enabled: bool) -> None:
    from arna.sources import set_enabled

    with _database() as database:
        changed = set_enabled(database, uri, is_enabled=is_enabled)
    state = "enabled" if is_enabled else "disabled"
    typer.echo(f"{uri}: {state}." if changed else f"{uri}: was {state} already.")


def _database() -> Database:
    from arna.cli.connections import open_warehouse

    return open_warehouse("arna source")
