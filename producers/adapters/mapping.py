"""Applies a mapping to the records of a file: one event, or the reason why there is none, for each.

rules = find_mapping("mapping.yaml")
for row in read_rows(Path("export.csv"), rules, MappingOptions()):
    ...
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import orjson

from arna.errors import ConfigError
from producers.adapters.cells import Unreadable, convert_text, date_format, read_date, read_number
from producers.adapters.mapping_model import IDENTITIES, IDENTITY_FIELDS, FieldRule, MappingRules, scalar_text
from producers.adapters.records import flatten, plain_value, read_records
from producers.adapters.tabular import (
    TabularOptions,
    draft_of_columns,
    field_kinds,
    nearest,
    pointer_of,
    written_at,
)
from producers.adapters.text_files import Heading, TextFormat
from producers.identities import Identities
from producers.places import Places, built_in_places
from producers.rows import (
    NOT_A_LEARNER,
    UNREADABLE,
    AdaptedRow,
    Draft,
    JsonValue,
    Refusal,
    language_of,
    parse_moment,
)
from producers.versions import VersionMemory, count_version

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone(timedelta()))
_HASH_LENGTH: Final = 32
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DATE_LENGTH: Final = len("2026-05-04")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class MappingOptions:
    """What is said beside a mapping.

    Attributes:
        source: CloudEvents source; None is the mapping's.
        occurred_at: time of records that have none.
        identities: where missing identity numbers come from.
        defaults: contract fields by name, for what the records lack.
        record_version: version of records where the mapping does not say.
        places: names of places to KATO codes.
        form: encoding and delimiter; None is the mapping's.
        dry_run: nothing is published, so no counted version is written down.
    """

    source: str | None = None
    occurred_at: datetime | None = None
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    record_version: int = 1
    places: Places = field(default_factory=built_in_places)
    form: TextFormat | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a record, as they are and as text."""

    values: Mapping[str, Any]
    texts: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.texts.get(column, "")


def read_rows(path: Path, rules: MappingRules, options: MappingOptions) -> Iterator[AdaptedRow]:
    """One row for each record of a file.

    Raises:
        ConfigError: the file cannot be read, lacks a column that the mapping reads, or has one it does not mention.
    """
    form = options.form or rules.file.form()
    records = read_records(path, form, rules.file.columns, rules.file.sheet)
    heading = next(records)
    if isinstance(heading, Heading) and heading.names:
        check_columns(heading.names, rules, path.name)
    adapter = _Adapter(rules, options, written_at(path))
    columns = _columns_by_field(rules)
    try:
        for number, record in enumerate(records, 1):
            result = adapter.adapt(record) if isinstance(record, Mapping) else record
            if isinstance(result, Draft):
                yield AdaptedRow(path.name, number, result, columns=columns)
            else:
                yield AdaptedRow(path.name, number, refusal=result, columns=columns)  # type: ignore[arg-type]
    finally:
        adapter.close()


def _columns_by_field(rules: MappingRules) -> dict[str, str]:
    """Field to the column that its value is read from, in the order of the mapping."""
    found: dict[str, str] = {}
    for where, rule in rules.rules():
        if column := rule.main_column():
            found.setdefault(where.removeprefix(IDENTITIES), column)
    version = rules.version.column or rules.version.time
    return {**found, "recordversion": version} if version else found


def missing_columns(names: Sequence[str], rules: MappingRules) -> list[str]:
    """Columns that the mapping reads and the file does not have."""
    return [column for column in rules.columns_used() if column not in names]


def undecided_columns(names: Sequence[str], rules: MappingRules) -> list[str]:
    """Columns of the file that the mapping neither reads nor ignores."""
    if rules.ignore == "all":
        return []
    used = rules.columns_used()
    return [name for name in names if name and name not in used and name not in rules.ignore]


