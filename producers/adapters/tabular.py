"""Files in the contract's own shape: CSV, XLSX, Parquet and JSONL; JSONL may hold whole CloudEvents too.

A column's name is the path of a field, with dots: ``person.iin``, ``programme.name.ru``. A list is JSON text, or names
divided by ``;``. An empty cell is a field left out. Text becomes a number, a flag or a list where
the contract has one there and it reads as one; what does not is passed on for the contract to refuse, and what
reads in two ways (``1,234``) is refused by row and column. A column that is no field is refused, unless it is
declared as ignored.

Envelope columns, all optional: ``id`` (a UUID; else derived from the content, so that publishing the file again adds
nothing), ``time`` (else the date of what happened), ``recordversion`` (else 1), ``action`` (else by the status),
``source``, ``traceparent``. ``person.local_id`` is looked up in the IIN map where ``person.iin`` is empty.

CSV and JSONL are read line by line, Parquet by batches, XLSX by rows of its first sheet.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from arna.contracts.fields import is_date
from arna.contracts.registry import SPECS, Entity
from arna.contracts.shapes import FieldTree, field_tree
from arna.errors import ConfigError
from producers.adapters.cells import DateFormat, Unreadable, convert_text, read_date
from producers.adapters.records import flatten, plain_value, read_records
from producers.adapters.text_files import Heading, TextFormat
from producers.identities import Identities
from producers.rows import (
    KAZAKHSTAN_TIME,
    LATER_ACTIONS,
    UNREADABLE,
    AdaptedRow,
    Draft,
    JsonValue,
    Refusal,
    parse_day,
    parse_moment,
    start_of,
)

ENVELOPE_COLUMNS: Final = frozenset({"id", "time", "recordversion", "action", "source", "traceparent"})
LOCAL_ID: Final = "person.local_id"
"""Column with the source's own id of a person, for the IIN map."""
_DEFAULT_ACTIONS: Final[Mapping[Entity, Mapping[str, str]]] = {
    Entity.ENROLMENT: {"active": "started", "on_leave": "changed", "ended": "ended", "voided": "voided"},
    Entity.CERTIFICATION: {"valid": "issued", "suspended": "suspended", "revoked": "revoked"},
    Entity.VACANCY: {"open": "published", "filled": "closed", "closed": "closed", "withdrawn": "closed"},
}
_DATES: Final[Mapping[Entity, tuple[str, ...]]] = {
    Entity.ENROLMENT: ("begin_date",),
    Entity.CERTIFICATION: ("awarded_on", "valid_from"),
    Entity.VACANCY: ("published_on",),
}
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class TabularOptions:
    """What a file may leave out, and how it is written.

    Attributes:
        source: CloudEvents source of rows that name none.
        occurred_at: time of rows that have none; unset: the date of what happened, never after the file was written.
        identities: IIN map for rows without ``person.iin``, by the person's own column ``person.local_id``.
        defaults: fields by name, for cells that are empty.
        form: encoding and delimiter of a text file.
        dates: how dates are written, where not as ISO 8601.
        ignored: columns that are to be left out.
    """

    source: str | None = None
    occurred_at: datetime | None = None
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    form: TextFormat = field(default_factory=TextFormat)
    dates: DateFormat | None = None
    ignored: frozenset[str] = frozenset()


@cache
def field_kinds(entity: Entity) -> dict[str, str]:
    """Path of each field of the contract, with dots, to its JSON type where text must be turned into it."""
    schema = SPECS[entity].model.model_json_schema()
    return dict(_kinds(schema, schema.get("$defs", {}), ""))


