"""Which statement fills which relation: the views' definitions, the models of the marts, the stages of a load.

Everything is read as it runs, from the catalogue and from ``sql/``. What a statement fills is known by its name: a
temporary ``next_<table>`` becomes ``mart.<table>`` when a refresh publishes; other temporary tables are kept apart
under ``temp.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.schema import MappingSchema, Schema

from arna.contracts.registry import Entity
from arna.marts import GROUPS
from arna.reading.catalogue import Catalogue
from arna.warehouse.sqlfiles import list_sql, read_sql

DIALECT: Final = "postgres"
TEMPORARY: Final = "temp"

_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
# The parser takes the function of a lateral join only without its schema.
_LATERAL_CALL: Final = re.compile(r"\blateral \w+\.(\w+)\(", re.IGNORECASE)
# Clauses that say nothing of columns: the parser knows the one not at all, and takes the other for a join's condition.
_SILENT: Final = re.compile(r"\bon (?:commit drop|conflict do nothing)\b")


@dataclass(frozen=True, slots=True)
class Definition:
    """One statement that fills a relation.

    Attributes:
        relation: name with its schema.
        columns: what it fills, in the order of the select's list.
        query: the select (or a union of them).
        origin: the file, or the view itself.
    """

    relation: str
    columns: tuple[str, ...]
    query: exp.Query
    origin: str


@dataclass(slots=True)
class Statements:
    """All definitions, and the columns of every relation that they name.

    Attributes:
        definitions: by the relation that is filled; several may fill one.
        columns: of each relation, temporary ones included.
        unread: files and views that could not be read, with the reason.
        lookups: reference data, and the views on nothing else.
        schema: the columns again, as sqlglot takes them.
    """

    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    lookups: set[str] = field(default_factory=set)
    schema: Schema = field(default_factory=MappingSchema)

    def relation_of(self, table: exp.Table) -> str:
        """The name under which a relation is kept that a statement writes or reads."""
        if table.db:
            return f"{table.db}.{table.name}"
        published = f"mart.{table.name.removeprefix('next_')}"
        return published if table.name.startswith("next_") and published in self.columns else self._temporary(table)

    def _temporary(self, table: exp.Table) -> str:
        return f"{TEMPORARY}.{table.name}"


def collect_statements(catalogue: Catalogue) -> Statements:
    """Reads every statement that fills a view, a table of ``mart``, ``stage`` or ``core``, or a temporary table."""
    found = Statements()
    found.columns = {
        name: tuple(column.name for column in relation.columns) for name, relation in catalogue.relations.items()
    }
    parsed = list(_parse_files(found))
    # Temporary tables first: a statement may read one that a later file fills.
    for _, statement in parsed:
        _note_temporary(found, statement)
    for origin, statement in parsed:
        for definition in _definitions(found, statement, origin):
            found.definitions.setdefault(definition.relation, []).append(definition)
            found.columns.setdefault(definition.relation, definition.columns)
    for name, relation in catalogue.views(tuple({found.partition(".")[0] for found in catalogue.relations})).items():
        query = _parse(found, name, relation.definition)
        if query and isinstance(query[0], exp.Query):
            found.definitions[name] = [Definition(name, found.columns[name], query[0], name)]
    found.lookups = _lookups(found)
    found.schema = _schema(found)
    return found


def _schema(found: Statements) -> Schema:
    places: dict[str, dict[str, dict[str, str]]] = {}
    for relation, columns in found.columns.items():
        place, _, name = relation.partition(".")
        places.setdefault(place, {})[name] = dict.fromkeys(columns, "unknown")
    return MappingSchema(dict(places), dialect=DIALECT)


def _lookups(found: Statements) -> set[str]:
    names = {name for name in found.columns if name.startswith("ref.")}
    for name, definitions in found.definitions.items():
        tables = {found.relation_of(table) for each in definitions for table in each.query.find_all(exp.Table)}
        if tables and all(table.startswith("ref.") for table in tables):
            names.add(name)
    return names


def _files() -> Iterable[str]:
    for entity in Entity:
        yield from list_sql(f"load/{entity}")
    yield from list_sql("marts")
    for group in GROUPS:
        yield from list_sql(f"marts/{group}")


def _parse_files(found: Statements) -> Iterator[tuple[str, exp.Expr]]:
    for name in _files():
        text = _SILENT.sub("", _PARAMETER.sub(r":\1", read_sql(name)).replace("%%", "%"))
        for statement in _parse(found, f"sql/{name}", text):
            yield f"sql/{name}", statement


def _parse(found: Statements, origin: str, text: str) -> list[exp.Expr]:
    text = _LATERAL_CALL.sub(r"lateral \1(", text)
    try:
        return [statement for statement in sqlglot.parse(text, dialect=DIALECT) if statement is not None]
    except SqlglotError as error:
        found.unread.append(f"{origin}: {type(error).__name__}")
        return []


def _note_temporary(found: Statements, statement: exp.Expr) -> None:
    if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema):
        names = tuple(column.name for column in statement.this.expressions if isinstance(column, exp.ColumnDef))
        found.columns.setdefault(found.relation_of(statement.this.this), names)


def _definitions(found: Statements, statement: exp.Expr, origin: str) -> Iterator[Definition]:
    match statement:
        case exp.Insert(this=exp.Schema(this=exp.Table() as table) as target, expression=exp.Query() as query):
            if outer := statement.args.get("with_"):
                query = query.copy()
                query.set("with_", outer.copy())
            yield Definition(found.relation_of(table), _names(target), query, origin)
        case exp.Create(this=exp.Table() as table, expression=exp.Query() as query):
            yield Definition(found.relation_of(table), tuple(query.named_selects), query, origin)
        case exp.Merge(this=exp.Table() as table):
            yield from _merge_definitions(found.relation_of(table), statement, origin)


def _names(target: exp.Expr) -> tuple[str, ...]:
    return tuple(column.name for column in target.expressions)


def _merge_definitions(relation: str, merge: exp.Merge, origin: str) -> Iterator[Definition]:
    """Each branch of a merge as a select from what it merges, beside the target itself."""
    for values in _merge_values(merge):
        query = exp.select(*(exp.alias_(value.copy(), name, quoted=True) for name, value in values.items()))
        query = query.from_(merge.args["using"].copy()).join(merge.this.copy(), join_type="cross")
        if outer := merge.args.get("with_"):
            query.set("with_", outer.copy())
        yield Definition(relation, tuple(values), query, origin)


def _merge_values(merge: exp.Merge) -> Iterator[Mapping[str, exp.Expr]]:
    for branch in merge.args["whens"].expressions:
        then = branch.args["then"]
        if isinstance(then, exp.Insert) and isinstance(then.expression, exp.Tuple):
            yield dict(zip(_names(then.this), then.expression.expressions, strict=True))
        elif isinstance(then, exp.Update):
            yield {assignment.this.name: assignment.expression for assignment in then.expressions}
