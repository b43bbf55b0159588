"""The registered sources of the demo and the generator, by key; read from ``samples/sources.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
"""Small files of our own that stand in for third-party ones."""
SOURCES_FILE = SAMPLES / "sources.toml"
"""What ``arna source import`` registers for the demo."""


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A registered source.

    Attributes:
        key: how adapters and the generator name it.
        uri: CloudEvents source.
        bin: BIN of the body.
        name: its name.
    """

    key: str
    uri: str
    bin: str
    name: str


@cache
def known_sources() -> dict[str, KnownSource]:
    """Every source of the file, by key."""
    entries = tomllib.loads(SOURCES_FILE.read_text(encoding="utf-8"))["source"]
    return {entry["key"]: KnownSource(entry["key"], entry["uri"], entry["bin"], entry["name"]) for entry in entries}
