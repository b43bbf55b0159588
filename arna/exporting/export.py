"""Exports of one view and of all views a role may read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

import yaml

from arna.errors import ConfigError
from arna.exporting.columns import Column, TableReader
from arna.exporting.files import MANIFEST_FILE, REMOVED_FILE, DataFile, PartWriter, own_files
from arna.exporting.manifest import Freshness, Manifest, read_manifest
from arna.marts.registry import VIEWS, View, find_view
from arna.warehouse.database import Database, Session

Compression = Literal["zstd", "snappy", "gzip", "none"]
Progress = Callable[[str, int], None]
"""Told the view and how many rows more were written."""

_CHUNK_ROWS: Final = 65_536
_CHUNK_BYTES: Final = 32 * 1024 * 1024
_CONTRACTS: Final = Path(__file__).parents[2] / "docs" / "contracts"
_FULL: Final = "Export in full, without --since."


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How the files are written.

    Attributes:
        compression: of the Parquet files.
        rows_per_file: after so many rows the next file begins.
        is_forced: whether an export that is in the folder already is replaced.
    """

    compression: Compression = "zstd"
    rows_per_file: int = 1_000_000
    is_forced: bool = False

    def __post_init__(self) -> None:
        if self.compression not in get_args(Compression):
            remedy = f"Use one of: {', '.join(get_args(Compression))}."
            raise ConfigError("--compression", f"there is no compression {self.compression}.", remedy)
        if self.rows_per_file < 1:
            raise ConfigError("--rows-per-file", "must be at least 1.")


def export_view(
    database: Database,
    view: str,
    folder: Path,
    *,
    since: int | Manifest | None = None,
    options: ExportOptions = ExportOptions(),
    progress: Progress | None = None,
) -> Manifest:
    """Writes a view, or what changed in it, as Parquet files into a folder of its own.

    Files get their names when they are whole, and the manifest comes last: a folder without one is no export.

    Args:
        database: the warehouse, as any role that may read the view.
        view: for instance ``profile.student``.
        folder: new or empty.
        since: only rows changed above this number, or above that of an earlier export, and the keys that went since.
        options: how the files are written.
        progress: is told of rows written.

    Raises:
        ConfigError: the view, the folder or ``since`` will not do; says why.
        WarehouseUnavailable: nothing was exported; try again later.
    """
    find_view(view)
    with database.session("repeatable read", read_only=True) as session:
        session.execute("export/set_formats.sql")
        if view not in _readable(session, [view]):
            raise ConfigError("VIEW", f"this role may not read {view}.", "Use --url for a role that may.")
        return _export(session, view, folder, since, options, progress)


def export_all(
    database: Database,
    folder: Path,
    *,
    since: Path | None = None,
    options: ExportOptions = ExportOptions(),
    progress: Progress | None = None,
) -> list[Manifest]:
    """Writes every view that the role may read into ``<folder>/<view>``, all of them as of one moment.

    Args:
        database: the warehouse.
        folder: of the views' folders.
        since: folder of an earlier export of this kind; a view that it lacks, or that cannot be pulled by change, is
            written in full.
        options: how the files are written.
        progress: is told of rows written.

    Raises:
        ConfigError: a folder or an earlier manifest will not do, or the role may read no view.
        WarehouseUnavailable: views that have a manifest are whole; the others are to be exported again.
    """
    if since is not None and not since.is_dir():
        remedy = "Numbers count by group of views, so one number would not do for all."
        raise ConfigError("--since", "must be the folder of an earlier export of all views.", remedy)
    with database.session("repeatable read", read_only=True) as session:
        session.execute("export/set_formats.sql")
        views = _readable(session, [view for views in VIEWS.values() for view in views])
        if not views:
            raise ConfigError("--url", "this role may read no view.", "Use a role that may.")
        # Before the first file is written: half of them would be no use.
        earlier = {view: None if since is None else _earlier(since / view, find_view(view)[1]) for view in views}
        for view in views:
            _check_folder(folder / view, options)
        return [_export(session, view, folder / view, earlier[view], options, progress) for view in views]


def _earlier(folder: Path, view: View) -> Manifest | None:
    return read_manifest(folder) if view.table is not None and (folder / MANIFEST_FILE).exists() else None


def _readable(session: Session, views: Sequence[str]) -> list[str]:
    found = {row["view_name"]: row["is_readable"] for row in session.fetch_all(
        "export/list_readable.sql", {"view_names": list(views)}
    )}  # fmt: skip
    return [view for view in views if found.get(view)]


