"""A file that a person chose, read by the adapters into events; nothing of it is kept or repeated.

The reading is that of ``arna publish``: the contract's columns, nothing guessed. A row that names no source is an
event of the key's own.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from arna.contracts.decode import STRUCTURED_TYPE
from arna.contracts.registry import SPECS, Entity
from arna.errors import ConfigError
from producers.adapters.cells import date_format
from producers.adapters.records import read_records
from producers.adapters.tabular import ENVELOPE_COLUMNS, LOCAL_ID, TabularOptions, known_columns, nearest, read_rows
from producers.adapters.text_files import Heading, TextFormat, delimiter_named, encoding_named
from producers.gateway.bodies import BATCH_TYPE, LINES_TYPE, split_array
from producers.gateway.checking import RawEvent
from producers.gateway.problems import Problem, ProblemKind
from producers.rows import AdaptedRow, Refusal

MAX_ROWS: Final = 50_000
"""Most records of one file; a larger one is sent in parts."""
MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024
"""Most bytes that a spreadsheet, which is a zip, may unfold to."""

SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Final[Mapping[str, str]] = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    LINES_TYPE: ".jsonl",
    STRUCTURED_TYPE: ".json",
    BATCH_TYPE: ".json",
    SHEET_TYPE: ".xlsx",
}
"""Media type of a file to the suffix that says how it is read."""
_SUFFIXES: Final = {".csv": ".csv", ".txt": ".csv", ".tsv": ".tsv", ".json": ".json", ".jsonl": ".jsonl",
                    ".ndjson": ".jsonl", ".xlsx": ".xlsx"}  # fmt: skip
_GENERIC_TYPES: Final = frozenset({"", "application/octet-stream", "text/plain", "application/x-www-form-urlencoded"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A file lives for a moment in memory where the system has such a place: no name or number meets a disk.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a private folder is made in it


class FileReason(StrEnum):
    """What is wrong with a file as a whole."""

    TYPE = "type"
    ENCODING = "encoding"
    DELIMITER = "delimiter"
    OPTIONS = "options"
    HEADING = "heading"
    COLUMNS = "columns"
    UNREADABLE = "unreadable"
    EMPTY = "empty"


# fmt: off
FILE_PROBLEMS: Final = {
    FileReason.TYPE: ProblemKind(
        "file_type_unsupported", 415,
        "CSV, TSV, XLSX, JSON немесе JSON Lines файлы керек.",
        "Нужен файл CSV, TSV, XLSX, JSON или JSON Lines.",
        "The file must be CSV, TSV, XLSX, JSON or JSON Lines."),
    FileReason.ENCODING: ProblemKind(
        "file_encoding_wrong", 422,
        "Файл көрсетілген кодтауда емес; encoding параметрін өзгертіңіз.",
        "Файл не в указанной кодировке; измените параметр encoding.",
        "The file is not in the encoding that is declared; change the parameter encoding."),
    FileReason.DELIMITER: ProblemKind(
        "file_delimiter_wrong", 422,
        "Бағандарды басқа таңба бөледі; delimiter параметрін өзгертіңіз.",
        "Столбцы разделяет другой знак; измените параметр delimiter.",
        "The columns are divided by another character; change the parameter delimiter."),
    FileReason.OPTIONS: ProblemKind(
        "file_options_wrong", 400,
        "encoding, delimiter, date_format не language параметрі қате.",
        "Неверен параметр encoding, delimiter, date_format или language.",
        "One of the parameters encoding, delimiter, date_format or language is wrong."),
    FileReason.HEADING: ProblemKind(
        "file_heading_wrong", 422,
        "Бірінші жолда бағандардың атаулары бір-бір реттен тұруы керек.",
        "В первой строке должны стоять названия столбцов, каждое один раз.",
        "The first row must hold the names of the columns, each once."),
    FileReason.COLUMNS: ProblemKind(
        "file_columns_unknown", 422,
        "Келісімде жоқ бағандар бар: атауларын түзетіңіз немесе ignore_unknown=true деп оларды қалдырыңыз.",
        "Есть столбцы, которых нет в контракте: исправьте названия или пропустите их с ignore_unknown=true.",
        "There are columns that the contract does not have: mend their names, or set ignore_unknown=true."),
    FileReason.UNREADABLE: ProblemKind(
        "file_unreadable", 422,
        "Файл кесте ретінде оқылмайды.", "Файл не читается как таблица.", "The file cannot be read as a table."),
    FileReason.EMPTY: ProblemKind(
        "file_empty", 400, "Файл бос.", "Файл пустой.", "The file is empty."),
}
# fmt: on
"""What the answer says of a file that cannot be read, by reason."""
_REASON_OF_SETTING: Final = {
    "encoding": FileReason.OPTIONS,
    "delimiter": FileReason.OPTIONS,
    "date_format": FileReason.OPTIONS,
    "--encoding": FileReason.ENCODING,
    "--delimiter": FileReason.DELIMITER,
}


class FileProblem(Problem):
    """Ends a request because of the file as a whole; nothing of it was published.

    Args:
        reason: what is wrong with it.
        **members: further members of the body; never a value of the file.
    """

    def __init__(self, reason: FileReason, **members: object) -> None:
        self.kind = FILE_PROBLEMS[reason]
        self.headers = {}
        self.members = {"reason": reason.value, **members}
        Exception.__init__(self, reason.value)


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a file is to be read.

    Attributes:
        suffix: ``.csv``, ``.tsv``, ``.json``, ``.jsonl`` or ``.xlsx``.
        encoding: of a text file; empty is UTF-8.
        delimiter: between the columns of a text file; empty is a comma, in ``.tsv`` a tab.
        date_format: how dates are written, such as ``DD.MM.YYYY``; empty is ISO 8601.
        ignores_unknown: leave out columns that the contract does not have.
        written: when the file was written, aware: no event is later, and the same file gives the same events.
    """

    suffix: str
    encoding: str = ""
    delimiter: str = ""
    date_format: str = ""
    ignores_unknown: bool = False
    written: datetime | None = None


