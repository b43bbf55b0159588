"""The manifest of an export: what it holds and up to which number it is complete. It is written last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from arna.errors import ConfigError
from arna.exporting.columns import Column
from arna.exporting.files import MANIFEST_FILE, DataFile, put_in_place

FORMAT: Final = "arna.export.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the data of a view is.

    Attributes:
        last_event_at: when the latest event in it happened in the world.
        last_landed_at: when Arna came to know the latest event in it.
        refreshed_at: when it was last brought up to date.
    """

    last_event_at: datetime | None
    last_landed_at: datetime | None
    refreshed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export holds.

    Attributes:
        view: the view, with its schema.
        contract_version: version of the view's contract; None where it has none.
        exported_at: when the snapshot was taken.
        as_of_date: the day the last refresh stood for.
        series_id: the series that the numbers belong to.
        since: rows changed above this number; None: all rows.
        change_seq: the number up to which the export is complete; None for a view that is derived at reading.
        key: the columns that name a row; empty for a view that is derived at reading.
        columns: the columns, in order.
        untracked: columns that change by themselves, without a number: as of the export that brought their row.
        files: files with rows.
        removed: file with the keys that went since; None in a full export.
        freshness: how old the data is.
    """

    view: str
    contract_version: str | None
    exported_at: datetime
    as_of_date: date
    series_id: UUID
    since: int | None
    change_seq: int | None
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    untracked: tuple[str, ...]
    files: tuple[DataFile, ...]
    removed: DataFile | None
    freshness: Freshness

    @property
    def rows(self) -> int:
        """Rows in all files, removed keys not counted."""
        return sum(file.rows for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The manifest as its file has it."""
        return {
            "format": FORMAT,
            "view": self.view,
            "contract_version": self.contract_version,
            "exported_at": self.exported_at,
            "as_of_date": self.as_of_date,
            "series_id": self.series_id,
            "since": self.since,
            "change_seq": self.change_seq,
            "key": self.key,
            "columns": [column.as_json() for column in self.columns],
            "untracked": self.untracked,
            "rows": self.rows,
            "files": self.files,
            "removed": self.removed,
            "freshness": self.freshness,
        }

    def write(self, folder: Path) -> None:
        """Writes ``manifest.json``: from here on the export is there."""
        partial = folder / f".{MANIFEST_FILE}.partial"
        partial.write_bytes(orjson.dumps(self.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        put_in_place(partial, folder / MANIFEST_FILE)


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest, or the one in a folder.

    Raises:
        ConfigError: there is none, or it is none of ours.
    """
    path = path / MANIFEST_FILE if path.is_dir() else path
    try:
        found = orjson.loads(path.read_bytes())
        if found["format"] != FORMAT:
            raise ConfigError("--since", f"{path} is of another format than {FORMAT}.", "Export in full.")
        return _parse(found)
    except FileNotFoundError:
        remedy = "Give the folder or the manifest of an export that ended."
        raise ConfigError("--since", f"there is no {path}.", remedy) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError("--since", f"{path} is no manifest ({type(error).__name__}).") from error


def _parse(found: dict[str, Any]) -> Manifest:
    freshness = found["freshness"]
    return Manifest(
        view=found["view"],
        contract_version=found["contract_version"],
        exported_at=datetime.fromisoformat(found["exported_at"]),
        as_of_date=date.fromisoformat(found["as_of_date"]),
        series_id=UUID(found["series_id"]),
        since=found["since"],
        change_seq=found["change_seq"],
        key=tuple(found["key"]),
        columns=tuple(_parse_column(column) for column in found["columns"]),
        untracked=tuple(found["untracked"]),
        files=tuple(DataFile(**file) for file in found["files"]),
        removed=None if found["removed"] is None else DataFile(**found["removed"]),
        freshness=Freshness(
            last_event_at=_parse_time(freshness["last_event_at"]),
            last_landed_at=_parse_time(freshness["last_landed_at"]),
            refreshed_at=datetime.fromisoformat(freshness["refreshed_at"]),
        ),
    )


def _parse_column(column: dict[str, str]) -> Column:
    type_name = column["type"]
    return Column(column["name"], type_name, type_name.removesuffix("[]") if type_name.endswith("[]") else None)


def _parse_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
