"""``arna publish``: files in the contract's own shape, a known third-party shape or one that a mapping describes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arna.contracts.registry import Entity

if TYPE_CHECKING:
    from producers.publishing import PublishReport
    from producers.rows import AdaptedRow
    from producers.shapes import ReadRequest

EXIT_UNREADABLE = 2
_LISTED = 20
_SHAPE = "What the files are"
_GAPS = "What the files do not say"
_SENDING = "Sending"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("publish")(publish)


def publish(
    entity: Annotated[Entity, typer.Argument(help="What the files hold.")],
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…",
            help="CSV, XLSX, Parquet or JSONL; JSON-LD or HTML for job_posting; JSON or JWT, or a folder of them, for "
            "open_badges (Open Badges 2 and 3, CLR 2, European Learning Model); a folder or zip "
            "for oneroster and sds, a folder for oulad and oneroster_json.",
        ),
    ],
    shape: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="SHAPE",
            rich_help_panel=_SHAPE,
            help="contract (columns are the contract's fields), oneroster, oneroster_json, sds, oulad, open_badges, "
            "job_posting, hh_raw, hh_clean, or the path of a mapping file (.yaml; see `arna map`).",
        ),
    ] = "contract",
    encoding: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_SHAPE,
            help="Of text files: utf-8 (the default), cp1251, kz1048, utf-16, utf-16-le or utf-16-be.",
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(rich_help_panel=_SHAPE, help="Of text files: comma (the default), semicolon, tab, pipe."),
    ] = None,
    date_format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            rich_help_panel=_SHAPE,
            help="Of dates that are not YYYY-MM-DD: DD.MM.YYYY, DD/MM/YYYY, M/D/YYYY …",
        ),
    ] = None,
    ignore_columns: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore-column",
            metavar="NAME",
            rich_help_panel=_SHAPE,
            help="Column to leave out; others that are no field stop the file. Repeatable.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_GAPS,
            help="CloudEvents source, normally urn:kz:bin:<BIN>; needed unless a column or the mapping gives it.",
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_GAPS,
            help="When it happened (ISO 8601), for rows that do not say; for oneroster, the day the set speaks for.",
        ),
    ] = None,
    record_version: Annotated[
        int,
        typer.Option(
            min=1,
            rich_help_panel=_GAPS,
            help="Version of an export whose rows have none (job_posting, hh_raw, hh_clean, mappings): a later one is "
            "higher.",
        ),
    ] = 1,
    count_versions: Annotated[
        bool,
        typer.Option(
            "--count-versions",
            rich_help_panel=_GAPS,
            help="Count versions for rows that have none: one higher where a row differs from what this machine "
            "published last of it.",
        ),
    ] = False,
    set_fields: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            rich_help_panel=_GAPS,
            help="Value of a contract field that the files lack. Repeatable.",
        ),
    ] = None,
    iin_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=_GAPS,
            help="Column of the users that holds their IIN, for oneroster, oneroster_json (metadata.NAME) and sds.",
        ),
    ] = None,
    iin_map: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            rich_help_panel=_GAPS,
            help="CSV of local id and IIN, for people without an IIN.",
        ),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            rich_help_panel=_GAPS,
            help="JSON rows of KATO code, Russian and Kazakh name, for places beyond the regions and large towns.",
        ),
    ] = None,
    revocations: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            rich_help_panel=_GAPS,
            help="For open_badges: the issuer's RevocationList (Open Badges 2 or 1EdTech) as a file; what it names is "
            "published as revoked.",
        ),
    ] = None,
    status_lists: Annotated[
        list[Path] | None,
        typer.Option(
            "--status-list",
            exists=True,
            dir_okay=False,
            metavar="FILE",
            rich_help_panel=_GAPS,
            help="For open_badges: a status list credential (bit string) as a file. Nothing is fetched. Repeatable.",
        ),
    ] = None,
    contexts: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            metavar="FOLDER",
            rich_help_panel=_GAPS,
            help="For open_badges: JSON-LD contexts to check signatures with, laid out as their addresses are "
            "(`wget --force-directories`).",
        ),
    ] = None,
    synthetic_identities: Annotated[
        bool,
        typer.Option(
            "--synthetic-identities",
            rich_help_panel=_GAPS,
            help="Derive synthetic IINs and BINs from local ids where there are none. Never for real records.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", rich_help_panel=_SENDING, help="Check everything, send nothing; needs no broker."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", rich_help_panel=_SENDING, help="End with one line of JSON: the account.")
    ] = False,
    unchecked: Annotated[
        bool,
        typer.Option(
            "--unchecked",
            rich_help_panel=_SENDING,
            help="Send also what breaks its contract: the lander rejects it and keeps the reason on record.",
        ),
    ] = False,
    bootstrap_servers: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_SENDING,
            help="Kafka's host:port list; unset: ARNA_KAFKA_BOOTSTRAP_SERVERS or the running stack.",
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            rich_help_panel=_SENDING,
            help="Seconds without any answer from Kafka after which the rest counts as unknown; it stays in the spool.",
        ),
    ] = 120.0,
) -> None:
    """Check records against the contract and publish them; every one of them is accounted for.

    Read = accepted + refused + unknown, whatever the files hold. Ids follow from the content, so publishing a file
    again adds nothing.

    Exit code 0: all accepted. 1: something was refused or is unknown. 2: a file could not be read to its end; what
    was read before that is in the account.
    """
    from arna.cli.progress import counting, now_and_then
    from producers.adapters.cells import date_format as date_format_of
    from producers.identities import Identities, read_iin_map
    from producers.places import built_in_places, places_of
    from producers.publishing import publish_rows
    from producers.shapes import ReadRequest

    if synthetic_identities:
        typer.echo("People and bodies without a number get synthetic ones (century digit 1, year 50).", err=True)
    request = ReadRequest(
        entity,
        paths,
        source=source,
        moment=_moment(time),
        identities=Identities(read_iin_map(iin_map) if iin_map else {}, synthetic_identities),
        defaults=_defaults(set_fields or []),
        record_version=record_version,
        encoding=encoding,
        delimiter=delimiter,
        dates=date_format_of(date_format) if date_format else None,
        ignored=frozenset(ignore_columns or []),
        places=places_of(places) if places else built_in_places(),
        dry_run=dry_run,
        counts_versions=count_versions,
        iin_column=iin_column,
        status_lists=(*([revocations] if revocations else []), *(status_lists or [])),
        contexts=contexts,
    )
    with ExitStack() as stack:
        publisher = None
        if not dry_run:
            from arna.settings import get_settings
            from producers.publisher import EventPublisher
            from producers.spool_files import command_folder

            publisher = EventPublisher(broker_address(bootstrap_servers), spool=command_folder(get_settings()))
            stack.callback(publisher.close, 1.0)  # the answers were waited for before
        advance = stack.enter_context(counting("records"))
        report = publish_rows(
            _rows(shape, request),
            publisher,
            unchecked=unchecked,
            on_progress=advance,
            on_waiting=now_and_then("{:,} events wait in the spool for Kafka's answer"),
            patience=timeout,
        )
    if shape == "open_badges":
        report.notes = request.certificates.as_json()
    _print_report(report, dry_run=dry_run, as_json=as_json)
    if report.failure is not None:
        typer.secho(f"arna: {report.failure}", err=True, fg=typer.colors.RED)
        raise typer.Exit(EXIT_UNREADABLE)
    if report.refused or report.unknown:
        raise typer.Exit(1)


def broker_address(given: str | None) -> str:
    """The broker that the user named, or that of the settings or the running stack.

    Raises:
        ConfigError: none of them is known.
    """
    from arna.embedded.state import effective_settings

    return given or effective_settings(warehouse=False).kafka_bootstrap_servers or ""


def _moment(text: str | None) -> datetime | None:
    from arna.errors import ConfigError
    from producers.rows import KAZAKHSTAN_TIME, parse_moment

    if text is None:
        return None
    if (moment := parse_moment(text, KAZAKHSTAN_TIME)) is None:
        raise ConfigError("--time", "is not an ISO 8601 date or time.")
    return moment


def _defaults(pairs: list[str]) -> dict[str, str]:
    from arna.errors import ConfigError

    values: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise ConfigError("--set", "must look like FIELD=VALUE, for example kato=710000000.")
        values[name] = value
    return values


def _rows(shape: str, request: ReadRequest) -> Iterator[AdaptedRow]:
    """The records; a generator, so that even a wrong ``--from`` ends in an account."""
    from arna.errors import ConfigError
    from producers.shapes import read_shape

    for path in request.paths:
        if not path.exists():
            raise ConfigError("PATH", f"{path.name} does not exist.")
    yield from read_shape(shape, request)


def _print_report(report: PublishReport, *, dry_run: bool, as_json: bool) -> None:
    import orjson
    from rich.console import Console
    from rich.table import Table

    from producers.reasons import sentence

    console = Console(stderr=as_json)
    table = Table(title="Checked, nothing sent" if dry_run else "Published")
    for name in ("read", "accepted", "refused", "unknown"):
        table.add_column(name, justify="right")
    table.add_row(*(f"{count:,}" for count in (report.read, report.accepted, report.refused, report.unknown)))
    console.print(table)
    if report.unchecked:
        console.print(
            f"{report.unchecked:,} of them break their contract; the lander will reject them with their reason."
        )
    for refusal in report.refusals[:_LISTED]:
        place = f"{refusal.file} row {refusal.row}" + (f", column {refusal.column}" if refusal.column else "")
        reason = f"{refusal.rejection_class}: {refusal.rule_id} at {refusal.pointer or '/'}"
        console.print(f"  {place}  {reason}", highlight=False, markup=False, soft_wrap=True)
    if report.refused > _LISTED:
        console.print(f"  … and {report.refused - _LISTED:,} more; --json lists them.")
    for (rejection_class, rule_id), count in sorted(report.by_rule.items(), key=lambda item: -item[1]):
        line = f"{count:>8,}  {rejection_class}: {rule_id}  {sentence(rule_id)}"
        console.print(line.rstrip(), highlight=False, markup=False, soft_wrap=True)
    for name, told in report.notes.items():
        console.print(f"{name}: {orjson.dumps(told).decode()}", highlight=False, markup=False, soft_wrap=True)
    if report.spooled:
        console.print(
            f"{report.spooled:,} events wait in the spool; `arna spool drain` sends them, or publish again.",
            soft_wrap=True,
        )
    if report.interrupted:
        console.print(
            f"{report.interruption} Publish the file again: what arrived is not counted twice.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if as_json:
        typer.echo(orjson.dumps(report.as_json()).decode())
