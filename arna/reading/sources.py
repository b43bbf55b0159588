"""What each column of one statement is made of: columns of the relations it reads, with the way into their JSON.

sqlglot's own lineage follows columns; this also follows ``->`` and ``->>``, for a field of an event is a place in a
JSON document long before it is a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from arna.reading.statements import DIALECT, Definition, Statements

ROWS: Final = "*"
EACH: Final = "*"
"""In a way into JSON: each element of an array."""
PARAMETER: Final = "parameter"
FUNCTION: Final = "function"
UNKNOWN: Final = "?"

_MEMBERS: Final = frozenset({"jsonb_array_elements", "json_array_elements", "jsonb_array_elements_text"})
_TRANSPARENT: Final = (exp.Alias, exp.Paren, exp.Cast, exp.Coalesce, exp.Case, exp.If)
"""What hands a JSON value on, or chooses one."""
_OWN_SCHEMAS: Final = frozenset({"mart", "ops", "profile", "retraining"})


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Something a column is made of.

    Attributes:
        relation: with its schema; or ``parameter``, ``function``, ``?``.
        column: or ``*``: the number or presence of its rows; or the name of the parameter or function.
        path: the way into the column's JSON.
    """

    relation: str
    column: str
    path: tuple[str, ...] = ()


class Resolver:
    """Finds the sources of the columns of one definition."""

    def __init__(self, definition: Definition, statements: Statements) -> None:
        self._statements = statements
        self._definition = definition
        self._open: set[tuple[int, str, tuple[str, ...]]] = set()
        self._known: dict[int, Scope] = {}
        self.problem = ""
        self._scope = self._build()

    def _build(self) -> Scope | None:
        query = self._definition.query.copy()
        for common in query.find_all(exp.CTE):
            if isinstance(common.this, exp.Delete | exp.Update):
                common.set("this", _returned(common.this))
        for table in query.find_all(exp.Table):
            if isinstance(table.this, exp.Identifier) and not table.db and not _is_common(query, table):
                place, _, name = self._statements.relation_of(table).partition(".")
                if not table.alias:
                    table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
                table.set("this", exp.to_identifier(name, quoted=True))
                table.set("db", exp.to_identifier(place, quoted=True))
        try:
            qualified = qualify(
                query,
                dialect=DIALECT,
                schema=self._statements.schema,
                validate_qualify_columns=False,
                quote_identifiers=False,
            )
            root = build_scope(qualified)
        except SqlglotError as error:
            self.problem = f"{self._definition.origin}: {type(error).__name__}"
            return None
        if root is not None:
            self._known = {id(scope.expression): scope for scope in root.traverse()}
        return root

    def sources(self, column: str, path: tuple[str, ...] = ()) -> frozenset[Source]:
        """What a column (or ``*``, the rows) of the definition's relation is made of."""
        if self._scope is None:
            return frozenset({Source(UNKNOWN, self.problem)})
        if column == ROWS:
            return frozenset(self._rows(self._scope))
        if column not in self._definition.columns:
            return frozenset()
        place = self._definition.columns.index(column)
        return frozenset(self._projection(self._scope, place, path))

    def fills(self, column: str) -> bool:
        """Whether the definition gives the column (or its relation rows) at all."""
        return self._scope is not None and column in {ROWS, *self._definition.columns}

    def copied(self, column: str) -> Source | None:
        """The column of a relation that this one repeats in every row, unless an outer join may leave it null."""
        if self._scope is None or self._scope.set_operation_scopes:
            return None
        select = _selects(self._scope)[self._definition.columns.index(column)].unalias()
        table = self._scope.sources.get(select.table) if isinstance(select, exp.Column) else None
        if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
            return None
        joins = self._scope.expression.args.get("joins") or []
        if any(join.side in {"RIGHT", "FULL"} or (join.side == "LEFT" and join.this is table) for join in joins):
            return None
        return Source(f"{table.db}.{table.name}", select.name)

    def _projection(self, scope: Scope, place: int, path: tuple[str, ...]) -> Iterator[Source]:
        if scope.set_operation_scopes:
            for part in scope.set_operation_scopes:
                yield from self._projection(part, place, path)
            return
        selects = _selects(scope)
        if place >= len(selects):
            yield Source(UNKNOWN, f"{self._definition.origin}: column {place + 1} of a list")
            return
        yield from self._expression(scope, selects[place], path)

    def _expression(self, scope: Scope, node: exp.Expr, path: tuple[str, ...]) -> Iterator[Source]:
        match node:
            case exp.Column():
                yield from self._column(scope, node, path)
            case exp.JSONExtract() | exp.JSONExtractScalar() if (keys := _json_keys(node.expression)) is not None:
                yield from self._expression(scope, node.this, (*keys, *path))
            case exp.Placeholder():
                yield Source(PARAMETER, node.name)
            case exp.AggFunc():
                parts = list(self._children(scope, node, ()))
                yield from parts
                # count(*), or a sum of constants.
                if all(part.relation in {PARAMETER, FUNCTION} for part in parts):
                    yield from self._rows(scope)
            case exp.Exists(this=exp.Query() as query):
                yield from self._subquery_rows(scope, query)
            case exp.Query():
                yield from self._subquery(scope, query=node, path=path)
            case exp.Dot(this=exp.Identifier(this=str(place)), expression=exp.Anonymous() as call) if (
                place in _OWN_SCHEMAS
            ):
                yield Source(FUNCTION, f"{place}.{call.name}")
                for argument in call.expressions:
                    yield from self._expression(scope, argument, ())
            case _:
                yield from self._children(scope, node, path if isinstance(node, _TRANSPARENT) else ())

    def _children(self, scope: Scope, node: exp.Expr, path: tuple[str, ...]) -> Iterator[Source]:
        for child in node.iter_expressions():
            yield from self._expression(scope, child, path)

    def _column(self, scope: Scope, column: exp.Column, path: tuple[str, ...]) -> Iterator[Source]:
        holder: Scope | None = scope
        while holder is not None and column.table not in holder.sources:
            holder = holder.parent
        if holder is None:
            yield from self._loose_column(scope, column, path)
            return
        yield from self._from_source(holder, holder.sources[column.table], column.name, path)

    def _loose_column(self, scope: Scope, column: exp.Column, path: tuple[str, ...]) -> Iterator[Source]:
        """A name without a relation: a whole row, or the one column of a function in ``from``."""
        alias = column.table or column.name
        if not column.table and column.name in scope.sources:
            source = scope.sources[column.name]
            if isinstance(source, Scope) and not source.is_udtf:
                yield from self._rows(source)
            else:
                yield from self._from_source(scope, source, column.name, path)
            return
        for call in _calls_in_from(scope):
            if call.alias == alias or alias in call.alias_column_names:
                yield from self._call(scope, call, path)
                return
        yield Source(UNKNOWN, f"{self._definition.origin}: {column.sql(dialect=DIALECT)}")

    def _from_source(
        self, scope: Scope, source: exp.Expr | Scope, name: str, path: tuple[str, ...]
    ) -> Iterator[Source]:
        if isinstance(source, Scope):
            yield from self._from_scope(source, name, path)
        elif isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            relation = f"{source.db}.{source.name}"
            yield Source(relation, name, path)
            if relation in self._statements.lookups:
                yield from self._looked_up(scope, source)
        else:
            yield from self._call(scope, source, path)

    def _looked_up(self, scope: Scope, table: exp.Table) -> Iterator[Source]:
        """What a row of reference data was looked up by: it decides what is found there."""
        visit = (id(table), ROWS, ())
        if visit in self._open:
            return
        self._open.add(visit)
        join = table.parent if isinstance(table.parent, exp.Join) else None
        where = scope.expression.args.get("where") if join is None else None
        for condition in (join.args.get("on") if join is not None else None, where):
            for column in condition.find_all(exp.Column) if condition is not None else ():
                if column.table != table.alias_or_name:
                    yield from self._column(scope, column, ())
        self._open.discard(visit)

    def _from_scope(self, scope: Scope, name: str, path: tuple[str, ...]) -> Iterator[Source]:
        # Inside a recursive expression sqlglot gives a bare copy of the first part's scope.
        scope = self._known.get(id(scope.expression), scope)
        visit = (id(scope), name, path)
        if visit in self._open:  # a recursive common table expression
            return
        self._open.add(visit)
        try:
            lateral = _lateral_query(scope)
            if lateral is not None:
                scope = self._known.get(id(lateral), scope)
            if scope.is_udtf:
                yield from self._call(scope, scope.expression, path)
            else:
                names = _output_names(scope)
                if name in names:
                    yield from self._projection(scope, names.index(name), path)
                else:
                    yield Source(UNKNOWN, f"{self._definition.origin}: {name}")
        finally:
            self._open.discard(visit)

    def _call(self, scope: Scope, call: exp.Expr, path: tuple[str, ...]) -> Iterator[Source]:
        """A function in ``from``: its rows are made of its arguments."""
        function = call.this if isinstance(call, exp.Lateral | exp.Table) else call
        arguments = [child for child in function.iter_expressions() if not isinstance(child, exp.TableAlias)]
        name = function.name.lower() if isinstance(function, exp.Anonymous) else ""
        inner = (EACH, *path) if name in _MEMBERS else ()
        for argument in arguments:
            yield from self._expression(scope, argument, inner)

    def _subquery(self, scope: Scope, query: exp.Query, path: tuple[str, ...]) -> Iterator[Source]:
        select = query.unnest() if isinstance(query, exp.Subquery) else query
        for inner in scope.subquery_scopes:
            if inner.expression is select:
                for place in range(len(_selects(inner))):
                    yield from self._projection(inner, place, path)
                return
        yield Source(UNKNOWN, f"{self._definition.origin}: a subquery")

    def _subquery_rows(self, scope: Scope, query: exp.Query) -> Iterator[Source]:
        for inner in scope.subquery_scopes:
            if inner.expression is query:
                yield from self._rows(inner)
                return

    def _rows(self, scope: Scope) -> Iterator[Source]:
        """The relation whose rows are the scope's rows: the first it reads from."""
        if scope.set_operation_scopes:
            for part in scope.set_operation_scopes:
                yield from self._rows(part)
            return
        first = scope.expression.args.get("from_") if isinstance(scope.expression, exp.Query) else None
        if first is None:
            return
        source = scope.sources.get(first.this.alias_or_name)
        visit = (id(scope), ROWS, ())
        if isinstance(source, Scope):
            if visit not in self._open:
                self._open.add(visit)
                yield from self._rows(source)
                self._open.discard(visit)
        elif isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            yield Source(f"{source.db}.{source.name}", ROWS)