class RefusedRow(NamedTuple):
    """A row that does not pass, by number, codes and place; none of its values."""

    row: int
    rejection_class: str
    rule_id: str
    pointer: str
    column: str


@dataclass(frozen=True, slots=True)
class FileEvents:
    """The rows of a file.

    Attributes:
        read: how many there are.
        rows: numbers, from 1, of those that can be read as an event.
        events: their events, in the same order, not yet checked.
        refused: the others.
        columns: of a table, field path with dots to the heading of the column that it is read from.
        ignored_columns: places, from 1, of the columns that were left out.
    """

    read: int
    rows: list[int]
    events: list[RawEvent]
    refused: list[RefusedRow]
    columns: Mapping[str, str] | None
    ignored_columns: list[int]

    def refuse(self, row: int, rejection_class: str, rule_id: str, pointer: str) -> RefusedRow:
        """The refusal of a row's event, with the column that the field is read from."""
        column = AdaptedRow("", row, columns=self.columns).column_of(pointer)
        return RefusedRow(row, rejection_class, rule_id, pointer, column)


def suffix_of(content_type: str, filename: str) -> str:
    """How a file is to be read: as its media type says, and where that says nothing, as its name does.

    Raises:
        FileProblem: neither says it.
    """
    kind = content_type.partition(";")[0].strip().lower()
    suffix = TYPES.get(kind)
    if suffix is None and kind in _GENERIC_TYPES:
        suffix = _SUFFIXES.get(Path(filename).suffix.lower())
    if suffix is None:
        raise FileProblem(FileReason.TYPE, accepted=list(TYPES))
    return suffix


def read_events(body: bytes, entity: Entity, options: FileOptions, source_uri: str) -> FileEvents:
    """Reads all rows of a file.

    Args:
        body: the file.
        entity: what it holds.
        options: how it is to be read.
        source_uri: source of the rows that name none.

    Raises:
        Problem: the file as a whole cannot be read; no row of it was judged.
    """
    if not body.strip():
        raise FileProblem(FileReason.EMPTY)
    tabular, suffix = _tabular_options(options, source_uri)
    with _as_file(_table_bytes(body, options.suffix), suffix, options.written) as path:
        unknown = _unknown_columns(path, entity, tabular) if suffix in {".csv", ".tsv", ".xlsx"} else {}
        if unknown and not options.ignores_unknown:
            raise FileProblem(FileReason.COLUMNS, columns=_nearest_columns(unknown, entity))
        try:
            rows = read_rows(path, entity, replace(tabular, ignored=frozenset(unknown)))
            return _events_of(rows, sorted(unknown.values()))
        except ConfigError as error:
            raise _file_problem(error, FileReason.UNREADABLE) from None


def _tabular_options(options: FileOptions, source_uri: str) -> tuple[TabularOptions, str]:
    try:
        delimiter = options.delimiter or ("tab" if options.suffix == ".tsv" else "comma")
        form = TextFormat(
            encoding_named(options.encoding or "utf-8", "encoding"), delimiter_named(delimiter, "delimiter")
        )
        dates = date_format(options.date_format, "date_format") if options.date_format else None
    except ConfigError as error:
        raise _file_problem(error, FileReason.OPTIONS) from None
    suffix = ".jsonl" if options.suffix == ".json" else options.suffix
    return TabularOptions(source_uri, form=form, dates=dates), suffix


