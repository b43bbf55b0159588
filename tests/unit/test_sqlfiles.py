"""The files of sql/ keep their rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sql
from arna.warehouse.database import connection_string
from arna.warehouse.sqlfiles import insert_names, list_sql, quote_name, read_sql

pytestmark = pytest.mark.unit

FOLDER = Path(sql.__file__).parent
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.sql"))


@pytest.mark.parametrize("name", FILES)
def test_each_file_says_purpose_grain_and_key(name: str) -> None:
    text = read_sql(name)
    heads = [line.split(":")[0] for line in text.splitlines() if line.startswith("--")][:3]
    assert heads == ["-- purpose", "-- grain", "-- key"]


@pytest.mark.parametrize("name", FILES)
def test_transactions_belong_to_the_caller(name: str) -> None:
    code = re.sub(r"\$\$.*?\$\$|--[^\n]*", "", read_sql(name), flags=re.DOTALL)
    assert not re.search(r"^\s*(begin|commit|rollback)\s*;", code, flags=re.MULTILINE | re.IGNORECASE)


def test_migrations_are_numbered_without_repeats() -> None:
    numbers = [name.removeprefix("migrations/")[:4] for name in list_sql("migrations")]
    assert numbers == sorted(set(numbers))
    assert all(number.isdigit() for number in numbers)


def test_an_identifier_is_inserted_quoted() -> None:
    text = "select * from raw.\"{entity}\" where a = '{}'"
    assert insert_names(text, {"entity": 'x"; drop'}) == 'select * from raw."x""; drop" where a = \'{}\''
    assert quote_name("a\0b") == '"ab"'
    with pytest.raises(KeyError):
        insert_names(text, {})


def test_a_sqlalchemy_url_becomes_one_for_libpq() -> None:
    assert connection_string("postgresql+psycopg://u@h/d?host=/s") == "postgresql://u@h/d?host=/s"
    assert connection_string("postgresql://u@h/d") == "postgresql://u@h/d"
