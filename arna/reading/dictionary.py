"""The data dictionary: every relation with its columns, and where each comes from, as Markdown and as one HTML page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from arna.reading.catalogue import DOCUMENTED_SCHEMAS, READER_SCHEMAS, Catalogue, Column, Function, Relation
from arna.reading.contracts import file_name
from arna.reading.lineage import EventField, Lineage, Tracer

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference" / "dictionary"
HTML_PAGE: Final = "index.html"
TRACED: Final = ("profile", "retraining", "mart", "core")
LANGUAGES: Final = ("kk", "ru", "en")

_CONTRACTS: Final = "../../contracts"
_INTRODUCTION: Final = """\
# Data dictionary

Generated from the warehouse's own catalogue and statements by `python -m arna.reading`; do not edit. The same as one
page to search, without a network: [index.html](index.html).

*Made from* lists the columns of `core` a value is computed from (`core.vacancy.*` is the number of its rows), reference
data, functions and what else goes in. *Event fields* are JSON pointers into the CloudEvents of the
[contracts](../contracts.md); `*` stands for each element of an array, and `/data/person/iin` is a token from landing
on. What only decides which rows there are (joins, filters) is not listed, but for what a row of reference data is
looked up by. `vault` is described nowhere but in the decision about it, and `stage` is empty between batches.
"""


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """A column and what it is made of; both lists are empty where nothing is traced."""

    column: Column
    is_key: bool
    made_from: tuple[str, ...] = ()
    event_fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    untraced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelationEntry:
    """A relation with its columns; ``contract`` is the way to its contract where it has one."""

    relation: Relation
    columns: tuple[ColumnEntry, ...]
    contract: str

    @property
    def anchor(self) -> str:
        """What a link to it ends in."""
        return self.relation.name.replace(".", "-")


@dataclass(frozen=True, slots=True)
class SchemaEntry:
    """A schema with what it holds."""

    name: str
    description: str
    relations: tuple[RelationEntry, ...]
    functions: tuple[Function, ...]

    @property
    def is_traced(self) -> bool:
        """Whether its columns are traced back."""
        return self.name in TRACED

    @property
    def is_core(self) -> bool:
        """Whether what its columns are made of is the events alone."""
        return self.name == "core"


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All of it."""

    schemas: tuple[SchemaEntry, ...]
    unread: tuple[str, ...]

    @property
    def untraced(self) -> Iterator[tuple[str, str]]:
        """Columns whose trace was lost, with the place."""
        for schema in self.schemas:
            for entry in schema.relations:
                for each in entry.columns:
                    for place in each.untraced:
                        yield f"{entry.relation.name}.{each.column.name}", place


def build_dictionary(catalogue: Catalogue) -> Dictionary:
    """Gathers everything the pages show."""
    tracer = Tracer(catalogue)
    return Dictionary(
        schemas=tuple(
            SchemaEntry(
                name=schema,
                description=catalogue.schemas[schema],
                relations=tuple(
                    _relation_entry(found, tracer) for found in catalogue.relations.values() if found.schema == schema
                ),
                functions=tuple(found for found in catalogue.functions if found.name.startswith(f"{schema}.")),
            )
            for schema in DOCUMENTED_SCHEMAS
        ),
        unread=tuple(tracer.unread),
    )


def _relation_entry(relation: Relation, tracer: Tracer) -> RelationEntry:
    return RelationEntry(
        relation=relation,
        columns=tuple(_column_entry(relation, column, tracer) for column in relation.columns),
        contract=f"{_CONTRACTS}/{file_name(relation.name)}"
        if relation.is_view and relation.schema in READER_SCHEMAS
        else "",
    )


def _column_entry(relation: Relation, column: Column, tracer: Tracer) -> ColumnEntry:
    is_key = column.name in relation.key
    if relation.schema not in TRACED:
        return ColumnEntry(column, is_key)
    found = tracer.trace(relation.name, column.name)
    return ColumnEntry(
        column=column,
        is_key=is_key,
        made_from=_made_from(found, relation),
        event_fields=tuple(_grouped(found.events)),
        untraced=tuple(found.untraced),
    )


def _made_from(found: Lineage, relation: Relation) -> tuple[str, ...]:
    core = [] if relation.schema == "core" else found.core
    return (*core, *found.reference, *found.given)