def _export(
    session: Session,
    view: str,
    folder: Path,
    since: int | Manifest | None,
    options: ExportOptions,
    progress: Progress | None,
) -> Manifest:
    plan = _plan(session, view, since)
    exported_at = datetime.now(UTC)
    with _new_folder(folder, options):
        tell = None if progress is None else lambda count: progress(view, count)
        files = _write(session, plan.copy_rows, plan.columns, folder, options, None, tell)
        removed = None
        if plan.copy_removed is not None:
            [removed] = _write(session, plan.copy_removed, plan.removed_columns, folder, options, REMOVED_FILE, None)
        fresh = plan.fresh
        manifest = Manifest(
            view=view,
            contract_version=_contract_version(view),
            exported_at=exported_at,
            as_of_date=fresh["as_of_date"],
            series_id=fresh["series_id"],
            since=plan.since,
            change_seq=fresh["change_seq"] if plan.key else None,
            key=plan.key,
            columns=plan.columns,
            untracked=find_view(view)[1].untracked,
            files=tuple(files),
            removed=removed,
            freshness=Freshness(
                last_event_at=fresh["last_event_at"],
                last_landed_at=fresh["last_landed_at"],
                refreshed_at=fresh["refreshed_at"],
            ),
        )
        manifest.write(folder)
    return manifest


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be read of one view in a snapshot."""

    fresh: Mapping[str, Any]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    since: int | None
    copy_rows: str
    copy_removed: str | None

    @property
    def removed_columns(self) -> tuple[Column, ...]:
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in (*self.key, "change_seq"))


def _plan(session: Session, view: str, since: int | Manifest | None) -> _Plan:
    schema, _, relation = view.partition(".")
    fresh = session.fetch_one("export/get_freshness.sql", {"view_name": view}, {"schema": schema})
    if fresh is None:
        raise ConfigError("VIEW", f"{view} was never refreshed.", "Run `arna mart refresh`.")
    place = {"schema": schema, "relation": relation}
    columns = tuple(
        Column(row["column_name"], row["type_name"], row["element_type_name"])
        for row in session.fetch_all("export/list_columns.sql", place)
    )
    table = find_view(view)[1].table
    key = tuple(row["column_name"] for row in session.fetch_all("export/list_key_columns.sql", {"table": table}))
    number = _check_since(view, table, fresh, columns, since)
    rows = session.fetch_all("export/compose_copy.sql", {**place, "since": number})[0]["copy_statement"]
    removed = None
    if number is not None:
        asked = {"schema": schema, "view_name": view, "since": number, "key_columns": list(key)}
        removed = session.fetch_all("export/compose_removed_copy.sql", asked)[0]["copy_removed"]
    return _Plan(fresh, columns, key, number, rows, removed)


def _check_since(
    view: str, table: str | None, fresh: Mapping[str, Any], columns: Sequence[Column], since: int | Manifest | None
) -> int | None:
    """The number to begin above; None for a full export."""
    if since is None:
        return None
    if table is None:
        raise ConfigError("--since", f"{view} is derived at each reading and knows no changes.", _FULL)
    if not fresh["can_pull"]:
        reason = f"this role sees a part of {view}, and what enters or leaves its part is no change of a row."
        raise ConfigError("--since", reason, _FULL)
    if isinstance(since, Manifest):
        _check_earlier(view, fresh, columns, since)
    number = since.change_seq if isinstance(since, Manifest) else since
    if number is None or number < 0:
        raise ConfigError("--since", "must be a number from 0.", _FULL)
    if number > fresh["change_seq"]:
        reason = f"{view} has no change above {fresh['change_seq']:,} yet: {number:,} is of another warehouse."
        raise ConfigError("--since", reason, _FULL)
    return number


def _check_earlier(view: str, fresh: Mapping[str, Any], columns: Sequence[Column], earlier: Manifest) -> None:
    if earlier.view != view:
        raise ConfigError("--since", f"the manifest is of {earlier.view}, not of {view}.")
    if earlier.series_id != fresh["series_id"]:
        raise ConfigError("--since", "the warehouse was made anew since that export.", _FULL)
    if earlier.columns != tuple(columns):
        # Rows that did not change would lack what was added.
        raise ConfigError("--since", f"the columns of {view} are others than in that export.", _FULL)


def _write(
    session: Session,
    copy_statement: str,
    columns: Sequence[Column],
    folder: Path,
    options: ExportOptions,
    name: str | None,
    tell: Callable[[int], None] | None,
) -> list[DataFile]:
    """Streams the rows of a COPY into files; holds one chunk of rows in memory."""
    reader = TableReader(columns)
    with (
        closing(PartWriter(folder, reader.schema, options.compression, options.rows_per_file, name)) as writer,
        session.copy_generated(copy_statement) as copy,
    ):
        for chunk in _chunks(copy):
            writer.write(reader.read(chunk))
            if tell is not None:
                tell(len(chunk))
        return writer.finish()


def _chunks(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[list[bytes]]:
    """PostgreSQL sends a row at a time; the lists end where rows do."""
    chunk: list[bytes] = []
    size = 0
    for row in rows:
        chunk.append(bytes(row))
        size += len(row)
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _check_folder(folder: Path, options: ExportOptions) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError("--to", f"{folder} is no folder.")
    if folder.is_dir() and any(folder.iterdir()) and not options.is_forced:
        state = "holds an export already" if (folder / MANIFEST_FILE).exists() else "is not empty"
        remedy = "Give each export a folder of its own, or replace it with --force."
        raise ConfigError("--to", f"{folder} {state}.", remedy)


@contextmanager
def _new_folder(folder: Path, options: ExportOptions) -> Iterator[None]:
    """The folder, free of what an earlier export left; on an error free of this one too."""
    _check_folder(folder, options)
    folder.mkdir(parents=True, exist_ok=True)
    for path in own_files(folder):
        path.unlink()
    try:
        yield
    except BaseException:
        for path in own_files(folder):
            path.unlink()
        raise


@cache
def _contract_version(view: str) -> str | None:
    try:
        text = (_CONTRACTS / f"{view}.odcs.yaml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    found: object = yaml.safe_load(text)
    return str(found["version"]) if isinstance(found, dict) and "version" in found else None
