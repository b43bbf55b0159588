"""Strict JSON, with the reason for each refusal.

UTF-8 only, no NaN, no duplicate keys, depth ≤ 32, numbers bounded, no text that PostgreSQL cannot store.

This is the slow reader: it decides what is right. The fast one in ``decode.py`` must never accept more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from arna.contracts.fields import MAX_INTEGER
from arna.contracts.rules import RULES
from arna.contracts.shapes import FieldTree
from arna.errors import ContractError

MAX_BYTES: Final = 256 * 1024
"""Largest message, headers and key included."""

MAX_DEPTH: Final = 32
"""Deepest nesting of objects and arrays."""

_BOM: Final = b"\xef\xbb\xbf"
# Possessive, and an unclosed string runs to the end: linear time on any input.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
# More digits than 2^53 has, with a sign: no need to convert it to know.
_LONGEST_INTEGER: Final = 17

Path = tuple[str | int, ...]

Json = Any
"""A parsed JSON value."""


class _Wrong:
    """Stands in the parsed tree for a number that is not allowed."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id


_NOT_FINITE: Final = _Wrong("number_not_finite")
_OUT_OF_RANGE: Final = _Wrong("number_out_of_range")


class _Repeated(dict[str, Any]):
    """An object that had a key twice."""

    key: str = ""


def refuse(rule_id: str, path: Sequence[str | int] = ()) -> ContractError:
    """The error for a broken rule; the path must hold contract field names and indexes only."""
    pointer = "".join(f"/{part}" for part in path)
    return ContractError(RULES[rule_id].rejection_class.value, rule_id, pointer)


def decode_text(value: bytes) -> str:
    """The text of a message.

    Raises:
        ContractError: it is empty, has a byte order mark or is not UTF-8.
    """
    if not value:
        raise refuse("message_empty")
    if value.startswith(_BOM):
        raise refuse("byte_order_mark")
    # UTF-16 and UTF-32 of ASCII text are valid UTF-8 full of zeros.
    if 0 in value[:4]:
        raise refuse("not_utf8")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise refuse("not_utf8") from None


def parse_json(text: str) -> Json:
    """Parse JSON; what is wrong with numbers and keys is left in the tree for ``check_tree`` to name.

    Raises:
        ContractError: it is no JSON, or too deep.
    """
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise refuse("json_too_deep")
    try:
        return json.loads(
            text,
            object_pairs_hook=_read_object,
            parse_constant=lambda _: _NOT_FINITE,
            parse_int=_read_integer,
            parse_float=_read_float,
        )
    except (ValueError, RecursionError):
        raise refuse("json_malformed") from None


def _depth(text: str) -> int:
    deepest = depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) == len(pairs):
        return parsed
    repeated = _Repeated(parsed)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            repeated.key = key
            break
        seen.add(key)
    return repeated


def _read_integer(token: str) -> int | _Wrong:
    if len(token) > _LONGEST_INTEGER or abs(number := int(token)) > MAX_INTEGER:
        return _OUT_OF_RANGE
    return number


def _read_float(token: str) -> float | _Wrong:
    number = float(token)
    return _OUT_OF_RANGE if number in (float("inf"), float("-inf")) else number


def check_tree(node: Json, tree: FieldTree | None, path: Path = ()) -> None:
    """Check every number, key and text of a parsed message.

    Args:
        node: what was parsed.
        tree: the contract's field names below this node, None below an unknown field.
        path: where the node is, as far as the contract knows.

    Raises:
        ContractError: at the first thing that is wrong.
    """
    if isinstance(node, str):
        _check_text(node, path)
    elif isinstance(node, _Wrong):
        raise refuse(node.rule_id, path)
    elif isinstance(node, dict):
        if isinstance(node, _Repeated):
            raise refuse("duplicate_key", (*path, node.key) if tree and node.key in tree else path)
        for key, child in node.items():
            known = tree is not None and key in tree and key != "*"
            if not known:
                _check_text(key, path)
            check_tree(child, tree[key] if known and tree else None, (*path, key) if known else path)
    elif isinstance(node, list):
        known = tree is not None and "*" in tree
        below = tree["*"] if known and tree else None
        for index, child in enumerate(node):
            check_tree(child, below, (*path, index) if known else path)


def _check_text(text: str, path: Path) -> None:
    if "\x00" in text:
        raise refuse("null_character", path)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse("lone_surrogate", path) from None
