"""``arna mart``: how fresh the readers' views are; bring them up to date, compute them anew, see what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from arna.marts import RefreshResult
    from arna.marts.overview import RebuildReport

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def register(app: typer.Typer) -> None:
    """Adds the group ``mart``."""
    group = typer.Typer(no_args_is_help=True, help="The readers' views: how fresh they are, what changed, rebuild.")
    group.command("list")(list_all)
    group.command("refresh")(refresh_now)
    group.command("rebuild")(rebuild_now)
    group.command("changes")(changes)
    app.add_typer(group, name="mart")


def list_all(*, as_json: _JSON = False) -> None:
    """List the views with rows, latest event, last refresh, number of the last change and last validation.

    The number is what `arna export --since` takes; - is a view that is derived at each reading and has none.
    """
    from dataclasses import asdict

    from arna.cli.connections import open_warehouse
    from arna.marts.overview import list_views

    with open_warehouse("arna mart") as db:
        views = list_views(db)
    if as_json:
        _print_json([asdict(view) for view in views])
        return
    table = _table(("view", "group"), ("rows",), ("latest event", "refreshed", "as of"), ("number",), ("validated",))
    for view in views:
        if not view.is_refreshed:
            table.add_row(view.view, view.group, "", "", "never")
            continue
        validated = (
            f"{_time(view.validated_at)} {'ok' if view.is_valid else 'FAILED'}" if view.validated_at else "never"
        )
        table.add_row(
            view.view,
            view.group,
            _number(view.rows),
            _time(view.last_event_at),
            _time(view.refreshed_at),
            str(view.as_of_date),
            _number(view.change_seq),
            validated,
        )
    _show(table)


def refresh_now(
    name: Annotated[
        str | None, typer.Argument(help="profile, retraining, or a view, whose group is refreshed; unset: both.")
    ] = None,
    *,
    as_json: _JSON = False,
) -> None:
    """Take in the loaded batches now, instead of when Airflow's refresh runs; both may run at once."""
    from arna.cli.connections import open_warehouse
    from arna.marts import refresh
    from arna.marts.overview import find_groups

    groups = find_groups(name)
    with open_warehouse("arna mart") as db:
        results = []
        for group in groups:
            typer.echo(f"{group}: refreshing", err=True)
            results.append(refresh(db, group))
    if as_json:
        _print_json([_result_json(result) for result in results])
        return
    for result in results:
        how = "rebuilt" if result.is_rebuild else "refreshed"
        taken = f"{result.batches:,} batches, {result.persons:,} persons, {result.vacancies:,} vacancies"
        typer.echo(f"{result.group}: {how} as of {result.as_of}; {taken}; {_describe_changes(result)}")


def rebuild_now(
    name: Annotated[str, typer.Argument(help="profile, retraining, a view, whose group is rebuilt, or all.")],
    *,
    is_check: Annotated[
        bool, typer.Option("--check", help="Exit code 1 where the rebuild made a difference: it must not.")
    ] = False,
    as_json: _JSON = False,
) -> None:
    """Compute a group of marts anew from core, and tell whether that made a difference.

    Readers keep the old content until it is done, and rows that are as they were are not written. The group is brought
    up to date first, so that a difference is one between its refreshes and its models.
    """
    from arna.cli.connections import open_warehouse
    from arna.marts.overview import check_rebuild, find_groups

    groups = find_groups(name)
    reports = []
    with open_warehouse("arna mart") as db:
        for number, group in enumerate(groups, start=1):
            also = f", of which {name} is a part" if "." in name else ""
            typer.echo(f"[{number}/{len(groups)}] rebuilding the group {group}{also}", err=True)
            reports.append(check_rebuild(db, group))
    if as_json:
        _print_json([_report_json(report) for report in reports])
    else:
        for report in reports:
            _print_report(report)
    if is_check and any(any(report.result.changes.values()) for report in reports):
        raise typer.Exit(1)


def changes(
    view: Annotated[str | None, typer.Argument(help="Only of this view.")] = None,
    limit: Annotated[int, typer.Option(help="How many, the latest first.", min=1, max=10_000)] = 20,
    *,
    as_json: _JSON = False,
) -> None:
    """List the last changes of views, as arna.mart-changed.v1 tells them."""
    from dataclasses import asdict

    from arna.cli.connections import open_warehouse
    from arna.marts import find_view
    from arna.marts.overview import list_changes

    if view is not None:
        find_view(view)
    with open_warehouse("arna mart") as db:
        found = list_changes(db, limit, view)
    if as_json:
        _print_json([asdict(change) for change in found])
        return
    table = _table(("view",), ("number", "changed", "removed", "keys"), ("as of", "at", "sent"))
    for change in found:
        table.add_row(
            change.view,
            _number(change.change_seq),
            _number(change.changed),
            _number(change.removed),
            "pull" if change.keys is None else _number(change.keys),
            str(change.as_of_date),
            _time(change.created_at),
            _time(change.sent_at) or "waits",
        )
    _show(table)


def _print_report(report: RebuildReport) -> None:
    result = report.result
    table = _table(("view",), ("rows",), ("content",))
    for view, rows in report.rows.items():
        table.add_row(view, _number(rows), "differs" if view in report.differing else "the same")
    _show(table)
    typer.echo(f"{result.group}: rebuilt as of {result.as_of}; {_describe_changes(result)}")
    if not report.is_sure:
        typer.echo("  Batches were loaded meanwhile: a difference may be theirs. Run it again when loads are quiet.")


def _describe_changes(result: RefreshResult) -> str:
    changed = {table: change for table, change in result.changes.items() if change}
    if not changed:
        return "no row changed"
    return "; ".join(
        f"{table} +{change.added:,} ~{change.updated:,} -{change.removed:,}" for table, change in changed.items()
    )


def _result_json(result: RefreshResult) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "group": result.group,
        **result.counts(),
        "changes": {table: asdict(change) for table, change in result.changes.items()},
    }


def _report_json(report: RebuildReport) -> dict[str, object]:
    return {
        **_result_json(report.result),
        "view_rows": dict(report.rows),
        "differing": list(report.differing),
        "is_sure": report.is_sure,
    }


def _number(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M}"


def _table(*columns: Sequence[str]) -> Any:  # noqa: ANN401 rich is imported when it is needed
    """A table of columns; those of the second, fourth … group are numbers."""
    from rich.table import Table

    table = Table()
    for position, names in enumerate(columns):
        for name in names:
            table.add_column(name, justify="right" if position % 2 else "left")
    return table


def _show(table: object) -> None:
    from rich.console import Console

    Console().print(table)


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
