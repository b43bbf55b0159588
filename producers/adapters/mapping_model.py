"""What a mapping file may say: which column, constant or table each field of an entity comes from.

The models check a mapping by itself; ``mapping.py`` applies it to records, ``mapping_file.py`` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta, timezone
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters.cells import NumberFormat, date_format
from producers.adapters.tabular import ENVELOPE_COLUMNS, LOCAL_ID, known_columns, nearest
from producers.adapters.text_files import TextFormat, delimiter_named, encoding_named
from producers.adapters.yaml_file import WrongPaths
from producers.rows import JsonValue

IDENTITY_FIELDS: Final[Mapping[str, Literal["iin", "bin"]]] = {
    "person.iin": "iin",
    "employer.id": "bin",
    "organisation.bin": "bin",
    "issuer.bin": "bin",
}
"""Fields whose number may be looked up or, where that is allowed, derived from a local id."""
IDENTITIES: Final = "identities: "
"""Stands before a field where a rule gives its local id and not its value."""
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_ZONE: Final = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
_SOURCES: Final = ("column", "value", "template", "hash")

Scalar = str | int | float | bool
Checked = TypeVar("Checked")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)


def _listed(value: JsonValue) -> JsonValue:
    """One thing where a list of things may stand."""
    return value if isinstance(value, list) else [value]


class FileRules(_Strict):
    """How the file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    heading: int = Field(1, ge=0, le=100, description="number of the line with the names of the columns; 0: none")
    columns: list[str] = Field(default_factory=list, description="names of the columns, where the file has no heading")
    sheet: str = Field("", description="sheet of a workbook; the first unless given")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        return _or_value_error(encoding_named, value)

    @field_validator("delimiter")
    @classmethod
    def _known_delimiter(cls, value: str) -> str:
        return _or_value_error(delimiter_named, value)

    @model_validator(mode="after")
    def _has_names(self) -> Self:
        if (self.heading == 0) != bool(self.columns):
            raise ValueError("heading: 0 and a list of columns go together")
        return self

    def form(self) -> TextFormat:
        """The same for the reader of text files."""
        return TextFormat(self.encoding, self.delimiter, self.heading)


class Condition(_Strict):
    """A test of one column's text."""

    column: str
    equals: str | None = None
    not_equals: str | None = None
    one_of: list[str] | None = Field(None, alias="in")
    none_of: list[str] | None = Field(None, alias="not_in")
    filled: bool | None = None

    @field_validator("equals", "not_equals", mode="before")
    @classmethod
    def _as_text(cls, value: JsonValue) -> JsonValue:
        return scalar_text(value)

    @field_validator("one_of", "none_of", mode="before")
    @classmethod
    def _as_texts(cls, value: JsonValue) -> JsonValue:
        return [scalar_text(item) for item in value] if isinstance(value, list) else value

    @model_validator(mode="after")
    def _has_one_test(self) -> Self:
        tests = (self.equals, self.not_equals, self.one_of, self.none_of, self.filled)
        if sum(test is not None for test in tests) != 1:
            raise ValueError("needs exactly one of equals, not_equals, in, not_in and filled")
        return self

    def holds(self, text: str) -> bool:
        """Whether the column's text passes the test."""
        if self.filled is not None:
            return bool(text) is self.filled
        if self.equals is not None or self.not_equals is not None:
            return text == self.equals if self.equals is not None else text != self.not_equals
        return text in (self.one_of or ()) if self.one_of is not None else text not in (self.none_of or ())


class NumberRules(_Strict):
    """How numbers are written."""

    decimal: Literal[".", ","] = "."
    thousands: Literal["", " ", ",", ".", "'"] = ""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands cannot be the same")
        return self

    def form(self) -> NumberFormat:
        """The same for the reader of numbers."""
        return NumberFormat(self.decimal, self.thousands)


