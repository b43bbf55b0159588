"""The scanner behind invariant C7: looks for known IINs in databases and files, and tells where, never which.

A BIN has the form and the check digit of an IIN, so a shape proves nothing: every run of 12 digits is looked up among
the numbers that the vault, or a test's manifest, knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arna.warehouse.database import Database, Session

_LENGTH = 12
_RUN = b"0" * _LENGTH
_SHAPE = bytes(ord("0") if chr(byte) in "0123456789" else ord(" ") for byte in range(256))
_CHUNK_BYTES = 1_000_000
_SYSTEM_SCHEMAS = ("pg_catalog", "information_schema", "pg_toast")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place that holds a person's number.

    Attributes:
        place: ``schema.relation.column``, or ``file:line``.
        count: how many numbers stand there.
    """

    place: str
    count: int


def find_numbers(data: bytes, iins: Container[str]) -> Iterator[int]:
    """Positions in a text where a known IIN begins, also inside longer runs of digits."""
    # Every digit becomes 0 and every other byte a space, so runs are found at the speed of memory, not of a regex.
    shape = data.translate(_SHAPE)
    start = shape.find(_RUN)
    while start >= 0:
        end = shape.find(b" ", start)
        run = data[start : end if end >= 0 else len(data)].decode("ascii")
        for offset in range(len(run) - _LENGTH + 1):
            if run[offset : offset + _LENGTH] in iins:
                yield start + offset
        start = shape.find(_RUN, start + len(run))


def scan_bytes(data: bytes, iins: Container[str]) -> int:
    """How many known IINs stand in a text."""
    return sum(1 for _ in find_numbers(data, iins))


def scan_database(url: str, iins: Container[str], exclude_schemas: Iterable[str] = ("vault",)) -> list[Finding]:
    """Looks through every table and materialised view of a database; needs a role that may read them.

    Columns of UUIDs, dates, booleans and small numbers cannot hold a number of 12 digits and are skipped; binary
    columns are read as bytes, so a hash whose hexadecimal digits happen to look like a number is no finding. A number
    kept in a numeric column is found unless it begins with a zero, which such a column drops.

    Returns:
        One finding per column, sorted.
    """
    with Database(url, "arna privacy") as database:
        return scan_warehouse(database, iins, exclude_schemas)


def scan_warehouse(
    database: Database, iins: Container[str], exclude_schemas: Iterable[str] = ("vault",)
) -> list[Finding]:
    """``scan_database`` on a connection that is there already."""
    excluded = [*_SYSTEM_SCHEMAS, *exclude_schemas]
    counts: Counter[str] = Counter()
    with database.session("repeatable read", read_only=True) as session:
        for relation in session.fetch_all("ops/list_scannable_relations.sql", {"excluded": excluded}):
            counts.update(_scan_relation(session, relation, iins))
    return sorted(Finding(place, count) for place, count in counts.items())


def scan_files(paths: Iterable[Path], iins: Container[str]) -> list[Finding]:
    """Looks through files, and folders with all they hold; files that vanish meanwhile are passed over.

    Returns:
        One finding per line, sorted.
    """
    findings: list[Finding] = []
    for path in _files(paths):
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if count := scan_bytes(line, iins):
                        findings.append(Finding(f"{path}:{number}", count))
        except FileNotFoundError:
            continue
    return sorted(findings)


def _scan_relation(session: Session, relation: Mapping[str, Any], iins: Container[str]) -> Counter[str]:
    place = f"{relation['schema_name']}.{relation['relation_name']}"
    counts: Counter[str] = Counter()
    with session.copy_generated(relation["copy_statement"]) as copy:
        for chunk in _join_rows(copy):
            for position in find_numbers(chunk, iins):
                row_start = chunk.rfind(b"\n", 0, position) + 1
                # COPY writes a tab or a line feed inside a value with a backslash: a real one always ends something.
                column = relation["column_names"][chunk.count(b"\t", row_start, position)]
                counts[f"{place}.{column}"] += 1
    return counts


def _join_rows(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Rows in pieces of about a megabyte: one search in a long text costs less than many in short ones."""
    waiting: list[bytes | bytearray | memoryview] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= _CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (found for found in path.rglob("*") if found.is_file() and not found.is_symlink())
        elif path.is_file():
            yield path
