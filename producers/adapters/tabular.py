"""Files in the contract's own shape: CSV, XLSX, Parquet and JSONL; JSONL may hold whole CloudEvents too.

A column's name is the path of a field, with dots: ``person.iin``, ``programme.name.ru``. A list is JSON text, or names
divided by ``;``. An empty cell is a field left out. Text becomes a number, a flag or a list where
the contract has one there and it reads as one; what does not is passed on for the contract to refuse.

Envelope columns, all optional: ``id`` (a UUID; else derived from the content, so that publishing the file again adds
nothing), ``time`` (else the date of what happened), ``recordversion`` (else 1), ``action`` (else by the status),
``source``, ``traceparent``.

CSV and JSONL are read line by line, Parquet by batches, XLSX by rows of its first sheet.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from arna.contracts.registry import SPECS, Entity
from arna.errors import ConfigError
from producers.identities import Identities
from producers.rows import KAZAKHSTAN_TIME, AdaptedRow, Draft, JsonValue, Refusal, parse_day, parse_moment, start_of

ENVELOPE_COLUMNS: Final = frozenset({"id", "time", "recordversion", "action", "source", "traceparent"})
SUFFIXES: Final = (".csv", ".jsonl", ".ndjson", ".parquet", ".xlsx")
_DEFAULT_ACTIONS: Final[Mapping[Entity, Mapping[str, str]]] = {
    Entity.ENROLMENT: {"active": "started", "on_leave": "changed", "ended": "ended", "voided": "voided"},
    Entity.CERTIFICATION: {"valid": "issued", "suspended": "suspended", "revoked": "revoked"},
    Entity.VACANCY: {"open": "published", "filled": "closed", "closed": "closed", "withdrawn": "closed"},
}
_LATER_ACTIONS: Final = {"started": "changed", "published": "amended"}
_DATES: Final[Mapping[Entity, tuple[str, ...]]] = {
    Entity.ENROLMENT: ("begin_date",),
    Entity.CERTIFICATION: ("awarded_on", "valid_from"),
    Entity.VACANCY: ("published_on",),
}
_BATCH_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class TabularOptions:
    """What a file may leave out.

    Attributes:
        source: CloudEvents source of rows that name none.
        occurred_at: time of rows that have none; unset: the date of what happened, never after the file was written.
        identities: IIN map for rows without ``person.iin``, by the person's own column ``person.local_id``.
        defaults: fields by name, for cells that are empty.
    """

    source: str | None = None
    occurred_at: datetime | None = None
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)


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
    elif (kind := node.get("type")) in {"integer", "number", "boolean", "array"}:
        yield path, kind


def convert_text(text: str, kind: str | None) -> JsonValue:
    """A cell's text as the JSON type of its field; text that does not read as one is returned unchanged."""
    if kind is None:
        return text
    stripped = text.strip()
    try:
        if kind == "integer":
            return int(stripped) if stripped.isascii() else text
        if kind in {"number", "number_or_text"}:
            number = orjson.loads(stripped.replace(",", "."))
            return number if isinstance(number, (int, float)) and not isinstance(number, bool) else text
        if kind == "boolean":
            return {"true": True, "1": True, "false": False, "0": False}.get(stripped.lower(), text)
        if stripped.startswith("["):
            return orjson.loads(stripped)
    except ValueError:
        return text
    return [part.strip() for part in stripped.split(";") if part.strip()]


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


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, datetime):
        # A spreadsheet keeps a date as the midnight that begins it.
        return value.isoformat() if value.tzinfo or value.time() != datetime.min.time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else value


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


def _text_row(entity: Entity, row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of text cells with the contract's types."""
    kinds = field_kinds(entity)
    return {
        name: convert_text(cell, kinds.get(name)) if isinstance(cell, str) else _typed(cell, kinds.get(name))
        for name, cell in row.items()
        if isinstance(name, str) and name and cell is not None and cell != ""
    }


def _typed(cell: JsonValue, kind: str | None) -> JsonValue:
    """A spreadsheet knows one kind of number: whole ones become text where the contract has text (``kato``)."""
    if kind is None and isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return str(int(cell)) if float(cell).is_integer() else str(cell)
    if kind == "integer" and isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return _plain(cell)


def _flatten(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        if isinstance(item, Mapping):
            yield from _flatten(item, f"{prefix}{name}.")
        elif item is not None:
            yield f"{prefix}{name}", _plain(item)


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
    local_id = fields.pop("person.local_id", None)
    if (
        local_id is not None
        and "person.iin" not in fields
        and (iin := options.identities.iin("tabular", str(local_id)))
    ):
        fields["person.iin"] = iin
    data = {**nest(options.defaults), **nest(fields)}
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
        action = _LATER_ACTIONS.get(action, action) if isinstance(version, int) and version > 1 else action
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


def _draft_of_cloud_event(entity: Entity, document: Mapping[str, Any]) -> Draft | Refusal:
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


def _json_lines(path: Path) -> Iterator[Mapping[str, Any] | Refusal]:
    with path.open("rb") as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                document = orjson.loads(line)
            except orjson.JSONDecodeError:
                yield Refusal("json_syntax", "json_malformed")
                continue
            is_object = isinstance(document, dict)
            yield document if is_object else Refusal("envelope_invalid", "envelope_not_object")


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as table:
        for batch in table.iter_batches(_BATCH_ROWS):
            yield from batch.to_pylist()


def _sheet(path: Path) -> Iterator[Mapping[str, Any]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        names = [str(name).strip() if name is not None else "" for name in next(rows, ())]
        for row in rows:
            if any(cell is not None for cell in row):
                yield dict(zip(names, row, strict=False))
    finally:
        book.close()


def _columns(path: Path, entity: Entity) -> Iterator[Mapping[str, Any] | Refusal]:
    match path.suffix.lower():
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as lines:
                yield from (_text_row(entity, row) for row in csv.DictReader(lines))
        case ".xlsx":
            yield from (_text_row(entity, row) for row in _sheet(path))
        case ".parquet":
            yield from _parquet(path)
        case ".jsonl" | ".ndjson":
            yield from _json_lines(path)
        case suffix:
            raise ConfigError("FILE", f"{path.name}: {suffix or 'no'} suffix.", f"Known are {', '.join(SUFFIXES)}.")


def _structured_row(entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of typed, perhaps nested values under dotted names; a list may still be text."""
    kinds = field_kinds(entity)
    return {
        name: convert_text(value, "array") if kinds.get(name) == "array" and isinstance(value, str) else value
        for name, value in _flatten(row)
    }


def read_rows(path: Path, entity: Entity, options: TabularOptions) -> Iterator[AdaptedRow]:
    """One row for each record of the file.

    Raises:
        ConfigError: the file cannot be read, or its suffix is none of ``SUFFIXES``.
    """
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, KAZAKHSTAN_TIME)
        for number, columns in enumerate(_columns(path, entity), 1):
            if isinstance(columns, Refusal):
                yield AdaptedRow(path.name, number, refusal=columns)
                continue
            if "specversion" in columns:
                result = _draft_of_cloud_event(entity, columns)
            else:
                result = draft_of_columns(entity, _structured_row(entity, columns), options, written)
            is_refusal = isinstance(result, Refusal)
            yield AdaptedRow(path.name, number, refusal=result) if is_refusal else AdaptedRow(path.name, number, result)  # type: ignore[arg-type]
    except ConfigError:
        raise
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        raise ConfigError("FILE", f"{path.name} cannot be read ({type(error).__name__}).") from None