def _table_bytes(body: bytes, suffix: str) -> bytes:
    """The bytes in a form that the adapters read: a JSON array as lines, one element each."""
    if suffix == ".xlsx":
        _check_unfolding(body)
    if suffix != ".json":
        return body
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    elements = split_array(text, MAX_ROWS) if text.startswith(b"[") else [text]
    # A line feed inside a text is as wrong in JSON as a carriage return, and between tokens as right.
    return b"\n".join(element.replace(b"\n", b"\r") for element in elements)


def _check_unfolding(body: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            unfolded = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise FileProblem(FileReason.UNREADABLE) from None
    if unfolded > MAX_UNPACKED_BYTES:
        raise Problem("body_too_large", max_bytes=MAX_UNPACKED_BYTES)


@contextmanager
def _as_file(body: bytes, suffix: str, written: datetime | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="arna-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(body)
        if written is not None:
            # A clock that is wrong by decades gives a time that is wrong, never an error.
            seconds = min(max(written, _EPOCH), datetime.now(UTC)).timestamp()
            os.utime(path, (seconds, seconds))
        yield path


def _unknown_columns(path: Path, entity: Entity, options: TabularOptions) -> dict[str, int]:
    """The columns that the contract does not have, with their places from 1."""
    try:
        heading = next(read_records(path, options.form))
    except ConfigError as error:
        is_text = path.suffix != ".xlsx"
        raise _file_problem(error, FileReason.HEADING if is_text else FileReason.UNREADABLE) from None
    names = heading.names if isinstance(heading, Heading) else ()
    known = known_columns(entity)
    return {name: place for place, name in enumerate(names, 1) if name and name not in known}


def _nearest_columns(unknown: Mapping[str, int], entity: Entity) -> list[dict[str, Any]]:
    known = known_columns(entity)
    found = [{"column": place, "nearest": nearest(name, known)} for name, place in unknown.items()]
    return [{key: value for key, value in column.items() if value} for column in found]


def _file_problem(error: ConfigError, otherwise: FileReason) -> FileProblem:
    return FileProblem(_REASON_OF_SETTING.get(error.setting, otherwise))


def _events_of(rows: Iterator[AdaptedRow], ignored_columns: list[int]) -> FileEvents:
    read = 0
    columns = None
    numbers: list[int] = []
    events: list[RawEvent] = []
    refused: list[RefusedRow] = []
    for row in rows:
        read += 1
        if read > MAX_ROWS:
            raise Problem("batch_too_large", max_events=MAX_ROWS)
        columns = row.columns
        event = _event_of(row)
        if isinstance(event, Refusal):
            column = event.column or row.column_of(event.pointer)
            refused.append(RefusedRow(row.row, event.rejection_class, event.rule_id, event.pointer, column))
        else:
            numbers.append(row.row)
            events.append(event)
    return FileEvents(read, numbers, events, refused, columns, ignored_columns)


def _event_of(row: AdaptedRow) -> RawEvent | Refusal:
    if row.draft is None:
        return row.refusal or Refusal("record_ignored", "nothing_to_publish")
    try:
        value, headers, _ = row.draft.unchecked().to_structured()
    except (TypeError, ValueError):
        # A value that JSON has no form for, such as an integer of 30 digits.
        return Refusal("schema_invalid", "type_mismatch", "/data")
    return value, headers


@cache
def template_columns(entity: Entity) -> tuple[str, ...]:
    """The columns of an empty table: every field, and the version that a changed row raises."""
    fields = [name for name in known_columns(entity) if name != LOCAL_ID and name not in ENVELOPE_COLUMNS]
    return (*fields, "recordversion")


@cache
def allowed_values(entity: Entity) -> Mapping[str, tuple[str, ...]]:
    """The words that a field of the contract may have, by path, where they are listed."""
    schema = SPECS[entity].model.model_json_schema()
    return dict(_listed(schema, schema.get("$defs", {}), ""))


def _listed(
    node: Mapping[str, Any], definitions: Mapping[str, Any], path: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if reference := node.get("$ref"):
        yield from _listed(definitions[reference.rsplit("/", 1)[-1]], definitions, path)
    for option in node.get("anyOf", ()):
        yield from _listed(option, definitions, path)
    if "items" in node:
        yield from _listed(node["items"], definitions, path)
    for name, child in node.get("properties", {}).items():
        yield from _listed(child, definitions, f"{path}.{name}" if path else name)
    if "enum" in node:
        yield path, tuple(node["enum"])
