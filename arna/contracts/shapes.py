"""What the models say, in the two forms that decoding needs.

Both are derived from the models' core schemas, so that there is one source of truth:

* a *field tree* of contract field names, by which a JSON pointer is made of known names only;
* a *type* for msgspec, which parses and checks a message in one pass, several times faster than a
  parser followed by pydantic. It knows types, lengths and ranges; the patterns in ``CHECKED_ELSEWHERE`` and
  what the models' validators say is checked by hand in ``decode.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

import msgspec
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


def message_type(model: type[Contract]) -> MessageType:
    """A model as a type that msgspec decodes to plain dictionaries."""
    schema, definitions = core_schema_of(model)
    return _type(schema, definitions)


def _type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> MessageType:
    kind = schema["type"]
    if kind == "definition-ref":
        return _type(definitions[schema["schema_ref"]], definitions)
    if kind in {"default", "function-after", "model"}:
        return _type(schema["schema"], definitions)
    if kind == "nullable":
        return _type(schema["schema"], definitions) | None
    if kind == "model-fields":
        return _typed_dict(schema, definitions)
    if kind == "list":
        item = _type(schema["items_schema"], definitions)
        return Annotated[list[item], msgspec.Meta(max_length=schema.get("max_length"))]  # type: ignore[valid-type]
    if kind == "union":
        choices = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
        return reduce(or_, [_type(choice, definitions) for choice in choices])
    return _scalar(schema)


def _typed_dict(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> MessageType:
    fields: dict[str, Any] = {}
    for name, field in schema["fields"].items():
        kind = _type(field["schema"], definitions)
        fields[name] = NotRequired[kind] if field["schema"]["type"] == "default" else kind
    return TypedDict(schema["model_name"], fields)  # type: ignore[operator]


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
