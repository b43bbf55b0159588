"""``arna map``: explains a mapping against a file, and begins one from a file's columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arna.contracts.registry import Entity

if TYPE_CHECKING:
    from rich.console import Console

    from producers.adapters.mapping_report import Explanation
    from producers.publishing import PublishReport

_LISTED = 20


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        help="Describe a table of your own so that `arna publish --from mapping.yaml` can read it.",
        no_args_is_help=True,
    )
    group.command("check")(check)
    group.command("new")(new)
    app.add_typer(group, name="map")


def check(
    mapping: Annotated[str, typer.Argument(help="A mapping (.yaml), or the name of one that comes with Arna.")],
    file: Annotated[Path, typer.Argument(help="The file that it is for.")],
    rows: Annotated[int, typer.Option(min=0, help="How many events to show.")] = 3,
    source: Annotated[str | None, typer.Option(help="CloudEvents source, where the mapping has none.")] = None,
    iin_map: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="CSV of local id and IIN, for people without an IIN."),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON rows of KATO code, Russian and Kazakh name of places."),
    ] = None,
    synthetic_identities: Annotated[
        bool, typer.Option("--synthetic-identities", help="Derive synthetic numbers, as `arna publish` would.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Say what a mapping makes of a file: columns, the first events, and every row that would be refused.

    Nothing is sent and identity numbers are masked. Exit code 0: the file can be published whole. 1: a row would be
    refused, or a column is missing or undecided. 2: the file cannot be read to its end.
    """
    import orjson
    from rich.console import Console

    from producers.adapters.mapping import MappingOptions
    from producers.adapters.mapping_file import find_mapping
    from producers.adapters.mapping_report import explain
    from producers.identities import Identities, read_iin_map
    from producers.places import built_in_places, places_of

    rules = find_mapping(mapping)
    options = MappingOptions(
        source=source,
        identities=Identities(read_iin_map(iin_map) if iin_map else {}, synthetic_identities),
        places=places_of(places) if places else built_in_places(),
        dry_run=True,
    )
    found = explain(rules, file, options, rows)
    _print_explanation(Console(stderr=as_json), found)
    if as_json:
        typer.echo(orjson.dumps(found.as_json()).decode())
    if found.report.failure is not None:
        typer.secho(f"arna: {found.report.failure}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2)
    if not found.is_ok:
        raise typer.Exit(1)


def new(
    entity: Annotated[Entity, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="A file with the columns to describe.")],
    encoding: Annotated[str, typer.Option(help="Of a text file: utf-8, cp1251, kz1048, utf-16 …")] = "utf-8",
    delimiter: Annotated[str, typer.Option(help="Of a text file: comma, semicolon, tab, pipe.")] = "comma",
) -> None:
    """Print a mapping to begin with: columns whose names fit are filled in, the rest is marked with ???."""
    from producers.adapters.mapping_report import begin_mapping
    from producers.adapters.text_files import TextFormat, delimiter_named, encoding_named

    typer.echo(begin_mapping(entity, file, TextFormat(encoding_named(encoding), delimiter_named(delimiter))), nl=False)


def _print_explanation(console: Console, found: Explanation) -> None:
    import orjson

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    _print_columns(console, found)
    if found.unfilled:
        say(f"Required fields that nothing fills: {', '.join(found.unfilled)}.")
    for event in found.events:
        say(orjson.dumps(event, option=orjson.OPT_INDENT_2).decode())
    if found.missing:
        say("The rows were not read: the file lacks columns that the mapping reads.")
    else:
        _print_rows(say, found.report)


def _print_columns(console: Console, found: Explanation) -> None:
    from rich.table import Table

    table = Table("column", "what it becomes", title="Columns")
    rows = [(column, ", ".join(fields)) for column, fields in found.used.items()]
    rows += [(name, "ignored") for name in found.ignored]
    rows += [(name, "UNDECIDED: name it in a field or under `ignore:`") for name in found.undecided]
    rows += [(name, "MISSING in the file") for name in found.missing]
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)


def _print_rows(say: Callable[[str], None], report: PublishReport) -> None:
    from producers.reasons import sentence

    say(f"{report.read:,} rows: {report.accepted:,} would pass, {report.refused:,} would be refused.")
    for refusal in report.refusals[:_LISTED]:
        place = f", column {refusal.column}" if refusal.column else ""
        pointer = f" ({refusal.pointer})" if refusal.pointer else ""
        say(f"  row {refusal.row}{place}{pointer}  {refusal.rejection_class}: {refusal.rule_id}")
    if report.refused > _LISTED:
        say(f"  … and {report.refused - _LISTED:,} more; --json lists them.")
    for (rejection_class, rule_id), count in sorted(report.by_rule.items(), key=lambda item: -item[1]):
        say(f"{count:>8,}  {rejection_class}: {rule_id}  {sentence(rule_id)}".rstrip())