class FieldRule(_Strict):
    """Where a value comes from, and what is done with it, in the order of the attributes below.

    Attributes:
        when: conditions that must all hold; else the next rule of the field is tried.
        column: the cell of this column.
        value: a constant.
        template: text with columns in braces; nothing where one of them is empty.
        hash: an id of 32 letters that follows from these columns, for records without one.
        lookup: text to value.
        unlisted: what becomes of a text that is not in the lookup.
        otherwise: constant for a text that is not in the lookup.
        date: format of a date or a time.
        number: how a number is written.
        decimals: places to which a number is rounded.
        split: what stands between the parts of a list.
        place: a place's name becomes its KATO code.
        language: a text becomes the language that its letters show.
        squeeze: runs of spaces and line ends in a text become one space.
        max_length: longer text is cut.
    """

    when: list[Condition] = Field(default_factory=list)
    column: str | None = None
    value: Scalar | list[Any] | None = None
    template: str | None = None
    hash: list[str] | None = Field(None, min_length=1)
    lookup: dict[str, Scalar] | None = None
    unlisted: Literal["refuse", "keep", "leave_out"] | None = None
    otherwise: Scalar | None = None
    date: str | None = None
    number: NumberRules | None = None
    decimals: int | None = Field(None, ge=0, le=6)
    split: str | None = Field(None, min_length=1)
    place: bool = False
    language: bool = False
    squeeze: bool = False
    max_length: int | None = Field(None, ge=1)

    _when = field_validator("when", mode="before")(_listed)

    @field_validator("date")
    @classmethod
    def _is_format(cls, value: str | None) -> str | None:
        if value is not None:
            _or_value_error(date_format, value)
        return value

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if sum(getattr(self, name) is not None for name in _SOURCES) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_SOURCES)}")
        if self.lookup is None and (self.unlisted or self.otherwise is not None):
            raise ValueError(
                "unlisted and otherwise say what becomes of a text that is not in the lookup: there is none"
            )
        if self.unlisted and self.otherwise is not None:
            raise ValueError("either unlisted or otherwise")
        converters = (self.date, self.number or self.decimals, self.split, self.place or None, self.language or None)
        if sum(converter is not None for converter in converters) > 1:
            raise ValueError("a value is one of date, number, split, place and language")
        return self

    def columns(self) -> Iterator[str]:
        """Every column that it reads."""
        for condition in self.when:
            yield condition.column
        if self.column is not None:
            yield self.column
        yield from self.hash or ()
        if self.template is not None:
            yield from _PLACEHOLDER.findall(self.template)

    def main_column(self) -> str:
        """The column to name when its value is refused; empty for a constant."""
        return next((name for name in self.columns() if name not in {test.column for test in self.when}), "")

    def fill(self, text_of: Mapping[str, str]) -> str:
        """The template with the columns' texts; empty where one of them is."""
        names = _PLACEHOLDER.findall(self.template or "")
        if any(not text_of.get(name) for name in names):
            return ""
        return _PLACEHOLDER.sub(lambda match: text_of[match[1]], self.template or "")


class VersionRule(_Strict):
    """Which version of its subject a record is.

    Attributes:
        value: the same for every record; nothing given: ``--record-version``.
        column: a whole number.
        time: a time at which it was changed; its second is the version.
        date: format of that time, unless ISO 8601.
        counted: Arna counts: a record that differs from what this machine last published of it is one higher.
    """

    value: int | None = Field(None, ge=1)
    column: str | None = None
    time: str | None = None
    date: str | None = None
    counted: bool = False

    _date = field_validator("date")(FieldRule._is_format.__func__)  # type: ignore[attr-defined]

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: JsonValue) -> JsonValue:
        if value == "counted":
            return {"counted": True}
        if isinstance(value, str):
            return {"column": value}
        return {"value": value} if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum((self.value is not None, self.column is not None, self.time is not None, self.counted)) > 1:
            raise ValueError("is one of a number, a column, a time and counted")
        return self


def _rules(value: JsonValue) -> JsonValue:
    """Rules of a field, however short they are written: a column's name, a constant, one rule or several."""
    return [_rule(item) for item in _listed(value)]


