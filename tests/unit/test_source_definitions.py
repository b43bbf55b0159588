"""What may be said of a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.errors import ConfigError
from arna.sources import define_source, read_definitions

pytestmark = pytest.mark.unit

BIN = make_synthetic_bin(1)


def define(**values: object) -> object:
    return define_source({"uri": f"urn:kz:bin:{BIN}", "name": "One", "entities": ["vacancy"], **values}, "source")


def test_the_bin_is_taken_from_the_uri() -> None:
    assert define().bin == BIN  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"uri": "urn:kz:bin:123456789012", "bin": BIN}, "uri"),
        ({"uri": "no scheme"}, "uri"),
        ({"uri": f"urn:person:{make_synthetic_iin(1)}"}, "uri"),
        ({"bin": "500140000018"}, "bin"),
        ({"entities": []}, "entities"),
        ({"entities": ["salary"]}, "entities"),
        ({"language": "de"}, "language"),
        ({"name": " "}, "name"),
        ({"password": "x"}, "password"),
        ({"achievement_types": []}, "achievement_types"),
    ],
)
def test_a_wrong_definition_is_refused_by_its_key_without_its_value(values: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        define(**values)
    assert str(caught.value).startswith(f"source, {key}")
    assert make_synthetic_iin(1) not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("source = 1", "no ..source.. tables"), ("[[source", "cannot be read as TOML"), ("", "no ..source.. tables")],
)
def test_a_file_without_sources_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        read_definitions(path)


def test_a_source_described_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nuri = "urn:kz:bin:{BIN}"\nname = "One"\nentities = ["vacancy"]\n' * 2)
    with pytest.raises(ConfigError, match="twice"):
        read_definitions(path)
