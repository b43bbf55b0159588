"""``arna publish``: files in the contract's own shape or a known third-party shape, onto Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arna.contracts.registry import Entity

if TYPE_CHECKING:
    from producers.identities import Identities
    from producers.publishing import PublishReport
    from producers.rows import AdaptedRow

_LISTED = 20


class Shape(StrEnum):
    """The shapes of file that can be published."""

    CONTRACT = "contract"
    ONEROSTER = "oneroster"
    OPEN_BADGES = "open_badges"
    HH_RAW = "hh_raw"
    HH_CLEAN = "hh_clean"
    JOB_POSTING = "job_posting"
    OULAD = "oulad"


# The entity that a shape holds, and the key of the source that stands for it in the demo.
_SHAPES = {
    Shape.ONEROSTER: ({Entity.ENROLMENT}, "school"),
    Shape.OPEN_BADGES: ({Entity.CERTIFICATION}, "badges"),
    Shape.HH_RAW: ({Entity.VACANCY}, "job_portal"),
    Shape.HH_CLEAN: ({Entity.VACANCY}, "job_portal"),
    Shape.JOB_POSTING: ({Entity.VACANCY}, "job_portal"),
    Shape.OULAD: ({Entity.ENROLMENT, Entity.CERTIFICATION}, "open_university"),
}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("publish")(publish)


def publish(
    entity: Annotated[Entity, typer.Argument(help="What the files hold.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            metavar="FILE…",
            help="CSV, JSONL, Parquet or XLSX; a folder or zip for oneroster, a folder for oulad.",
        ),
    ],
    source: Annotated[
        str | None, typer.Option(help="CloudEvents source, normally urn:kz:bin:<BIN>; needed unless a column gives it.")
    ] = None,
    shape: Annotated[Shape, typer.Option("--from", help="Shape of the files.")] = Shape.CONTRACT,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, send nothing; needs no broker.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
    time: Annotated[
        str | None,
        typer.Option(
            help="When it happened (ISO 8601), for rows that do not say; for oneroster, the day the set speaks for."
        ),
    ] = None,
    iin_map: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="CSV of local id and IIN, for people without an IIN."),
    ] = None,
    synthetic_identities: Annotated[
        bool,
        typer.Option(
            help="Derive synthetic IINs and BINs from local ids where there are none. Never for real records."
        ),
    ] = False,
    set_fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Value of a contract field that the files lack; repeatable."),
    ] = None,
    record_version: Annotated[
        int, typer.Option(min=1, help="Version of an hh_raw or hh_clean export; a later export is higher.")
    ] = 1,
    unchecked: Annotated[
        bool,
        typer.Option(help="Send also what breaks its contract: the lander rejects it and keeps the reason on record."),
    ] = False,
    bootstrap_servers: Annotated[
        str | None,
        typer.Option(help="Kafka's host:port list; unset: ARNA_KAFKA_BOOTSTRAP_SERVERS or the running stack."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait for an answer before an event counts as unknown.")
    ] = 120.0,
) -> None:
    """Check records against the contract and publish them; every one of them is accounted for.

    Ids follow from the content, so publishing a file again adds nothing.
    Exit code 1 when anything was refused or unknown.
    """
    from arna.cli.progress import counting
    from producers.identities import Identities, read_iin_map
    from producers.publishing import publish_rows

    identities = Identities(read_iin_map(iin_map) if iin_map else {}, synthetic_identities)
    if synthetic_identities:
        typer.echo("People and bodies without a number get synthetic ones (century digit 1, year 50).", err=True)
    rows = _rows(entity, files, shape, source, _moment(time), identities, _defaults(set_fields or []), record_version)
    with ExitStack() as stack:
        publisher = None
        if not dry_run:
            from producers.publisher import EventPublisher

            address = broker_address(bootstrap_servers)
            publisher = stack.enter_context(EventPublisher(address, delivery_timeout=timeout))
        advance = stack.enter_context(counting("records"))
        report = publish_rows(rows, publisher, unchecked=unchecked, on_progress=advance)
    _print_report(report, dry_run=dry_run, as_json=as_json)
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


def _defaults(pairs: list[str]) -> dict[str, Any]:
    from arna.errors import ConfigError

    values: dict[str, Any] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise ConfigError("--set", "must look like FIELD=VALUE, for example kato=710000000.")
        values[name] = value
    return values


def _rows(
    entity: Entity,
    files: list[Path],
    shape: Shape,
    source: str | None,
    moment: datetime | None,
    identities: Identities,
    defaults: dict[str, Any],
    record_version: int,
) -> Iterator[AdaptedRow]:
    from arna.errors import ConfigError
    from producers.adapters import headhunter, job_posting, oneroster, open_badges, oulad, tabular
    from producers.known_sources import KnownSource, known_sources
    from producers.places import built_in_places

    if shape is Shape.CONTRACT:
        kinds = tabular.field_kinds(entity)
        typed = {name: tabular.convert_text(value, kinds.get(name)) for name, value in defaults.items()}
        options = tabular.TabularOptions(source, moment, identities, typed)
        return (row for file in files for row in tabular.read_rows(file, entity, options))
    entities, key = _SHAPES[shape]
    if entity not in entities:
        raise ConfigError(
            "--from", f"{shape} holds {' and '.join(sorted(entities))}.", f"`arna publish {min(entities)} …`"
        )
    known = known_sources()[key]
    uri = source or known.uri
    match shape:
        case Shape.ONEROSTER:
            if identities.synthetic:
                # Where everybody is invented, so is the place.
                defaults = {"kato": "710000000", "language": "other", "funding": "other", **defaults}
            set_options = oneroster.OneRosterOptions(uri, identities, defaults, moment.date() if moment else None)
            return (row for file in files for row in oneroster.read_enrolments(file, set_options))
        case Shape.OPEN_BADGES:
            return open_badges.read_certificates(files, open_badges.OpenBadgesOptions(uri, identities))
        case Shape.JOB_POSTING:
            options_ = job_posting.JobPostingOptions(uri, built_in_places(), identities, defaults)
            return job_posting.read_vacancies(files, options_)
        case Shape.OULAD:
            reader = oulad.read_enrolments if entity is Entity.ENROLMENT else oulad.read_certificates
            return (row for folder in files for row in reader(folder))
        case _:
            portal = KnownSource(known.key, uri, known.bin, known.name)
            portal_options = headhunter.PortalOptions(portal, built_in_places(), identities, record_version)
            read = headhunter.read_raw if shape is Shape.HH_RAW else headhunter.read_clean
            return (row for file in files for row in read(file, portal_options))


def _print_report(report: PublishReport, *, dry_run: bool, as_json: bool) -> None:
    import orjson
    from rich.console import Console
    from rich.table import Table

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
        place = f"{refusal.file} row {refusal.row}"
        reason = f"{refusal.rejection_class}: {refusal.rule_id} at {refusal.pointer or '/'}"
        console.print(f"  {place}  {reason}", highlight=False, markup=False, soft_wrap=True)
    if report.refused > _LISTED:
        console.print(f"  … and {report.refused - _LISTED:,} more; --json lists them.")
    for (rejection_class, rule_id), count in sorted(report.by_rule.items(), key=lambda item: -item[1]):
        console.print(f"{count:>8,}  {rejection_class}: {rule_id}", highlight=False)
    if report.interrupted:
        console.print(
            "The broker went away; the rest was not read. Publish the file again: what arrived is not counted twice."
        )
    if as_json:
        typer.echo(orjson.dumps(report.as_json()).decode())
