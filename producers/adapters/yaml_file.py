"""Reads YAML that people write: what is wrong with it is said with its line, in plain words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from arna.errors import ConfigError

MAX_BYTES: Final = 1_000_000
OPEN: Final = "???"
"""Stands in a file that Arna began for what a person has to fill in."""
_LISTED: Final = 5

Model = TypeVar("Model", bound=BaseModel)


class WrongPaths(ValueError):
    """Several places of a file that are wrong for one reason or another.

    Args:
        reasons: place, as the keys that lead to it, to what is wrong there.
    """

    def __init__(self, reasons: Mapping[tuple[str, ...], str]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(f"{' '.join(place)} {reason}" for place, reason in reasons.items()))


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file.

    Attributes:
        path: where it is.
        document: what it says.
        node: the same with lines.
    """

    path: Path
    document: dict[str, Any]
    node: yaml.Node | None

    def as_model(self, model: type[Model], words: Iterable[str] = ()) -> Model:
        """The file as a model.

        Args:
            model: the model.
            words: every key that may stand anywhere in such a file, for what is misspelt.

        Raises:
            ConfigError: it says what such a file cannot say; up to five places are named.
        """
        try:
            return model.model_validate(self.document)
        except ValidationError as error:
            raise ConfigError(self.path.name, _sentences(error, self.node, list(words))) from None


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars: ``no`` and ``2026-01-01`` are texts, and so is every key."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first))


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key is a list or a mapping", key.start_mark)
        if key.value in found:
            raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands there twice", key.start_mark)
        found[key.value] = loader.construct_object(value, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def read_yaml(path: Path, advice: str) -> YamlFile:
    """Reads a file.

    Args:
        path: where it is.
        advice: what to do when it is no such file.

    Raises:
        ConfigError: it cannot be read, is no YAML, is no mapping of keys to values, or is not complete.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(path.name, "is too large.")
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, _Loader)
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ConfigError(path.name, f"cannot be read ({type(error).__name__}).") from None
    except UnicodeDecodeError:
        raise ConfigError(path.name, "is not UTF-8.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(path.name, _syntax(error), advice) from None
    if not isinstance(document, dict):
        raise ConfigError(path.name, "holds no keys and values.", advice)
    if open_lines := list(_open_lines(node)):
        shown = ", ".join(map(str, open_lines[:_LISTED]))
        raise ConfigError(path.name, f"is not complete: {OPEN} in line {shown}.")
    return YamlFile(path, document, node)


def _open_lines(node: yaml.Node | None) -> Iterator[int]:
    if isinstance(node, yaml.ScalarNode) and node.value == OPEN:
        yield node.start_mark.line + 1
    for child in node.value if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) else ():
        yield from (line for part in (child if isinstance(child, tuple) else (child,)) for line in _open_lines(part))


def _syntax(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is nested too deeply"
    return f"line {mark.line + 1}: {problem}." if mark else f"{problem}."


def _sentences(error: ValidationError, node: yaml.Node | None, known: Sequence[str]) -> str:
    lines = []
    for found in error.errors(include_url=False, include_input=False):
        reason = found.get("ctx", {}).get("error")
        if isinstance(reason, WrongPaths):
            lines += [f"{_place(node, place)}: {text}." for place, text in reason.reasons.items()]
            continue
        words = _words(found["type"], str(found["loc"][-1]) if found["loc"] else "", found["msg"], known)
        lines.append(f"{_place(node, found['loc'])}: {words}")
    shown = lines[:_LISTED]
    if len(lines) > _LISTED:
        shown.append(f"… and {len(lines) - _LISTED} more")
    return shown[0] if len(shown) == 1 else "\n  " + "\n  ".join(shown)


def _place(node: yaml.Node | None, location: Sequence[str | int]) -> str:
    path = " → ".join(str(part) for part in location if not isinstance(part, int))
    return ", ".join(part for part in (_line(node, location), path) if part)


def _words(kind: str, name: str, message: str, known: Sequence[str]) -> str:
    match kind:
        case "extra_forbidden":
            near = difflib.get_close_matches(name, known, 1)
            return f"is not known here{f'; did you mean {near[0]}?' if near and near[0] != name else '.'}"
        case "missing":
            return "is missing."
        case _:
            plain = message.removeprefix("Value error, ").rstrip(".")
            return f"{plain[:1].lower()}{plain[1:]}."


def _line(node: yaml.Node | None, location: Sequence[str | int]) -> str:
    """The line of the deepest part of the document that leads to a location."""
    if node is None:
        return ""
    line = node.start_mark.line
    for part in location:
        below = _child(node, part)
        if below is None:
            # A single rule stands where a list of them may stand.
            if part == 0:
                continue
            break
        node, line = below
    return f"line {line + 1}"


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line
    return None