def _grouped(fields: Sequence[EventField]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entity in dict.fromkeys(each.entity for each in fields):
        yield entity, tuple(each.pointer for each in fields if each.entity == entity)


def render_pages(catalogue: Catalogue) -> dict[str, str]:
    """File name to content, of every page."""
    dictionary = build_dictionary(catalogue)
    pages = {f"{schema.name}.md": _schema_page(schema) for schema in dictionary.schemas}
    return {"README.md": _index_page(dictionary), **pages, HTML_PAGE: _html_page(dictionary)}


def stale_pages(wanted: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Names of the pages in a folder that are not the ones wanted, superfluous ones included."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*") if path.is_file()}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write_pages(wanted: Mapping[str, str], folder: Path = FOLDER) -> None:
    """Writes the pages, and deletes what is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        if path.is_file() and path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def _index_page(dictionary: Dictionary) -> str:
    lines = [_INTRODUCTION]
    for schema in dictionary.schemas:
        lines += [f"## [{schema.name}]({schema.name}.md)", "", schema.description, "", "| relation | |", "|---|---|"]
        lines += [
            f"| [`{entry.relation.name}`]({schema.name}.md#{_heading_anchor(entry.relation.name)}) "
            f"| {_cell(entry.relation.description)} |"
            for entry in schema.relations
        ]
        lines.append("")
    lines += ["## What could not be traced", ""]
    lost = [f"- `{name}`: {place}." for name, place in dictionary.untraced]
    lost += [f"- {problem}." for problem in dictionary.unread]
    return "\n".join([*lines, *(lost or ["Nothing."]), ""])


def _schema_page(schema: SchemaEntry) -> str:
    lines = [f"# {schema.name}", "", schema.description, "", "Generated; see [README.md](README.md).", ""]
    for entry in schema.relations:
        lines += [*_relation_lines(entry, schema), ""]
    if schema.functions:
        lines += ["## Functions", "", "| function | result | meaning |", "|---|---|---|"]
        lines += [
            f"| `{function.name}({_cell(function.arguments)})` | `{_cell(function.result)}` "
            f"| {_cell(function.description)} |"
            for function in schema.functions
        ]
        lines.append("")
    return "\n".join(lines)


def _relation_lines(entry: RelationEntry, schema: SchemaEntry) -> Iterator[str]:
    relation = entry.relation
    yield f"## {relation.name}"
    yield ""
    yield f"{'View' if relation.is_view else 'Table'}. {relation.description}"
    yield ""
    facts = []
    if relation.grain:
        facts.append(f"Grain: {relation.grain}.")
    if relation.key:
        facts.append(f"Key: {_code(relation.key)}.")
    if entry.contract:
        facts.append(f"[Contract]({entry.contract}).")
    yield " ".join(facts)
    yield ""
    headings = ["column", "type", "meaning"]
    headings += ["made from"] if schema.is_traced and not schema.is_core else []
    headings += ["event fields"] if schema.is_traced else []
    yield f"| {' | '.join(headings)} |"
    yield "|---" * len(headings) + "|"
    for each in entry.columns:
        column = each.column
        cells = [
            f"`{column.name}`{' (key)' if each.is_key else ''}",
            f"`{column.type}`{', not null' if column.is_required else ''}",
            _cell(column.description),
        ]
        if schema.is_traced and not schema.is_core:
            cells.append(", ".join(_source(name) for name in each.made_from))
        if schema.is_traced:
            fields = "; ".join(f"{entity} {_code(pointers)}" for entity, pointers in each.event_fields)
            cells.append(fields or ", ".join(each.made_from if schema.is_core else ()))
        yield f"| {' | '.join(cells)} |"


def _source(name: str) -> str:
    return name if " " in name else f"`{name}`"


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _heading_anchor(name: str) -> str:
    """The anchor that a Markdown heading gets."""
    return name.replace(".", "")


@cache
def read_words() -> Mapping[str, Mapping[str, str]]:
    """The page's own words: key to language to text."""
    found: Mapping[str, Mapping[str, str]] = json.loads(_template_file("words.json"))
    return found


def _html_page(dictionary: Dictionary) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.keep_trailing_newline = True
    environment.filters["breakable"] = _breakable
    template = environment.from_string(_template_file("dictionary.html"))
    words: Mapping[str, Any] = {key: texts["en"] for key, texts in read_words().items()}
    return template.render(
        dictionary=dictionary,
        schemas=dictionary.schemas,
        untraced=list(dictionary.untraced),
        word=words,
        words=read_words(),
        languages=LANGUAGES,
        style=_template_file("dictionary.css"),
        script=_template_file("dictionary.js"),
    )


def _breakable(name: str) -> Markup:
    """A name that a narrow column may break after its dots and slashes."""
    return Markup("").join(
        Markup("{}<wbr>").format(part) if part in {".", "/"} else escape(part) for part in re.split(r"([./])", name)
    )


def _template_file(name: str) -> str:
    return resources.files("arna.reading").joinpath("templates", name).read_text(encoding="utf-8")
