"""Compares a view of the warehouse with a frame, and says readably where they differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pandas as pd
import psycopg
from psycopg import sql

from arna.warehouse.database import connection_string

SHOWN = 8
AT_READING = frozenset({"change_seq", "data_as_of", "last_event_at"})
"""Columns that say when something was refreshed: no function of the events."""


def read_view(url: str, view: str | sql.Composed, person: UUID | None = None) -> pd.DataFrame:
    """All rows of a view, or of a call of a function; of one person, where one is given."""
    relation = sql.Identifier(*view.split(".")) if isinstance(view, str) else view
    with psycopg.connect(connection_string(url)) as connection:
        query = sql.SQL("select * from {}").format(relation)
        if person is not None:
            query = query + sql.SQL(" where person_key = {}").format(person)
        cursor = connection.execute(query)
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)


def differences(expected: pd.DataFrame, found: pd.DataFrame, key: Sequence[str], skip: Collection[str] = ()) -> str:
    """What differs, row by row; empty where nothing does.

    Args:
        expected: as the recomputation has it.
        found: as the view has it.
        key: the columns that name a row.
        skip: columns that are not compared.
    """
    passed = AT_READING | set(skip)
    columns = [name for name in expected.columns if name not in passed]
    lines = []
    if foreign := set(columns) ^ (set(found.columns) - passed):
        lines.append(f"columns of one side only: {', '.join(sorted(foreign))}")
        columns = [name for name in columns if name in found.columns]
    one, other = _by_key(expected, key, columns), _by_key(found, key, columns)
    for title, missing in (("expected and not found", one.keys() - other.keys()),
                           ("found and not expected", other.keys() - one.keys())):  # fmt: skip
        if missing:
            lines.append(f"{title}: {len(missing)} of {len(one)} rows")
            lines += [f"  {_name(key, place)}" for place in sorted(missing, key=str)[:SHOWN]]
    wrong = [place for place in one.keys() & other.keys() if one[place] != other[place]]
    if wrong:
        in_columns: dict[str, int] = {}
        for place in wrong:
            for name, mine, theirs in zip(columns, one[place], other[place], strict=True):
                in_columns[name] = in_columns.get(name, 0) + (mine != theirs)
        told = ", ".join(f"{name} {count}" for name, count in in_columns.items() if count)
        lines.append(f"rows that differ: {len(wrong)} of {len(one)}, by column: {told}")
    for place in sorted(wrong, key=str)[:SHOWN]:
        lines.append(f"  {_name(key, place)}")
        lines += [
            f"    {name}: expected {mine!r}, found {theirs!r}"
            for name, mine, theirs in zip(columns, one[place], other[place], strict=True)
            if mine != theirs
        ]
    return "\n".join(lines)


def _by_key(frame: pd.DataFrame, key: Sequence[str], columns: Sequence[str]) -> dict[tuple[Any, ...], list[Any]]:
    rows: dict[tuple[Any, ...], list[Any]] = {}
    places = [list(frame.columns).index(name) for name in columns]
    keys = [list(frame.columns).index(name) for name in key]
    for values in frame.itertuples(index=False, name=None):
        place = tuple(plain(values[at]) for at in keys)
        if place in rows:
            message = f"two rows of one key: {_name(key, place)}"
            raise AssertionError(message)
        rows[place] = [plain(values[at]) for at in places]
    return rows


def _name(key: Sequence[str], place: tuple[Any, ...]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(key, place, strict=True))


def plain(value: Any) -> Any:
    """A value in the form in which both sides have it: numbers as decimals, moments in UTC, no NaN."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal | float):
        if value != value:
            return None
        # As many digits as a division in Python has.
        return Decimal(str(value)).quantize(Decimal("1e-10")).normalize() + 0
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
