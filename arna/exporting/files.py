"""Parquet files of an export: under their names only when they are whole, and on the disk."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

MANIFEST_FILE: Final = "manifest.json"
REMOVED_FILE: Final = "removed.parquet"
_PART: Final = "part-{:05d}.parquet"
_OWN: Final = ("part-*.parquet", REMOVED_FILE, MANIFEST_FILE, ".*.partial")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of an export.

    Attributes:
        name: in the folder of the manifest.
        rows: rows in it.
        bytes: its size.
        sha256: its hash.
    """

    name: str
    rows: int
    bytes: int
    sha256: str


class PartWriter:
    """Writes tables to ``part-00001.parquet`` and so on. The first file is there even where there is no row.

    Args:
        folder: where to.
        schema: of all tables.
        compression: as Parquet has it.
        rows_per_file: after so many rows the next file begins.
        name: the name of the only file instead, which then takes any number of rows.
    """

    def __init__(
        self,
        folder: Path,
        schema: Any,  # noqa: ANN401
        compression: str,
        rows_per_file: int,
        name: str | None = None,
    ) -> None:
        self._folder = folder
        self._schema = schema
        self._compression = compression
        self._rows_per_file = rows_per_file
        self._name = name
        self._writer: Any = None
        self._rows = 0
        self.files: list[DataFile] = []

    def write(self, table: Any) -> None:  # noqa: ANN401
        """Writes a table as one row group, or as several where a file is full."""
        position = 0
        while position < table.num_rows:
            if self._name is None and self._rows == self._rows_per_file:
                self._finish_file()
            self._open()
            room = table.num_rows if self._name is not None else self._rows_per_file - self._rows
            piece = table.slice(position, room)
            self._writer.write_table(piece)
            self._rows += piece.num_rows
            position += piece.num_rows

    def finish(self) -> list[DataFile]:
        """Ends the last file."""
        if self._writer is None:
            self._open()
        self._finish_file()
        return self.files

    def close(self) -> None:
        """Closes what is open; a file that is not finished stays without its name."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._partial(), self._schema, compression=self._compression)

    def _finish_file(self) -> None:
        self._writer.close()
        self._writer = None
        name = self._file_name()
        with self._partial().open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        put_in_place(self._partial(), self._folder / name)
        self.files.append(DataFile(name, self._rows, size, digest))
        self._rows = 0

    def _file_name(self) -> str:
        return self._name or _PART.format(len(self.files) + 1)

    def _partial(self) -> Path:
        return self._folder / f".{self._file_name()}.partial"


def put_in_place(partial: Path, path: Path) -> None:
    """Gives a file its name once all of it is on the disk."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def own_files(folder: Path) -> list[Path]:
    """Files in a folder that an export made, the manifest first: with it gone the export is no more."""
    found = sorted({path for pattern in _OWN for path in folder.glob(pattern)})
    return sorted(found, key=lambda path: path.name != MANIFEST_FILE)