def _rule(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return {"column": value}
    return {"value": value} if isinstance(value, (bool, int, float)) else value


class MappingRules(_Strict):
    """A mapping: everything that turns the records of a file into events of one entity."""

    name: str = Field(
        ..., pattern=r"^[a-z][a-z0-9_]{0,63}$", description="names the mapping; synthetic ids follow from it"
    )
    entity: Entity
    source: str | None = Field(None, description="CloudEvents source, unless --source gives it")
    description: str = ""
    file: FileRules = Field(default_factory=FileRules)
    time_zone: str = Field("+05:00", description="of times without an offset")
    blank: list[str] = Field(default_factory=list, description="texts that mean an empty cell")
    ignore: list[str] | Literal["all"] = Field(default_factory=list, description="columns that are not needed")
    skip: list[Condition] = Field(default_factory=list, description="records to leave out: any of these holds")
    fields: dict[str, list[FieldRule]]
    identities: dict[str, list[FieldRule]] = Field(default_factory=dict)
    version: VersionRule = Field(default_factory=VersionRule)
    time: list[FieldRule] = Field(default_factory=list)
    action: list[FieldRule] = Field(default_factory=list)
    event_id: str | None = Field(None, description="column with a UUID of the event")

    _skip = field_validator("skip", mode="before")(_listed)
    _single = field_validator("time", "action", mode="before")(_rules)

    @field_validator("fields", "identities", mode="before")
    @classmethod
    def _spelled_out(cls, value: JsonValue) -> JsonValue:
        return {path: _rules(rules) for path, rules in value.items()} if isinstance(value, dict) else value

    @field_validator("blank", mode="before")
    @classmethod
    def _as_texts(cls, value: JsonValue) -> JsonValue:
        return [scalar_text(item) for item in value] if isinstance(value, list) else value

    @field_validator("time_zone")
    @classmethod
    def _is_offset(cls, value: str) -> str:
        if _ZONE.fullmatch(value) is None:
            raise ValueError("is an offset such as +05:00")
        return value

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        known = [path for path in known_columns(self.entity) if path not in ENVELOPE_COLUMNS and path != LOCAL_ID]
        wrong: dict[tuple[str, ...], str] = {}
        for path in self.fields:
            if path not in known:
                near = nearest(path, known)
                wrong["fields", path] = f"is no field of a {self.entity}{f'; did you mean {near}?' if near else ''}"
        possible = [name for name in IDENTITY_FIELDS if name in known]
        for path in self.identities:
            if path not in possible:
                wrong["identities", path] = f"is none of {', '.join(possible)}"
        if wrong:
            raise WrongPaths(wrong)
        return self

    def zone(self) -> timezone:
        """Zone of times without an offset."""
        match = _ZONE.fullmatch(self.time_zone)
        sign, hours, minutes = match.groups() if match else ("+", "0", "0")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if sign == "-" else offset)

    def rules(self) -> Iterator[tuple[str, FieldRule]]:
        """Every rule with the place of the mapping that it stands in."""
        for path, rules in self.fields.items():
            yield from ((path, rule) for rule in rules)
        for path, rules in self.identities.items():
            yield from ((f"{IDENTITIES}{path}", rule) for rule in rules)
        yield from (("time", rule) for rule in self.time)
        yield from (("action", rule) for rule in self.action)

    def columns_used(self) -> dict[str, list[str]]:
        """Column to the places of the mapping that read it."""
        used: dict[str, list[str]] = {}
        places = [(place, column) for place, rule in self.rules() for column in rule.columns()]
        places += [("skip", condition.column) for condition in self.skip]
        places += [("version", column) for column in (self.version.column, self.version.time) if column]
        places += [("event_id", self.event_id)] if self.event_id else []
        for place, column in places:
            if place not in used.setdefault(column, []):
                used[column].append(place)
        return used


def scalar_text(value: JsonValue) -> JsonValue:
    """A YAML scalar as the text that a cell has; ``true`` and ``1`` are text there."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def _or_value_error(check: Callable[[str], Checked], value: str) -> Checked:
    try:
        return check(value)
    except ConfigError as error:
        raise ValueError(f"{error.reason} {error.remedy}".strip()) from None
