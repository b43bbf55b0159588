"""Sets of CSV files that point into each other, in a folder or in a zip, read strictly and without unpacking.

Each file is checked as a whole before its first record is used: it can be read, it is in the declared encoding, and its
heading has the needed columns, each once; else one sentence names the file and the column. After that every record is
yielded, as cells by column or as the reason why it has none. A broken quote costs the line in which it stands, never
the lines after it: what a broken record swallowed is read again, line by line.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from arna.errors import ConfigError
from producers.rows import UNREADABLE, Refusal

UTF_8: Final = "utf-8-sig"
"""UTF-8, with or without a byte order mark."""
MAX_FILE_BYTES: Final = 2 * 1024**3
"""Largest file of a set, unpacked: a zip of a few kilobytes can claim any size."""
_MAX_RECORD_LINES: Final = 100
_CHUNK: Final = 1 << 20
_UNREADABLE: Final = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError)
# A zip that is encrypted raises RuntimeError, one with a compression that Python lacks NotImplementedError.

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file.

    Attributes:
        file: name of the file.
        row: number of the record in it, from 1, the heading not counted.
        cells: cells by column.
        problem: why the cells cannot be used.
    """

    file: str
    row: int
    cells: Row
    problem: Refusal | None = None


class CsvSet:
    """The CSV files of a folder or of a zip, by name without suffix; upper and lower case are one.

    Args:
        path: a folder or a zip.
        encoding: the codec of all its files.

    Raises:
        ConfigError: it is neither, or a name stands in it twice.
    """

    def __init__(self, path: Path, encoding: str = UTF_8) -> None:
        self.name = path.name
        self._encoding = UTF_8 if encoding.lower() in {"utf-8", "utf8"} else encoding
        self._zip: zipfile.ZipFile | None = None
        try:
            if path.is_dir():
                places = [(entry.name, str(entry)) for entry in sorted(path.iterdir()) if entry.is_file()]
            else:
                self._zip = zipfile.ZipFile(path)
                entries = [entry for entry in self._zip.namelist() if not entry.startswith("__MACOSX/")]
                places = [(entry.rsplit("/", 1)[-1], entry) for entry in entries]
        except (*_UNREADABLE, ValueError) as error:
            kind = type(error).__name__
            raise ConfigError("FILE", f"{path.name} is neither a folder nor a whole zip ({kind}).") from None
        self._places: dict[str, tuple[str, str]] = {}
        for file, place in places:
            stem, dot, suffix = file.rpartition(".")
            if dot and suffix.lower() == "csv" and stem and not stem.startswith("."):
                if stem.lower() in self._places:
                    raise ConfigError("FILE", f"{path.name} holds {file} twice.", "Give one set at a time.")
                self._places[stem.lower()] = (file, place)

    def has(self, name: str) -> bool:
        """Whether the set has a file of that name."""
        return name.lower() in self._places

    def read(self, name: str, needed: Collection[str]) -> Iterator[Record]:
        """The records of a file, after a check of the whole file.

        Args:
            name: name of the file without suffix.
            needed: columns that must be there; others are kept too.

        Raises:
            ConfigError: the file is not there, cannot be read, is in another encoding or lacks a column.
        """
        if not self.has(name):
            raise ConfigError("FILE", f"{name}.csv is not in {self.name}.")
        file, place = self._places[name.lower()]
        self._check(file, place)
        with self._open(file, place) as stream:
            heading = _read_heading(file, stream, needed)
        return self._records(file, place, heading)

    def _records(self, file: str, place: str, heading: Sequence[str]) -> Iterator[Record]:
        with self._open(file, place) as stream:
            records = _parse(stream)
            next(records, None)
            for number, cells in enumerate(records, 1):
                if isinstance(cells, Refusal):
                    yield Record(file, number, {}, cells)
                elif len(cells) > len(heading):
                    yield Record(file, number, {}, Refusal(UNREADABLE, "cells_extra"))
                elif len(cells) < len(heading):
                    column = heading[len(cells)]
                    yield Record(file, number, {}, Refusal(UNREADABLE, "cells_missing", f"/{column}", column))
                else:
                    yield Record(file, number, dict(zip(heading, cells, strict=True)))

    def _open_bytes(self, place: str) -> IO[bytes]:
        if self._zip is None:
            return Path(place).open("rb")
        return self._zip.open(place)

    def _open(self, file: str, place: str) -> io.TextIOWrapper:
        try:
            return io.TextIOWrapper(self._open_bytes(place), encoding=self._encoding, newline="")
        except _UNREADABLE as error:
            raise _cannot_read(file, error) from None

    def _check(self, file: str, place: str) -> None:
        """Reads a file through once: an end that is missing must not be found after half of it was published."""
        try:
            decoder = codecs.getincrementaldecoder(self._encoding)()
            size = 0
            with self._open_bytes(place) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > MAX_FILE_BYTES:
                        raise ConfigError("FILE", f"{file} is larger than {MAX_FILE_BYTES // 1024**3} GiB.")
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except LookupError:
            raise ConfigError("--encoding", "is no encoding that is known.", "For example utf-8 or cp1251.") from None
        except UnicodeError:
            expected = "UTF-8" if self._encoding == UTF_8 else self._encoding
            raise ConfigError(
                "FILE", f"{file} is not {expected} text.", "Name its encoding, for example --encoding cp1251."
            ) from None
        except _UNREADABLE as error:
            raise _cannot_read(file, error) from None


def _cannot_read(file: str, error: BaseException) -> ConfigError:
    return ConfigError("FILE", f"{file} cannot be read ({type(error).__name__}).", "Is the archive whole?")


def _read_heading(file: str, stream: IO[str], needed: Collection[str]) -> Sequence[str]:
    cells = next(_parse(stream), [])
    if isinstance(cells, Refusal) or not any(cells):
        raise ConfigError("FILE", f"{file} has no line with the names of its columns.")
    names = [cell.strip() for cell in cells]
    if repeated := next((name for name in names if name and names.count(name) > 1), None):
        raise ConfigError("FILE", f"{file} has the column {_shown(repeated)} twice.")
    if missing := [name for name in needed if name not in names]:
        raise ConfigError(
            "FILE", f"{file} lacks the column {missing[0]}.", "Is it comma-separated, with the standard's own headings?"
        )
    return names


def _shown(name: str) -> str:
    # A file without a heading has data where the names should be, and data do not belong into a message.
    return name if name.replace(" ", "").replace(".", "").replace("_", "").isalpha() else "of one name"


class _Lines(Iterator[str]):
    """Lines, with a way back to those that a broken record swallowed."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._again: list[str] = []
        self._taken: list[str] = []

    def begin_record(self) -> None:
        self._taken.clear()

    def give_back_all_but_first(self) -> None:
        self._again.extend(reversed(self._taken[1:]))

    def __next__(self) -> str:
        if len(self._taken) == _MAX_RECORD_LINES:
            # No cell of a roster has a hundred lines; without a bound each stray quote would read to the end.
            raise csv.Error
        line = self._again.pop() if self._again else next(self._stream)
        self._taken.append(line)
        return line


def _parse(stream: IO[str]) -> Iterator[list[str] | Refusal]:
    """Each record's cells, the heading's among them; blank lines are no records."""
    lines = _Lines(stream)
    while True:
        lines.begin_record()
        try:
            cells = next(csv.reader(lines, strict=True))
        except StopIteration:
            return
        except csv.Error:
            lines.give_back_all_but_first()
            yield Refusal(UNREADABLE, "csv_malformed")
            continue
        if cells:
            yield cells
