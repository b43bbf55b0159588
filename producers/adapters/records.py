"""Records of a file of any of the kinds that hold tables: CSV and its like, XLSX, Parquet, JSON lines.

A heading comes first, then one item for each record: its cells by column, or the reason why it has none.
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import orjson

from arna.errors import ConfigError
from producers.adapters.text_files import Heading, TextFormat, check_heading, read_table
from producers.rows import JsonValue, Refusal

TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
SUFFIXES: Final = (*TEXT_SUFFIXES, ".jsonl", ".ndjson", ".parquet", ".xlsx")
"""Suffixes of the files that hold tables."""
MAX_DEPTH: Final = 32
_BATCH_ROWS: Final = 5_000
_BOM: Final = b"\xef\xbb\xbf"

Record = Mapping[str, Any]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what can go wrong with a file as a whole into one sentence.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        yield
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ParseError) as error:
        name = path.name or str(path)
        raise ConfigError("FILE", f"{name} cannot be read ({type(error).__name__}).") from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigError("FILE", f"{path.name} changed while it was read.", "Publish it again.") from None


def read_records(
    path: Path, form: TextFormat, names: Sequence[str] = (), sheet: str = ""
) -> Iterator[Heading | Record | Refusal]:
    """The heading of a file, then its records. JSON lines have no heading: theirs is empty.

    Args:
        path: a file with one of ``SUFFIXES``.
        form: what is declared of a text file; its ``heading`` holds for a spreadsheet too.
        names: names of the columns, where the file has no heading.
        sheet: name of the sheet of a spreadsheet; empty is the first.

    Raises:
        ConfigError: it cannot be read, is no file, is not what was declared, or its suffix is none of ``SUFFIXES``.
    """
    if path.is_dir():
        raise ConfigError("FILE", f"{path.name} is a folder; a file is needed here.")
    with reading(path):
        match path.suffix.lower():
            case suffix if suffix in TEXT_SUFFIXES:
                yield from read_table(path, form, names)
            case ".xlsx":
                yield from _sheet(path, form.heading, names, sheet)
            case ".parquet":
                yield from _parquet(path)
            case ".jsonl" | ".ndjson":
                yield Heading(())
                yield from _json_lines(path)
            case suffix:
                known = ", ".join(SUFFIXES)
                raise ConfigError("FILE", f"{path.name}: {suffix or 'no'} suffix.", f"Known are {known}.")


def _sheet(path: Path, heading_row: int, names: Sequence[str], sheet: str) -> Iterator[Heading | Record | Refusal]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError):
        raise ConfigError("FILE", f"{path.name} is not an XLSX workbook that can be read.") from None
    try:
        if sheet and sheet not in book.sheetnames:
            raise ConfigError("sheet", f"{path.name} has no sheet of the declared name.")
        rows = (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)
        first: Sequence[object] = names
        for _ in range(0 if names else heading_row):
            first = next(rows, ())
        heading = check_heading(_trimmed(first), path.name)
        yield heading
        width = len(heading.names)
        for row in rows:
            if any(cell is not None for cell in row):
                # A sheet keeps no empty cells at the end of a row.
                yield heading.cells_of([*row, *[None] * (width - len(row))])
    finally:
        book.close()


def _trimmed(cells: Sequence[object]) -> Sequence[object]:
    filled = len(cells)
    while filled and cells[filled - 1] is None:
        filled -= 1
    return cells[:filled]


def _parquet(path: Path) -> Iterator[Heading | Record]:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as table:
            yield Heading(tuple(table.schema_arrow.names))
            for batch in table.iter_batches(_BATCH_ROWS):
                yield from batch.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        raise ConfigError("FILE", f"{path.name} is not a Parquet file that can be read.") from None


def _json_lines(path: Path) -> Iterator[Record | Refusal]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            text = line.removeprefix(_BOM) if number == 0 else line
            if not text.strip():
                continue
            try:
                document = orjson.loads(text)
            except orjson.JSONDecodeError:
                yield Refusal("json_syntax", "json_malformed")
                continue
            if not isinstance(document, dict):
                yield Refusal("envelope_invalid", "envelope_not_object")
            elif is_too_deep(document):
                yield Refusal("json_limits", "json_too_deep")
            else:
                yield document


def is_too_deep(document: JsonValue) -> bool:
    """Whether a parsed document is nested deeper than an event may be."""
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def flatten(value: Record, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested objects as dotted names with their values; what is null is left out."""
    for name, item in value.items():
        if isinstance(item, Mapping):
            yield from flatten(item, f"{prefix}{name}.")
        elif item is not None:
            yield f"{prefix}{name}", plain_value(item)


def plain_value(value: JsonValue) -> JsonValue:
    """A cell's value as JSON has it; a spreadsheet keeps a date as the midnight that begins it."""
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo or value.time() != datetime.min.time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else value
