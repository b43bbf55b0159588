"""``arna export``: the readers' views as Parquet files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from arna.exporting import Manifest
    from arna.warehouse.database import Database


class Format(StrEnum):
    """File formats of an export."""

    PARQUET = "parquet"


class CompressionName(StrEnum):
    """How Parquet files are compressed."""

    ZSTD = "zstd"
    SNAPPY = "snappy"
    GZIP = "gzip"
    NONE = "none"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("export")(export)


def export(
    view: Annotated[
        str, typer.Argument(help="A view, for example profile.student; `all`: each that the role may read.")
    ],
    to: Annotated[Path, typer.Option(help="Folder of this export, new or empty; with `all` a folder of folders.")],
    since: Annotated[
        str | None,
        typer.Option(help="Only what changed above this number, or since an earlier export: its manifest or folder."),
    ] = None,
    file_format: Annotated[Format, typer.Option("--format", help="Format of the files.")] = Format.PARQUET,
    compression: Annotated[CompressionName, typer.Option(help="Compression of the files.")] = CompressionName.ZSTD,
    rows_per_file: Annotated[int, typer.Option(min=1, help="Rows after which the next file begins.")] = 1_000_000,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="ARNA_EXPORT_URL",
            show_envvar=True,
            help="Warehouse as the role to export for; unset: ARNA_WAREHOUSE_URL or the running stack.",
        ),
    ] = None,
    *,
    is_forced: Annotated[bool, typer.Option("--force", help="Replace the export that is in the folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifests as JSON, one a line.")] = False,
) -> None:
    """Write a view as Parquet files with a manifest.json, in full or what changed since an earlier export.

    Rows, removed keys and the number they are complete up to are of one moment, so exports that follow each other miss
    nothing. The manifest comes last: a folder without one is no export. docs/how-to/pull-the-marts.md says how to apply
    them. Exit code 1 where nothing, or not all, was exported.
    """
    import orjson

    from arna.exporting import ExportOptions, export_all, export_view

    del file_format  # there is one so far
    options = ExportOptions(compression.value, rows_per_file, is_forced)
    with _database(url) as database, _progress(quiet=as_json) as progress:
        if view == "all":
            earlier = None if since is None else Path(since)
            manifests = export_all(database, to, since=earlier, options=options, progress=progress)
        else:
            number = None if since is None else _since(since)
            manifests = [export_view(database, view, to, since=number, options=options, progress=progress)]
    if as_json:
        for manifest in manifests:
            typer.echo(orjson.dumps(manifest.as_json()).decode())
    else:
        _print_summary(manifests, to)


def _since(text: str) -> int | Manifest:
    from arna.exporting import read_manifest

    return int(text) if text.isascii() and text.isdigit() else read_manifest(Path(text))


def _database(url: str | None) -> Database:
    from arna.cli.connections import open_warehouse
    from arna.warehouse.database import Database

    return open_warehouse("arna export") if url is None else Database(url, "arna export")


def _progress(*, quiet: bool) -> AbstractContextManager[Callable[[str, int], None] | None]:
    from contextlib import contextmanager

    from arna.cli.progress import counting

    @contextmanager
    def shown() -> Iterator[Callable[[str, int], None]]:
        with counting("rows exported") as advance:
            yield lambda _view, count: advance(count)

    @contextmanager
    def silent() -> Iterator[None]:
        yield None

    return silent() if quiet else shown()


def _print_summary(manifests: Sequence[Manifest], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("view", "since", "up to")
    for column in ("rows", "removed", "files", "MB"):
        table.add_column(column, justify="right")
    for each in manifests:
        size = sum(file.bytes for file in each.files)
        table.add_row(
            each.view,
            "all" if each.since is None else f"{each.since:,}",
            "-" if each.change_seq is None else f"{each.change_seq:,}",
            f"{each.rows:,}",
            "-" if each.removed is None else f"{each.removed.rows:,}",
            f"{len(each.files):,}",
            f"{size / 1e6:,.1f}",
        )
    console = Console()
    console.print(table)
    console.print(f"Written to {folder}, as of {manifests[0].as_of_date}.", markup=False, highlight=False)
