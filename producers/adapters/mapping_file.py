"""Finds and reads mappings: by path, or by the name of one that comes with Arna."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from arna.errors import ConfigError
from producers.adapters.mapping_model import Condition, FieldRule, FileRules, MappingRules, NumberRules, VersionRule
from producers.adapters.yaml_file import read_yaml

SHIPPED: Final = Path(__file__).parent.parent / "mappings"
"""Mappings that come with Arna; they can be named without a path."""
SUFFIXES: Final = (".yaml", ".yml")
_MODELS: Final = (Condition, FieldRule, FileRules, MappingRules, NumberRules, VersionRule)
_WORDS: Final = sorted({info.alias or key for model in _MODELS for key, info in model.model_fields.items()})


def find_mapping(name: str, shapes: Collection[str] = ()) -> MappingRules:
    """The mapping of a path, or the one that comes with Arna under this name.

    Args:
        name: what the user wrote.
        shapes: names of shapes that are no mappings, for the message.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    if name.lower().endswith(SUFFIXES):
        return load_mapping(Path(name))
    shipped = {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}
    if name in shipped:
        return load_mapping(shipped[name])
    known = ", ".join(["contract", *shapes, *shipped])
    raise ConfigError("--from", f"there is no shape {name}.", f"Known are {known}, or the path of a mapping (.yaml).")


def load_mapping(path: Path) -> MappingRules:
    """Reads and checks a mapping.

    Raises:
        ConfigError: it cannot be read, is no YAML, or says what no mapping may say.
    """
    file = read_yaml(path, "Compare it with docs/how-to/write-a-mapping.md, or begin with `arna map new`.")
    file.document.setdefault("name", _name_of(path))
    return file.as_model(MappingRules, _WORDS)


def _name_of(path: Path) -> str:
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in path.stem.lower())
    return f"m_{letters}"[:64] if not letters[:1].isalpha() else letters[:64]
