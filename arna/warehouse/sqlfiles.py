"""The SQL files of the package ``sql``: the only place SQL text comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from arna.siblings import sibling

_NAME = re.compile(r'"\{([a-z_]+)\}"')


@cache
def read_sql(sql_name: str) -> str:
    """The text of a file, for instance ``read_sql("ops/list_sources.sql")``.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return resources.files(sibling("sql")).joinpath(sql_name).read_text(encoding="utf-8")


@cache
def list_sql(folder: str) -> tuple[str, ...]:
    """Names of the ``.sql`` files directly in a folder, in order: ``("migrations/0001_….sql", …)``."""
    found = resources.files(sibling("sql")).joinpath(folder).iterdir()
    return tuple(sorted(f"{folder}/{entry.name}" for entry in found if entry.name.endswith(".sql")))


def insert_names(text: str, names: Mapping[str, str]) -> str:
    """Puts identifiers where the text says ``"{placeholder}"``; they stay quoted, so no name can do harm.

    Values are never inserted: they are bind parameters.

    Raises:
        KeyError: the text has a placeholder that ``names`` lacks.
    """
    return _NAME.sub(lambda match: quote_name(names[match.group(1)]), text)


def quote_name(name: str) -> str:
    """A PostgreSQL identifier in quotes."""
    return '"' + name.replace('"', '""').replace("\0", "") + '"'
