"""Cases of the readers' views, each a file: ``tests/sql/<schema.view>/<case>.yaml``.

A case names what it shows (``why``), the day (``today``), the ``batches`` of core rows in the order in which they
are loaded (each may set another ``today`` and change the ``reference`` by SQL), the ``groups`` of marts where a view is
made of both, and the rows it expects: every view
row must be listed, with the columns that matter. ``person: 1`` is the person with token 1,
``person: {token: 1, born: 2005-01-02}`` one of those whose identity is disputed. After each batch the marts are
refreshed; at the end the view is compared, then once more after a rebuild, then as the reader's role. Its rows must
keep what its contract promises of them, too.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.rows import dict_row

from arna.marts import find_view, rebuild, refresh
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter, person_token, with_today
from tests.support.promises import broken_promises
from tests.support.stack import role_url

pytestmark = pytest.mark.sql

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*.*/*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_view_shows_what_the_case_expects(path: Path, database_url: str) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    view = path.parent.name
    group, _ = find_view(view)
    groups = case.get("groups", [group])
    today = case["today"]
    writer = CoreWriter(database_url)
    for batch in case["batches"]:
        today = batch.pop("today", today)
        for statement in batch.pop("reference", []):
            writer.execute(statement)
        writer.load(batch)
        with Database(with_today(database_url, today)) as db:
            for name in groups:
                refresh(db, name)
    writer.close()

    expected = case["expect"]
    url = with_today(database_url, today)
    assert _rows(url, view, expected) == _plain(expected)

    with Database(url) as db:
        for name in groups:
            assert rebuild(db, name).is_rebuild
    assert _rows(url, view, expected) == _plain(expected)
    assert broken_promises(url, view) == []
    assert _rows(role_url(url, f"{view.partition('.')[0]}_reader"), view, expected) == _plain(expected)


@pytest.mark.parametrize("view", sorted({path.parent.name for path in CASES}))
def test_every_view_has_at_least_four_cases(view: str) -> None:
    assert len(list((FOLDER / view).glob("*.yaml"))) >= 4


def _rows(url: str, view: str, expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    columns = {"person_token" if name == "person" else name for row in expected for name in row}
    # A view without the token names people by their key, which is the token unless the identity is disputed.
    schema, _, name = view.partition(".")
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        query = sql.SQL("select * from {}").format(sql.Identifier(schema, name))
        found = connection.execute(query).fetchall()
    for row in found:
        row.setdefault("person_token", row.get("person_key"))
    picked = [{column: row[column] for column in columns} for row in found]
    wanted = [set(_named(row)) for row in expected]
    if any(names != columns for names in wanted):
        message = "rows of a case must all name the same columns"
        raise AssertionError(message)
    return _plain(picked)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {("person_token" if name == "person" else name): value for name, value in row.items()}


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    plain = [{name: _value(name, value) for name, value in _named(row).items()} for row in rows]
    return sorted(plain, key=lambda row: sorted((name, str(value)) for name, value in row.items()))


def _value(name: str, value: Any) -> Any:
    if name == "person_token" and isinstance(value, int):
        value = person_token(value)
    if name == "person_token" and isinstance(value, dict):
        text = f"{person_token(value['token'])}:{value['born']}"
        value = UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
    if isinstance(value, UUID | date | datetime):
        return str(value)
    if isinstance(value, Decimal | float):
        return float(value)
    return value
