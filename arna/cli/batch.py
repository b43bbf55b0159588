"""``arna batch``: look at batches, release or discard those that are held."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from arna.cli.connections import open_warehouse

_BATCH = Annotated[int, typer.Argument(help="Number of the batch.", min=1)]
_NOTE = Annotated[str | None, typer.Option("--note", help="Why; kept with the batch.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def register(app: typer.Typer) -> None:
    """Adds the group of commands."""
    group = typer.Typer(help="Look at batches; release or discard the held ones.", no_args_is_help=True)
    group.command("list")(list_batches)
    group.command("show")(show_batch)
    group.command("release")(release_batch)
    group.command("discard")(discard_batch)
    app.add_typer(group, name="batch")


def list_batches(
    entity: Annotated[str | None, typer.Option(help="enrolment, certification or vacancy.")] = None,
    state: Annotated[str | None, typer.Option(help="claimed, validated, held, loaded or discarded.")] = None,
    limit: Annotated[int, typer.Option(help="How many of the newest.", min=1, max=10_000)] = 20,
    as_json: _JSON = False,
) -> None:
    """List batches, the newest first."""
    from dataclasses import asdict

    from arna.batches import list_batches as read_batches

    with open_warehouse("arna-batch") as db:
        records = [asdict(record) for record in read_batches(db, entity=entity, state=state, limit=limit)]
    if as_json:
        _print_json(records)
        return
    table = Table("batch", "entity", "state", "events", "claimed", "settled", "held for")
    for record in records:
        table.add_row(
            str(record["batch_id"]),
            record["entity"],
            record["state"] + (" (released)" if record["is_released"] else ""),
            f"{record['event_count']:,}",
            _moment(record["claimed_at"]),
            _moment(record["settled_at"]),
            ", ".join(record["held_rules"]),
        )
    Console().print(table)


def show_batch(batch_id: _BATCH, as_json: _JSON = False) -> None:
    """Show a batch: what its rules found, what became of its events, what to do."""
    from dataclasses import asdict

    from arna import batches

    with open_warehouse("arna-batch") as db:
        batch = batches.get_batch(db, batch_id)
        record = batches.list_batches(db, batch_id=batch_id)[0]
        results = batches.list_results(db, batch_id)
        settlement = batches.count_settled(db, batch)
    if as_json:
        _print_json({**asdict(record), "settled": asdict(settlement), "results": results})
        return
    console = Console()
    console.print(f"Batch {batch_id} of {batch.entity}: [bold]{batch.state}[/bold], {batch.event_count:,} events")
    if batch.held_rules:
        console.print(f"Held for: {', '.join(batch.held_rules)}")
    if record.note:
        console.print(f"Note: {record.note}", markup=False)
    console.print(
        f"loaded {settlement.loaded:,}, superseded {settlement.superseded:,}, "
        f"duplicate {settlement.duplicates:,}, rejected {settlement.rejected:,}"
    )
    table = Table("rule", "severity", "result", "failing", "of")
    for row in results:
        table.add_row(
            row["rule_id"],
            row["severity"],
            "[green]ok[/green]" if row["is_success"] else "[red]failed[/red]",
            "" if row["unexpected_count"] is None else f"{row['unexpected_count']:,}",
            "" if row["evaluated_count"] is None else f"{row['evaluated_count']:,}",
        )
    console.print(table)
    if batch.state == "held":
        console.print(f"Right after all: arna batch release {batch_id}. Wrong: arna batch discard {batch_id}.")


def release_batch(batch_id: _BATCH, note: _NOTE = None, as_json: _JSON = False) -> None:
    """Let a held batch be loaded: its batch rules only warn then; rows that break a rule are still rejected."""
    from arna import batches

    with open_warehouse("arna-batch") as db:
        batch = batches.release_batch(db, batch_id, note)
    if as_json:
        _print_json({"batch_id": batch_id, "state": batch.state, "is_released": True})
    else:
        Console().print(f"Batch {batch_id} is released; the doorbell rings, and load_{batch.entity} loads it.")


def discard_batch(
    batch_id: _BATCH,
    note: _NOTE = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: _JSON = False,
) -> None:
    """Reject every event of a held batch; each publisher is told through the dead-letter topic."""
    from arna import batches

    with open_warehouse("arna-batch") as db:
        batch = batches.get_batch(db, batch_id)
        if not yes and not as_json and batch.state == "held":
            typer.confirm(f"Reject the {batch.event_count:,} events of batch {batch_id} of {batch.entity}?", abort=True)
        rejected = batches.discard_batch(db, batch_id, note)
    if as_json:
        _print_json({"batch_id": batch_id, "state": "discarded", "rejected": rejected})
    else:
        Console().print(f"Batch {batch_id} is discarded; {rejected:,} events are rejected.")


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