def _lateral_query(scope: Scope) -> exp.Expr | None:
    """The query of ``lateral (select …)``, which is no function."""
    lateral = scope.expression
    inner = (
        lateral.this.unnest() if isinstance(lateral, exp.Lateral) and isinstance(lateral.this, exp.Subquery) else None
    )
    return inner if isinstance(inner, exp.Query) else None


def _is_common(query: exp.Query, table: exp.Table) -> bool:
    return any(common.alias == table.name for common in query.find_all(exp.CTE))


def _returned(statement: exp.Expr) -> exp.Select:
    """The select that gives what ``delete … returning`` or ``update … returning`` gives."""
    others = statement.args.get("using") or statement.args.get("from_")
    query = exp.select(*statement.args["returning"].expressions).from_(statement.this)
    for other in others if isinstance(others, list) else [others.this] if others else []:
        query = query.join(other, join_type="cross")
    return query


def _selects(scope: Scope) -> list[exp.Expr]:
    """The list of a select; of a union that of its first part."""
    query = scope.expression
    return list(query.selects) if isinstance(query, exp.Query) else []


def _output_names(scope: Scope) -> list[str]:
    """Names of a derived table's columns, as its alias may have renamed them."""
    query = scope.expression
    names = [column.alias_or_name for column in _selects(scope)]
    holder = query.parent
    given = holder.alias_column_names if isinstance(holder, exp.CTE | exp.Subquery) else []
    return [*given, *names[len(given) :]]


def _calls_in_from(scope: Scope) -> Iterator[exp.Expr]:
    yield from scope.expression.find_all(exp.Lateral, exp.Unnest)
    for table in scope.expression.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            yield table


def _json_keys(node: exp.Expr) -> tuple[str, ...] | None:
    """The keys of ``-> 'key'``; None where the way is computed."""
    if isinstance(node, exp.Literal):
        return (str(node.this),)
    if isinstance(node, exp.JSONPath):
        steps = (exp.JSONPathKey, exp.JSONPathSubscript)
        return tuple(str(part.this) for part in node.expressions if isinstance(part, steps))
    return None
