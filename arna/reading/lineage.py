"""From a column back to the columns of ``core`` and on to the fields of the events.

A column's lineage is what its value is computed from, through every view, model and temporary table between. Conditions
of joins and filters decide which rows there are, not what a column says, and do not count. What leads nowhere is named,
never guessed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from arna.contracts.registry import Entity
from arna.contracts.schemas import event_schema
from arna.reading.catalogue import Catalogue
from arna.reading.sources import EACH, FUNCTION, PARAMETER, ROWS, UNKNOWN, Resolver, Source
from arna.reading.statements import Statements, collect_statements

ENVELOPE: Final[Mapping[str, str]] = {
    "event_id": "/id",
    "source_id": "/source",
    "subject": "/subject",
    "action": "/type",
    "occurred_at": "/time",
    "record_version": "/recordversion",
}
"""Column of ``raw`` to the attribute of the event: the landers write these by COPY, so no statement says it."""

_LANDING: Final[Mapping[str, str]] = {
    "topic_id": "topic of the Kafka record",
    "partition": "partition of the Kafka record",
    "offset": "offset of the Kafka record",
    "payload_sha256": "bytes of the Kafka record",
    "landed_at": "time of landing",
}
_GIVEN: Final[Mapping[str, str]] = {
    "change_seq": "number of the refresh",
    "loaded_at": "time of loading",
    "arrival": "order of the versions' arrival",
    "is_current": "highest record_version",
    "warnings": "rules of expectations/",
}
"""Columns that procedures set, not the select lists: by their name in ``mart``, ``core`` and ``stage``."""
_PARAMETERS: Final[Mapping[str, str]] = {
    "today": "the day",
    "as_of_date": "the day of the last refresh",
    "batch_id": "the batch",
    "sign": "added or taken back",
    "mart_group": "the group of marts",
}


@dataclass(frozen=True, slots=True, order=True)
class EventField:
    """A field of an event.

    Attributes:
        entity: the kind of event.
        pointer: JSON pointer into the structured event; ``*`` stands for each element of an array.
    """

    entity: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.entity} {self.pointer}"


@dataclass(slots=True)
class Lineage:
    """What a column is made of; every list in order and without repetition.

    Attributes:
        core: columns of ``core``'s tables, ``core.vacancy.*`` for their rows.
        events: fields of events.
        reference: columns of ``ref`` and ``ops``.
        given: what is no column: the day, functions, numbers of refreshes.
        untraced: where the trace was lost.
    """

    core: list[str] = field(default_factory=list)
    events: list[EventField] = field(default_factory=list)
    reference: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    untraced: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.core or self.events or self.reference or self.given)


class Tracer:
    """Traces columns of one catalogue."""

    def __init__(self, catalogue: Catalogue, statements: Statements | None = None) -> None:
        self._catalogue = catalogue
        self._statements = statements or collect_statements(catalogue)
        self._core_tables = {
            name for name, found in catalogue.relations.items() if found.schema == "core" and not found.is_view
        }
        self._resolvers = {
            relation: [Resolver(definition, self._statements) for definition in definitions]
            for relation, definitions in self._statements.definitions.items()
        }
        self._direct: dict[Source, frozenset[Source]] = {}

    @property
    def unread(self) -> list[str]:
        """Statements that could not be read at all."""
        problems = {found.problem for resolvers in self._resolvers.values() for found in resolvers if found.problem}
        return sorted({*self._statements.unread, *problems})

    def trace(self, relation: str, column: str) -> Lineage:
        """The lineage of a column."""
        found: dict[str, set[str]] = {name: set() for name in ("core", "reference", "given", "untraced")}
        events: set[EventField] = set()
        start = Source(relation, column)
        waiting, seen = deque([start]), {start}
        while waiting:
            source = waiting.popleft()
            if source.relation in self._core_tables and source != start:
                found["core"].add(f"{source.relation}.{source.column}")
            kind, text = self._end(source)
            if kind == "event":
                events.add(EventField(source.relation.partition(".")[2], text))
            elif kind:
                found[kind].add(text)
            else:
                following = self._sources(source)
                if not following and not self._is_constant(source):
                    found["untraced"].add(f"{source.relation}.{source.column}: no statement fills it")
                waiting.extend(following - seen)
                seen |= following
        if not any((events, *found.values())):
            found["given"].add("a constant, by the conditions of its statement")
        return Lineage(events=_most_precise(events), **{name: sorted(texts) for name, texts in found.items()})

    def is_never_null(self, relation: str, column: str) -> bool:
        """Whether a column is declared not null, or repeats one that is."""
        found = self._catalogue.relations.get(relation)
        known = found.column(column) if found is not None else None
        if found is None or known is None or not found.is_view:
            return known is not None and known.is_required
        copied = [resolver.copied(column) for resolver in self._resolvers.get(relation, ())]
        return bool(copied) and all(
            each is not None and self.is_never_null(each.relation, each.column) for each in copied
        )

    def _end(self, source: Source) -> tuple[str, str]:
        """Which list a source belongs to that leads no further, and its text there; nothing: it leads further."""
        schema = source.relation.partition(".")[0]
        if source.relation == UNKNOWN:
            return "untraced", source.column
        if source.relation == PARAMETER:
            return "given", _PARAMETERS.get(source.column, f"parameter {source.column}")
        if source.relation == FUNCTION:
            return "given", f"{source.column}()"
        if schema == "raw":
            return self._raw_end(source)
        if schema in {"mart", "core", "stage", "temp"} and source.column in _GIVEN and not self._sources(source):
            return "given", _GIVEN[source.column]
        if schema in {"core", "temp"} and source.column in {"arrival", "is_current"}:
            return "given", _GIVEN[source.column]
        if schema in {"ref", "ops"} and source.relation not in self._resolvers:
            return "reference", f"{source.relation}.{source.column}"
        return "", ""

    def _raw_end(self, source: Source) -> tuple[str, str]:
        if source.column == ROWS:
            return "given", "number of records"
        if source.column in _LANDING:
            return "given", _LANDING[source.column]
        if source.column in ENVELOPE:
            return "event", ENVELOPE[source.column]
        pointer = "/".join(("/data", *source.path))
        if not is_event_field(Entity(source.relation.partition(".")[2]), pointer):
            return "untraced", f"{source.relation}.{source.column}: the contract has no {pointer}"
        return "event", pointer

    def _sources(self, source: Source) -> frozenset[Source]:
        if source not in self._direct:
            found: frozenset[Source] = frozenset()
            for resolver in self._resolvers.get(source.relation, ()):
                found |= resolver.sources(source.column, source.path)
            self._direct[source] = found
        return self._direct[source]

    def _is_constant(self, source: Source) -> bool:
        """Whether statements fill the column, with nothing but constants."""
        return any(resolver.fills(source.column) for resolver in self._resolvers.get(source.relation, ()))


def _most_precise(fields: set[EventField]) -> list[EventField]:
    """Without the arrays and objects of which a part is named too."""
    return sorted(
        each
        for each in fields
        if not any(other.entity == each.entity and other.pointer.startswith(f"{each.pointer}/") for other in fields)
    )


@cache
def _schema(entity: Entity) -> Mapping[str, Any]:
    return event_schema(entity)


def is_event_field(entity: Entity, pointer: str) -> bool:
    """Whether the contract of an entity has a field at a pointer."""
    schema = _schema(entity)
    node: Any = schema
    for key in pointer.removeprefix("/").split("/"):
        options = [_resolved(schema, option) for option in (node, *node.get("anyOf", ()))]
        following = [
            option["items"] if key == EACH else option["properties"][key]
            for option in options
            if ("items" in option if key == EACH else key in option.get("properties", {}))
        ]
        if not following:
            return False
        node = _resolved(schema, following[0])
    return True


def _resolved(schema: Mapping[str, Any], node: Any) -> Any:  # noqa: ANN401
    reference = node.get("$ref", "")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else node