def check_columns(names: Sequence[str], rules: MappingRules, file: str) -> None:
    """The mapping and the file fit each other.

    Raises:
        ConfigError: a column is missing, or nobody decided what becomes of it.
    """
    if missing := missing_columns(names, rules):
        near = nearest(missing[0], [name for name in names if name])
        raise ConfigError(
            "FILE", f"{file} has no column {missing[0]}, which the mapping reads.", f"Is it {near}?" if near else ""
        )
    if undecided := undecided_columns(names, rules):
        shown = ", ".join(undecided[:_SHOWN]) + (" …" if len(undecided) > _SHOWN else "")
        raise ConfigError(
            "FILE",
            f"{file} has columns that the mapping neither reads nor ignores: {shown}.",
            "Add them to `ignore:` of the mapping, or write `ignore: all`.",
        )


class _Adapter:
    """One mapping at work on one file."""

    def __init__(self, rules: MappingRules, options: MappingOptions, written: datetime) -> None:
        self._rules = rules
        self._options = options
        self._written = written
        self._zone = rules.zone()
        self._kinds = field_kinds(rules.entity)
        self._blank = frozenset(rules.blank)
        self._memory: VersionMemory | None = None
        if rules.version.counted:
            self._memory = VersionMemory.open(remember=not options.dry_run)
        self._tabular = TabularOptions(options.source or rules.source, options.occurred_at, defaults=options.defaults)

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()

    def adapt(self, record: Mapping[str, Any]) -> Draft | Refusal:
        values = {name: plain_value(value) for name, value in flatten(record)}
        cells = _Cells(values, {name: self._text(value) for name, value in values.items()})
        skipping = next((test for test in self._rules.skip if test.holds(cells.text(test.column))), None)
        if skipping is not None:
            return Refusal(NOT_A_LEARNER, "skipped_by_mapping", "", skipping.column)
        place = ""
        try:
            fields: dict[str, Any] = {}
            for place, rules in self._rules.fields.items():
                self._put(fields, place, self._first(rules, cells, self._kinds.get(place)))
            for place, rules in self._rules.identities.items():
                self._identify(fields, place, rules, cells)
            place = "time"
            self._put(fields, place, self._time(self._first(self._rules.time, cells)))
            place = "action"
            self._put(fields, place, self._first(self._rules.action, cells))
            if self._rules.event_id:
                self._put(fields, "id", cells.text(self._rules.event_id) or None)
            place = "recordversion"
            fields["recordversion"] = self._version(cells)
        except Unreadable as error:
            return Refusal(UNREADABLE, error.rule_id, pointer_of(place), error.column)
        draft = draft_of_columns(self._rules.entity, fields, self._tabular, self._written)
        if self._memory is None or isinstance(draft, Refusal) or not draft.subject:
            return draft
        return count_version(draft, self._memory)

    def _text(self, value: JsonValue) -> str:
        text = scalar_text(int(value) if isinstance(value, float) and value.is_integer() else value)
        text = text.strip() if isinstance(text, str) else orjson.dumps(text, default=str).decode()
        return "" if text in self._blank else text

    def _put(self, fields: dict[str, Any], path: str, value: JsonValue) -> None:
        if value is not None and value != "":
            fields[path] = value

    def _time(self, value: JsonValue) -> JsonValue:
        """A time without an offset is in the mapping's zone."""
        moment = None if value is None else parse_moment(value, self._zone)
        return value if moment is None else moment.isoformat()

    def _first(self, rules: Sequence[FieldRule], cells: _Cells, kind: str | None = None) -> JsonValue:
        """What the first rule gives that applies and has something to give."""
        for rule in rules:
            if all(condition.holds(cells.text(condition.column)) for condition in rule.when):
                try:
                    value = _typed(self._value(rule, cells), kind)
                except Unreadable as error:
                    raise Unreadable(error.rule_id, rule.main_column()) from None
                if value is not None and value != "":
                    return value
        return None

    def _value(self, rule: FieldRule, cells: _Cells) -> JsonValue:
        value = self._picked(rule, cells)
        if rule.lookup is not None:
            value = self._looked_up(rule, "" if value is None else scalar_text(value))
        if value is None or value == "":
            return None
        text = value if isinstance(value, str) else None
        if rule.date is not None:
            return self._date(rule.date, value)
        if rule.number is not None or rule.decimals is not None:
            return _number(rule, value)
        if text is None:
            return value
        if rule.split is not None:
            return [part.strip() for part in text.split(rule.split) if part.strip()]
        if rule.place:
            return self._options.places.find(text)
        if rule.language:
            return language_of(text)
        return (" ".join(text.split()) if rule.squeeze else text)[: rule.max_length]

    def _picked(self, rule: FieldRule, cells: _Cells) -> JsonValue:
        if rule.column is not None:
            text, value = cells.text(rule.column), cells.values.get(rule.column)
            return value if text and not isinstance(value, str) else text
        if rule.template is not None:
            return rule.fill(cells.texts)
        if rule.hash is not None:
            parts = orjson.dumps([cells.text(column) for column in rule.hash])
            # Letters alone: twelve digits in a row could be taken for somebody's IIN.
            return hashlib.sha256(parts).hexdigest()[:_HASH_LENGTH].translate(_LETTERS)
        return rule.value

    def _looked_up(self, rule: FieldRule, text: JsonValue) -> JsonValue:
        lookup = rule.lookup or {}
        if text in lookup:
            return lookup[text]
        if text == "":
            return None
        if rule.otherwise is not None:
            return rule.otherwise
        if rule.unlisted in {"keep", "leave_out"}:
            return text if rule.unlisted == "keep" else None
        raise Unreadable("value_not_in_lookup")

    def _date(self, form: str, value: JsonValue) -> str:
        # A spreadsheet and Parquet have dates of their own, which are ISO 8601 by now.
        found = read_date(str(value), date_format(form), self._zone)
        return found.isoformat()

    def _identify(self, fields: dict[str, Any], path: str, rules: Sequence[FieldRule], cells: _Cells) -> None:
        local_id = self._first(rules, cells)
        if path in fields or local_id is None:
            return
        find = self._options.identities.iin if IDENTITY_FIELDS[path] == "iin" else self._options.identities.bin
        self._put(fields, path, find(self._rules.name, str(local_id)))

    def _version(self, cells: _Cells) -> JsonValue:
        version = self._rules.version
        if version.column is not None:
            text = cells.text(version.column)
            number = convert_text(text, "integer")
            if not isinstance(number, int):
                raise Unreadable("version_malformed", version.column)
            return number
        if version.time is not None:
            return self._version_of_time(cells.text(version.time), version.date, version.time)
        return version.value or self._options.record_version

    def _version_of_time(self, text: str, form: str | None, column: str) -> int:
        try:
            moment = read_date(text, date_format(form), self._zone) if form else parse_moment(text, self._zone)
        except Unreadable as error:
            raise Unreadable(error.rule_id, column) from None
        if isinstance(moment, datetime):
            return int((moment - _EPOCH).total_seconds())
        if isinstance(moment, date):
            return int((datetime.combine(moment, datetime.min.time(), self._zone) - _EPOCH).total_seconds())
        raise Unreadable("version_malformed", column)


def _typed(value: JsonValue, kind: str | None) -> JsonValue:
    """A value as the contract's field wants it, where it reads as one."""
    if isinstance(value, str):
        return (
            value[:_DATE_LENGTH]
            if kind == "date" and value[_DATE_LENGTH:][:1] in {"T", " "}
            else convert_text(value, kind)
        )
    if isinstance(value, float) and value.is_integer() and kind in {None, "integer"}:
        value = int(value)
    return scalar_text(value) if kind is None else value


def _number(rule: FieldRule, value: JsonValue) -> int | float:
    number = value
    if isinstance(value, str):
        number = read_number(value, rule.number.form() if rule.number else None)
    if not isinstance(number, (int, float)) or isinstance(number, bool):
        raise Unreadable("number_not_in_format")
    if rule.decimals is None:
        return number
    try:
        rounded = Decimal(str(number)).quantize(Decimal(1).scaleb(-rule.decimals))
    except InvalidOperation:
        raise Unreadable("number_not_in_format") from None
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
