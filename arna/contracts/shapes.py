"""What the models say, in the two forms that decoding needs.

Both are derived from the models' core schemas, so that there is one source of truth:

* a *field tree* of contract field names, by which a JSON pointer is made of known names only;
* *types* for msgspec, which parses and checks a message in one pass, several times faster than a
  parser followed by pydantic. They know types, lengths and ranges; the patterns in ``CHECKED_ELSEWHERE`` and
  what the models' validators say is checked by hand in ``decode.py``. There are two of each: a *structure*, which is
  quickest to make and to read and knows no other field, and a *dictionary*, which keeps the order of the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import TypeAdapter

from arna.contracts.fields import (
    ACHIEVEMENT_TYPE_PATTERN,
    BIN_PATTERN,
    DATE_PATTERN,
    EMPLOYER_PATTERN,
    IIN_PATTERN,
    KATO_PATTERN,
    Contract,
)

CHECKED_ELSEWHERE: Final = frozenset(
    {ACHIEVEMENT_TYPE_PATTERN, BIN_PATTERN, DATE_PATTERN, EMPLOYER_PATTERN, IIN_PATTERN, KATO_PATTERN}
)
"""Patterns that the fast path checks with functions that are quicker than a regular expression."""

FieldTree = Mapping[str, Any]
"""Field name to the fields below it; ``*`` stands for the items of a list."""

MessageType = Any
"""A type that msgspec can decode to, made while the program runs."""

Structure = Any
"""A value of a type that ``make_structure`` made."""

Field = tuple[str, MessageType, bool]
"""Name, type, and whether it may be left out."""

Maker = Callable[[str, Iterable[Field]], MessageType]
"""Makes the type of an object from its name and its fields."""

_WRAPPERS: Final = frozenset({"default", "function-after", "nullable", "model"})


def core_schema_of(model: type[Contract]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A model's core schema and the definitions that it refers to, by name."""
    schema: Mapping[str, Any] = TypeAdapter(model).core_schema
    if schema["type"] != "definitions":
        return schema, {}
    return schema["schema"], {definition["ref"]: definition for definition in schema["definitions"]}


def field_tree(model: type[Contract]) -> FieldTree:
    """The names of a model's fields, nested as they are."""
    schema, definitions = core_schema_of(model)
    return _tree(schema, definitions)


def _tree(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> FieldTree:
    kind = schema["type"]
    if kind == "definition-ref":
        return _tree(definitions[schema["schema_ref"]], definitions)
    if kind in _WRAPPERS:
        return _tree(schema["schema"], definitions)
    if kind == "model-fields":
        return {name: _tree(field["schema"], definitions) for name, field in schema["fields"].items()}
    if kind == "list":
        return {"*": _tree(schema["items_schema"], definitions)}
    return {}


def make_structure(name: str, fields: Iterable[Field]) -> MessageType:
    """A type whose fields are attributes, ``UNSET`` where they were left out; other fields are refused."""
    members = [(field, kind | UnsetType, UNSET) if optional else (field, kind) for field, kind, optional in fields]
    # Trees of these have no cycles, and half a million of them are made at a time.
    return msgspec.defstruct(name, members, kw_only=True, forbid_unknown_fields=True, gc=False)


def make_dictionary(name: str, fields: Iterable[Field]) -> MessageType:
    """A type whose values are dictionaries in the order in which they were read."""
    members = {field: NotRequired[kind] if optional else kind for field, kind, optional in fields}
    return TypedDict(name, members)  # type: ignore[operator]


def message_type(model: type[Contract], make: Maker) -> MessageType:
    """A model as a type for msgspec, its objects made by ``make``."""
    schema, definitions = core_schema_of(model)
    return _type(schema, definitions, make)


def _type(schema: Mapping[str, Any], definitions: Mapping[str, Any], make: Maker) -> MessageType:
    kind = schema["type"]
    if kind == "definition-ref":
        return _type(definitions[schema["schema_ref"]], definitions, make)
    if kind in {"default", "function-after", "model"}:
        return _type(schema["schema"], definitions, make)
    if kind == "nullable":
        return _type(schema["schema"], definitions, make) | None
    if kind == "model-fields":
        fields = [
            (name, _type(field["schema"], definitions, make), field["schema"]["type"] == "default")
            for name, field in schema["fields"].items()
        ]
        return make(schema["model_name"], fields)
    if kind == "list":
        item = _type(schema["items_schema"], definitions, make)
        return Annotated[list[item], msgspec.Meta(max_length=schema.get("max_length"))]  # type: ignore[valid-type]
    if kind == "union":
        choices = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
        return reduce(or_, [_type(choice, definitions, make) for choice in choices])
    return _scalar(schema)


def _scalar(schema: Mapping[str, Any]) -> MessageType:
    kind = schema["type"]
    if kind == "literal":
        return Literal[tuple(schema["expected"])]
    if not schema.get("strict"):
        message = f"a contract field of type {kind} is not strict"
        raise TypeError(message)
    if kind == "bool":
        return bool
    if kind == "int":
        return Annotated[int, msgspec.Meta(ge=schema.get("ge"), le=schema.get("le"))]
    if kind == "float":
        # A whole number stays whole: what was sent is what is kept.
        limits = msgspec.Meta(ge=schema.get("ge"), le=schema.get("le"))
        return Annotated[int, limits] | Annotated[float, limits]
    if kind == "str":
        pattern = schema.get("pattern")
        if pattern in CHECKED_ELSEWHERE:
            return str
        # Python's $ also matches before a last line feed.
        pattern = pattern and pattern[:-1] + r"\Z"
        limits = msgspec.Meta(min_length=schema.get("min_length"), max_length=schema.get("max_length"), pattern=pattern)
        return Annotated[str, limits]
    message = f"no message type for a core schema of type {kind}"
    raise TypeError(message)
