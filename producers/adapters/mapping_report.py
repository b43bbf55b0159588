"""Explains a mapping against a file, and begins one from a file's heading; no identity number is ever shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from arna.contracts.identifiers import is_valid_bin
from arna.contracts.registry import SPECS, Entity
from arna.errors import ConfigError, ContractError
from producers.adapters.mapping import MappingOptions, missing_columns, read_rows, undecided_columns
from producers.adapters.mapping_model import IDENTITY_FIELDS, MappingRules
from producers.adapters.records import flatten, read_records
from producers.adapters.tabular import ENVELOPE_COLUMNS, LOCAL_ID, field_kinds, known_columns
from producers.adapters.text_files import Heading, TextFormat
from producers.publishing import PublishReport, publish_rows
from producers.rows import AdaptedRow, JsonValue

MASK: Final = "•" * 12
_NUMBER: Final = re.compile(r"[0-9]{12,}")
_VAGUE: Final = frozenset({"id", "name", "code", "type", "kind", "value", "min", "max"})
_PERSON_NUMBERS: Final = frozenset({"iin"})


@dataclass(slots=True)
class Explanation:
    """What a mapping makes of a file.

    Attributes:
        used: column to the fields that it feeds.
        ignored: columns that the mapping says it does not need.
        undecided: columns that it does not mention; publishing refuses the file.
        missing: columns that it reads and the file lacks; publishing refuses the file.
        unfilled: required fields of the contract that nothing fills.
        events: the first rows as events, identity numbers masked, or the reason why there is none.
        report: counts of all rows, and every refused one with row, rule, field and column.
    """

    used: dict[str, list[str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unfilled: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    report: PublishReport = field(default_factory=PublishReport)

    @property
    def is_ok(self) -> bool:
        """Whether the file could be published whole."""
        return not (self.undecided or self.missing or self.report.refused or self.report.failure)

    def as_json(self) -> dict[str, Any]:
        """The explanation as one line of JSON."""
        return {
            "ok": self.is_ok,
            "columns": {
                "used": self.used,
                "ignored": self.ignored,
                "undecided": self.undecided,
                "missing": self.missing,
            },
            "unfilled_fields": self.unfilled,
            "events": self.events,
            **self.report.as_json(),
        }


def explain(rules: MappingRules, path: Path, options: MappingOptions, rows: int) -> Explanation:
    """Applies a mapping to a whole file and sends nothing.

    Args:
        rules: the mapping.
        path: the file.
        options: what is said beside the mapping.
        rows: how many events to show.

    Raises:
        ConfigError: the file has no heading that can be read.
    """
    found = Explanation(unfilled=unfilled_fields(rules))
    form = options.form or rules.file.form()
    heading = next(read_records(path, form, rules.file.columns, rules.file.sheet))
    names = heading.names if isinstance(heading, Heading) else ()
    used = rules.columns_used()
    found.used = {column: places for column, places in used.items() if not names or column in names}
    if names:
        found.undecided = undecided_columns(names, rules)
        found.missing = missing_columns(names, rules)
        found.ignored = [name for name in names if name and name not in used and name not in found.undecided]
    if not found.missing:
        # What nobody decided about does not keep the rest from being explained.
        lenient = rules.model_copy(update={"ignore": "all"})
        adapted = read_rows(path, lenient, replace(options, dry_run=True))
        found.report = publish_rows(_showing(adapted, found.events, rows), None)
    return found


def unfilled_fields(rules: MappingRules) -> list[str]:
    """Required fields of the contract that no rule of a mapping fills."""
    filled = {*rules.fields, *rules.identities}
    return [path for path in required_fields(rules.entity) if not any(_covers(name, path) for name in filled)]


def _covers(filled: str, path: str) -> bool:
    return filled == path or filled.startswith(f"{path}.")


def required_fields(entity: Entity) -> list[str]:
    """Paths of the fields that every event must have; of a name in several languages, the name."""
    schema = SPECS[entity].model.model_json_schema()
    return list(_required(schema, schema.get("$defs", {}), ""))


def _required(node: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str) -> Iterator[str]:
    if reference := node.get("$ref"):
        node = definitions[reference.rsplit("/", 1)[-1]]
    for name in node.get("required", ()):
        child = node["properties"][name]
        below = list(_required(child, definitions, f"{prefix}{name}."))
        # Skills may be left out of a table: an empty list is written.
        if below:
            yield from below
        elif name != "skills":
            yield f"{prefix}{name}"


def _showing(adapted: Iterator[AdaptedRow], events: list[dict[str, Any]], rows: int) -> Iterator[AdaptedRow]:
    for row in adapted:
        if len(events) < rows:
            events.append(_shown(row))
        yield row


def _shown(row: AdaptedRow) -> dict[str, Any]:
    if row.draft is None:
        refusal = row.refusal
        reason = (
            {"class": refusal.rejection_class, "rule": refusal.rule_id, "column": refusal.column} if refusal else {}
        )
        return {"row": row.row, "refused": reason}
    draft = row.draft
    shown = {
        "row": row.row,
        "type": SPECS[draft.entity].event_type(draft.action) if draft.action in SPECS[draft.entity].actions else "",
        "source": mask(draft.source),
        "subject": mask(draft.subject),
        "recordversion": draft.record_version,
        "time": draft.occurred_at.isoformat(),
        "data": mask(draft.data),
    }
    try:
        draft.check()
    except ContractError as error:
        column = row.column_of(error.pointer)
        shown["refused"] = {"class": error.rejection_class, "rule": error.rule_id, "pointer": error.pointer}
        shown["refused"] |= {"column": column} if column else {}
    except (TypeError, ValueError):
        shown["refused"] = {"class": "schema_invalid", "rule": "type_mismatch", "pointer": "/data"}
    return shown


def mask(value: JsonValue, name: str = "") -> JsonValue:
    """A value without identity numbers: whatever an ``iin`` holds is hidden, and so are 12 digits that are no BIN."""
    if isinstance(value, Mapping):
        return {str(key): mask(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item, name) for item in value]
    if name in _PERSON_NUMBERS and value is not None:
        return MASK
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) >= len(MASK):
        return MASK
    if isinstance(value, str):
        return _NUMBER.sub(lambda match: match[0] if is_valid_bin(match[0]) else MASK, value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def begin_mapping(entity: Entity, path: Path, form: TextFormat) -> str:
    """A mapping to be completed by hand: columns whose names fit are filled in, the rest is listed.

    Raises:
        ConfigError: the file has no heading that can be read.
    """
    records = read_records(path, form)
    heading = next(records)
    names = list(heading.names) if isinstance(heading, Heading) else []
    if not names:
        # JSON lines have no heading: the first record shows what there is.
        first = next((record for record in records if isinstance(record, Mapping)), {})
        names = [name for name, _ in flatten(first)]
    if not any(names):
        raise ConfigError("FILE", f"{path.name} has no columns to begin with.")
    fields = [name for name in known_columns(entity) if name not in ENVELOPE_COLUMNS and name != LOCAL_ID]
    matched = _matched(names, fields)
    required = set(required_fields(entity))
    lines = [
        f"# A mapping of {path.name}, begun by `arna map new`. Complete the lines with ???, then try it:",
        f"#   arna map check MAPPING {path.name}",
        f"entity: {entity}",
        "source: ???   # urn:kz:bin:<BIN of the body that publishes>",
        *_file_lines(form),
        "fields:",
        *(line for path_ in fields for line in _field_line(path_, matched.get(path_), required, field_kinds(entity))),
        *(["# identities:", "#   person.iin: ???   # column with the number of the person in your system"]
          if "person.iin" in fields else []),
        "# version: counted   # or a column with a number, or {time: column with the time of the last change}",
        "ignore:",
        *(f"  - {_quoted(name)}" for name in names if name and name not in matched.values()),
    ]  # fmt: skip
    if lines[-1] == "ignore:":
        lines[-1] = "ignore: []"
    return "\n".join(lines) + "\n"


def _matched(names: list[str], fields: list[str]) -> dict[str, str]:
    """Field to the column whose name says the same; likeness is not enough: a wrong guess looks like a right one."""
    normal = {path.replace(".", "_"): path for path in fields}
    lasts = [path.rpartition(".")[2] for path in fields]
    normal |= {
        last: path for path, last in zip(fields, lasts, strict=True) if lasts.count(last) == 1 and last not in _VAGUE
    }
    found: dict[str, str] = {}
    for name in names:
        path = normal.get(name.lower().replace(" ", "_").replace(".", "_"))
        if path is not None:
            found.setdefault(path, name)
    return found


def _file_lines(form: TextFormat) -> list[str]:
    plain = TextFormat()
    if form == plain:
        return []
    return ["file:", f"  encoding: {form.encoding}", f"  delimiter: {_quoted(form.delimiter)}"]


def _field_line(path: str, column: str | None, required: set[str], kinds: Mapping[str, str]) -> Iterator[str]:
    is_date = kinds.get(path) == "date"
    if column is not None and is_date:
        yield f"  {path}: {{column: {_quoted(column)}, date: YYYY-MM-DD}}"
    elif column is not None:
        yield f"  {path}: {_quoted(column)}"
    elif path in required and path not in IDENTITY_FIELDS:
        yield f"  {path}: ???   # a column, or {{value: the same for all}}"
    elif path in required:
        yield f"  {path}: ???   # a column, or leave it out and use identities"
    else:
        yield f"  # {path}:"


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[^\W\d]\w*(?: \w+)*", text) and text.lower() not in {"true", "false", "null"}
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