def _kinds(node: Mapping[str, Any], definitions: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if reference := node.get("$ref"):
        yield from _kinds(definitions[reference.rsplit("/", 1)[-1]], definitions, path)
        return
    options = [option for option in node.get("anyOf", []) if option.get("type") != "null"]
    if options:
        types = {option.get("type") for option in options}
        if types == {"number", "string"}:
            yield path, "number_or_text"
        else:
            yield from _kinds(options[0], definitions, path)
    elif "properties" in node:
        for name, child in node["properties"].items():
            yield from _kinds(child, definitions, f"{path}.{name}" if path else name)
    elif node.get("format") == "date":
        yield path, "date"
    elif (kind := node.get("type")) in {"integer", "number", "boolean", "array"}:
        yield path, kind


@cache
def known_columns(entity: Entity) -> tuple[str, ...]:
    """Every column that a file in the contract's shape may have: paths of fields, and the envelope's."""
    fields = tuple(_leaves(field_tree(SPECS[entity].model), ""))
    local = (LOCAL_ID,) if "person.iin" in fields else ()
    return (*fields, *local, *sorted(ENVELOPE_COLUMNS))


def _leaves(tree: FieldTree, prefix: str) -> Iterator[str]:
    for name, below in tree.items():
        if below and "*" not in below:
            yield from _leaves(below, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def nearest(name: str, known: Collection[str]) -> str:
    """The known name that is most like this one; empty where none is."""
    by_case = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower().replace(" ", "_"), by_case, 1, 0.5)
    if not found:
        # `bin` means `employer.id` to nobody, but `name` may well mean `employer.name`.
        found = [lower for lower in by_case if lower.rpartition(".")[2] == name.lower()][:1]
    return by_case[found[0]] if found else ""


def check_columns(heading: Heading, entity: Entity, ignored: Collection[str], file: str) -> None:
    """Every column is a field of the contract, or declared as ignored.

    Raises:
        ConfigError: one is not; the sentence names it and the nearest field.
    """
    known = known_columns(entity)
    for name in heading.names:
        if name and name not in known and name not in ignored:
            shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
            near = nearest(name, known)
            raise ConfigError(
                "FILE",
                f"{file}: the column {shown} is no field of a {entity}.",
                f"{f'Did you mean {near}? ' if near else ''}--ignore-column leaves it out; "
                "a mapping (--from mapping.yaml) gives it a meaning.",
            )


def nest(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns with dots in their names as nested objects."""
    nested: dict[str, Any] = {}
    for path, value in columns.items():
        *parents, name = path.split(".")
        holder = nested
        for parent in parents:
            child = holder.setdefault(parent, {})
            if not isinstance(child, dict):
                break
            holder = child
        else:
            holder[name] = value
    return nested


def _skill_objects(entity: Entity, data: dict[str, Any]) -> None:
    """Skills that are names only become objects, where the contract has them."""
    holder = data.get("achievement") if entity is Entity.CERTIFICATION else data
    if not isinstance(holder, dict):
        return
    if isinstance(skills := holder.get("skills"), list):
        framework = {"framework": "local"} if entity is Entity.CERTIFICATION else {}
        holder["skills"] = [{**framework, "name": skill} if isinstance(skill, str) else skill for skill in skills]
    elif "skills" not in holder and entity is not Entity.ENROLMENT:
        holder["skills"] = []


def _text_row(entity: Entity, row: Mapping[str, Any], dates: DateFormat | None) -> dict[str, Any] | Refusal:
    """A row of text cells with the contract's types."""
    kinds = field_kinds(entity)
    typed = {}
    for name, cell in row.items():
        if cell is None or cell == "":
            continue
        kind = "date" if name == "time" else kinds.get(name)
        try:
            typed[name] = _read_text(cell, kind, dates) if isinstance(cell, str) else _typed(cell, kind)
        except Unreadable as error:
            return Refusal(UNREADABLE, error.rule_id, pointer_of(name), name)
    return typed


def _read_text(cell: str, kind: str | None, dates: DateFormat | None) -> JsonValue:
    if kind != "date":
        return convert_text(cell, kind)
    # A date in ISO 8601 has one reading, whatever else is declared.
    if dates is None or is_date(cell.strip()[:10]):
        return cell.strip()
    return read_date(cell, dates, KAZAKHSTAN_TIME).isoformat()


def pointer_of(path: str) -> str:
    """JSON pointer into the event of a column of the contract's shape."""
    if path in ENVELOPE_COLUMNS:
        return f"/{path}"
    return "/data/" + ("person/iin" if path == LOCAL_ID else path.replace(".", "/"))


def _typed(cell: JsonValue, kind: str | None) -> JsonValue:
    """A spreadsheet knows one kind of number: whole ones become text where the contract has text (``kato``)."""
    if kind is None and isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return str(int(cell)) if float(cell).is_integer() else str(cell)
    if kind == "integer" and isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return plain_value(cell)


def _moment(entity: Entity, data: Mapping[str, Any], written: datetime) -> datetime:
    names = ("end_date",) if data.get("status") == "ended" else ()
    days = [parse_day(data.get(name)) for name in (*names, *_DATES[entity])]
    day = next((day for day in days if day is not None), None)
    return written if day is None else min(start_of(day), written)


def draft_of_columns(
    entity: Entity, columns: Mapping[str, Any], options: TabularOptions, written: datetime
) -> Draft | Refusal:
    """The draft event of one row.

    Args:
        entity: the entity.
        columns: values by path; envelope columns among them.
        options: what the file may leave out.
        written: when the file was written; no event is later.
    """
    envelope = {name: columns[name] for name in ENVELOPE_COLUMNS if name in columns}
    fields = {name: value for name, value in columns.items() if name not in ENVELOPE_COLUMNS}
    local_id = fields.pop(LOCAL_ID, None)
    if (
        local_id is not None
        and "person.iin" not in fields
        and (iin := options.identities.iin("tabular", str(local_id)))
    ):
        fields["person.iin"] = iin
    data = nest({**dict(flatten(options.defaults)), **fields})
    _skill_objects(entity, data)
    source = envelope.get("source") or options.source
    if source is None:
        return Refusal("envelope_invalid", "attribute_missing", "/source")
    version = convert_text(str(envelope.get("recordversion", 1)), "integer")
    moment = options.occurred_at
    if "time" in envelope:
        moment = parse_moment(envelope["time"], KAZAKHSTAN_TIME)
        if moment is None:
            return Refusal("envelope_invalid", "time_malformed", "/time")
    action = envelope.get("action")
    if action is None:
        action = _DEFAULT_ACTIONS[entity].get(str(data.get("status")), SPECS[entity].actions[0])
        action = LATER_ACTIONS.get(action, action) if isinstance(version, int) and version > 1 else action
    elif action not in SPECS[entity].actions:
        return Refusal("schema_unknown", "type_unknown", "/type")
    return Draft(
        entity,
        str(action),
        data,
        str(source),
        moment or _moment(entity, data, written),
        version,
        envelope.get("id"),
        envelope.get("traceparent"),
    )


def draft_of_cloud_event(entity: Entity, document: Mapping[str, Any]) -> Draft | Refusal:
    """The draft of a whole CloudEvent: everything is as it stands there."""
    spec = SPECS[entity]
    if (action := spec.action_of(str(document.get("type")))) is None:
        return Refusal("schema_unknown", "type_unknown", "/type")
    if document.get("dataschema") != spec.schema_uri:
        return Refusal("schema_unknown", "dataschema_unknown", "/dataschema")
    moment = parse_moment(document.get("time"))
    if moment is None:
        return Refusal("envelope_invalid", "time_malformed", "/time")
    if not isinstance(data := document.get("data"), Mapping):
        return Refusal("schema_invalid", "type_mismatch" if "data" in document else "field_missing", "/data")
    if document.get("subject") != data.get(spec.id_field):
        return Refusal("envelope_invalid", "subject_mismatch", "/subject")
    return Draft(
        entity,
        action,
        data,
        str(document.get("source") or ""),
        moment,
        document.get("recordversion"),  # type: ignore[arg-type]
        document.get("id"),
        document.get("traceparent"),
    )


def _structured_row(entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of typed, perhaps nested values under dotted names; a list may still be text."""
    kinds = field_kinds(entity)
    return {
        name: convert_text(value, "array") if kinds.get(name) == "array" and isinstance(value, str) else value
        for name, value in flatten(row)
    }


def read_rows(path: Path, entity: Entity, options: TabularOptions) -> Iterator[AdaptedRow]:
    """One row for each record of the file.

    Raises:
        ConfigError: the file cannot be read, its suffix is none of ``records.SUFFIXES``, or a column is unknown.
    """
    records = read_records(path, options.form)
    heading = next(records)
    columns = None
    is_typed = path.suffix.lower() in {".parquet", ".jsonl", ".ndjson"}
    if isinstance(heading, Heading) and not is_typed:
        check_columns(heading, entity, options.ignored, path.name)
        columns = {name: name for name in heading.names if name and name not in options.ignored}
    adapt = _adapt_typed if is_typed else _adapt_text
    written = written_at(path)
    for number, record in enumerate(records, 1):
        if isinstance(record, Mapping):
            kept = {name: cell for name, cell in record.items() if name not in options.ignored}
            result = adapt(entity, kept, options, written)
        else:
            result = record  # type: ignore[assignment]
        if isinstance(result, Draft):
            yield AdaptedRow(path.name, number, result, columns=columns)
        else:
            yield AdaptedRow(path.name, number, refusal=result, columns=columns)


def _adapt_typed(
    entity: Entity, record: Mapping[str, Any], options: TabularOptions, written: datetime
) -> Draft | Refusal:
    if "specversion" in record:
        return draft_of_cloud_event(entity, record)
    return draft_of_columns(entity, _structured_row(entity, record), options, written)


def _adapt_text(
    entity: Entity, record: Mapping[str, Any], options: TabularOptions, written: datetime
) -> Draft | Refusal:
    typed = _text_row(entity, record, options.dates)
    if isinstance(typed, Refusal):
        return typed
    return draft_of_columns(entity, _structured_row(entity, typed), options, written)


def written_at(path: Path) -> datetime:
    """When a file was written; now where it cannot be told."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, KAZAKHSTAN_TIME)
    except OSError:
        return datetime.now(KAZAKHSTAN_TIME)
