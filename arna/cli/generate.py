"""``arna generate``: a deterministic synthetic cohort, into files or onto Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arna.contracts.registry import Entity

if TYPE_CHECKING:
    from producers.generator import CohortSummary, GeneratedMessage


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("generate")(generate)


def generate(
    people: Annotated[int, typer.Option(min=0, help="How many people.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same arguments give the same bytes.")] = 1,
    dirty: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Pieces of dirt for each clean event: duplicates, late, malformed, broken rules."
        ),
    ] = 0.0,
    publish: Annotated[bool, typer.Option("--publish", help="Publish to Kafka.")] = False,
    to: Annotated[
        Path | None, typer.Option(file_okay=False, metavar="DIR", help="Write files and a manifest into DIR.")
    ] = None,
    entity: Annotated[list[Entity] | None, typer.Option(help="Only this entity; repeatable.")] = None,
    certificates_only: Annotated[
        bool, typer.Option("--certificates-only", help="Exactly one issued certificate for each person, nothing else.")
    ] = False,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="Everything happens in the year before it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON: the manifest.")] = False,
    bootstrap_servers: Annotated[
        str | None,
        typer.Option(help="Kafka's host:port list; unset: ARNA_KAFKA_BOOTSTRAP_SERVERS or the running stack."),
    ] = None,
) -> None:
    """Make people with enrolments and AI-Sana certificates, and vacancies, all over Kazakhstan's regions.

    Every number is synthetic. The manifest says what was made and what must become of each event.
    """
    from arna.cli.progress import counting
    from arna.errors import ConfigError
    from producers import generator

    if publish == (to is not None):
        raise ConfigError("--publish, --to", "say where it goes: one of the two.")
    day = _day(as_of)
    entities = tuple(entity) if entity else tuple(Entity)
    summary = generator.CohortSummary(
        {
            "people": people,
            "seed": seed,
            "dirty": dirty,
            "entities": [Entity.CERTIFICATION] if certificates_only else sorted(entities),
            "certificates_only": certificates_only,
            "as_of": (day or generator.DEFAULT_AS_OF).isoformat(),
        },
        people,
    )
    messages = generator.generate_cohort(
        people, seed, dirty, entities=entities, as_of=day, certificates_only=certificates_only
    )
    with counting("events") as advance:
        if to is not None:
            generator.write_cohort(messages, to, summary, advance)
        else:
            _publish(messages, bootstrap_servers, summary, advance)
    _print_summary(summary, to, as_json=as_json)
    if summary.deliveries.get("refused") or summary.deliveries.get("unknown"):
        raise typer.Exit(1)


def _day(text: str | None) -> date | None:
    from arna.errors import ConfigError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigError("--as-of", "must be a date such as 2026-11-01.") from None


def _publish(
    messages: Iterator[GeneratedMessage],
    bootstrap_servers: str | None,
    summary: CohortSummary,
    advance: Callable[[int], None],
) -> None:
    from arna.cli.publish import broker_address
    from producers.direct import DirectPublisher
    from producers.generator import publish_cohort

    with DirectPublisher(broker_address(bootstrap_servers), client_id="arna-generate") as publisher:
        publish_cohort(messages, publisher, summary, advance)


def _print_summary(summary: CohortSummary, to: Path | None, *, as_json: bool) -> None:
    import orjson
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=as_json)
    manifest = summary.as_json()
    table = Table(title=f"{summary.messages:,} events of {summary.people:,} synthetic people")
    columns = ("entity", "events", "loaded", "superseded", "duplicate", "rejected")
    for name in columns:
        table.add_column(name, justify="left" if name == "entity" else "right")
    for name, counts in manifest["entities"].items():
        expected = counts["expected"]
        rejected = sum(count for rules in expected["rejected"].values() for count in rules.values())
        figures = (counts["messages"], expected["loaded"], expected["superseded"], expected["duplicate"], rejected)
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    console.print(table)
    if to is not None:
        console.print(f"Written to {to}; manifest.json says what must become of them.", soft_wrap=True)
    else:
        console.print(", ".join(f"{count:,} {outcome}" for outcome, count in summary.deliveries.items()))
    if as_json:
        typer.echo(orjson.dumps(manifest).decode())
