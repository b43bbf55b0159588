"""The warehouse as PostgreSQL's catalogue describes it: relations, columns, keys, comments, rights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from arna.warehouse.database import Database, Session

READER_SCHEMAS: Final = ("profile", "retraining")
"""What readers see."""
DOCUMENTED_SCHEMAS: Final = ("profile", "retraining", "mart", "core", "ref", "raw", "ops")
"""What the dictionary tells of, readers' schemas first: not ``vault``, nor ``stage``, empty between batches."""
TRACED_SCHEMAS: Final = (*DOCUMENTED_SCHEMAS, "stage")
"""What the lineage must know the columns of."""

# The comments' own form: "Purpose. Grain: one person. Key: person_key. More."
_GRAIN: Final = re.compile(r"\s*Grain: ([^.]+)\.")
_KEY: Final = re.compile(r"\s*Key: ([a-z0-9_]+(?:, [a-z0-9_]+)*)\.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: its name.
        type: as PostgreSQL writes it, for instance ``timestamp with time zone``.
        is_required: declared ``not null``; never so for a view's column.
        description: its comment.
    """

    name: str
    type: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view.

    Attributes:
        name: with its schema.
        is_view: or else a table.
        description: its comment without grain and key.
        grain: what one row is; empty where the comment does not say.
        key: columns of the primary key, or those that a view's comment names.
        columns: in their order.
        definition: a view's select; empty for a table.
        readers: roles that may read it, apart from superusers.
    """

    name: str
    is_view: bool
    description: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    definition: str
    readers: frozenset[str]

    @property
    def schema(self) -> str:
        """Its schema."""
        return self.name.partition(".")[0]

    def column(self, name: str) -> Column | None:
        """A column by its name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: name with schema, arguments, result and comment."""

    name: str
    arguments: str
    result: str
    description: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is documented or promised.

    Attributes:
        schemas: name to comment, in the order of the dictionary.
        relations: by name with schema, in the order of the names.
        functions: in the order of the names.
    """

    schemas: Mapping[str, str]
    relations: Mapping[str, Relation]
    functions: Sequence[Function]

    def views(self, schemas: Sequence[str] = READER_SCHEMAS) -> dict[str, Relation]:
        """The views of some schemas, by name."""
        return {name: found for name, found in self.relations.items() if found.is_view and found.schema in schemas}


def read_catalogue(url: str) -> Catalogue:
    """Reads the catalogue of a migrated database.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    with Database(url, "arna reading") as database, database.session("repeatable read", read_only=True) as session:
        return _read(session)


def _read(session: Session) -> Catalogue:
    params = {"schemas": list(TRACED_SCHEMAS)}
    columns: dict[str, list[Column]] = {}
    for row in session.fetch_all("catalogue/list_columns.sql", params):
        columns.setdefault(f"{row['schema_name']}.{row['relation_name']}", []).append(
            Column(row["column_name"], row["type_name"], row["is_required"], row["description"] or "")
        )
    readers: dict[str, set[str]] = {}
    for row in session.fetch_all("catalogue/list_grants.sql", params):
        readers.setdefault(f"{row['schema_name']}.{row['relation_name']}", set()).add(row["role_name"])
    relations: dict[str, Relation] = {}
    for row in session.fetch_all("catalogue/list_relations.sql", params):
        name = f"{row['schema_name']}.{row['relation_name']}"
        description, grain, key = read_comment(row["description"] or "")
        relations[name] = Relation(
            name=name,
            is_view=row["is_view"],
            description=description,
            grain=grain,
            key=tuple(row["key_columns"]) or key,
            columns=tuple(columns.get(name, ())),
            definition=row["definition"] or "",
            readers=frozenset(readers.get(name, ())),
        )
    return Catalogue(
        schemas={
            row["schema_name"]: row["description"] or ""
            for row in session.fetch_all("catalogue/list_schemas.sql", params)
        },
        relations=relations,
        functions=[
            Function(
                f"{row['schema_name']}.{row['function_name']}",
                row["arguments"],
                row["result"],
                row["description"] or "",
            )
            for row in session.fetch_all("catalogue/list_functions.sql", params)
        ],
    )


def read_comment(comment: str) -> tuple[str, str, tuple[str, ...]]:
    """The parts of a relation's comment: purpose, grain, key."""
    grain, key = _GRAIN.search(comment), _KEY.search(comment)
    purpose = _KEY.sub("", _GRAIN.sub("", comment)).strip()
    return purpose, grain[1] if grain else "", tuple(key[1].split(", ")) if key else ()
