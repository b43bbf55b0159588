"""The source registry on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.identifiers import make_synthetic_bin
from arna.errors import ConfigError, ContractError
from arna.settings import get_settings
from arna.sources import (
    SourceDefinition,
    SourceRegistry,
    import_sources,
    list_sources,
    register_source,
    set_enabled,
)
from arna.warehouse.database import Database

pytestmark = pytest.mark.integration

URI = f"urn:kz:bin:{make_synthetic_bin(1)}"
TOML = f"""
[[source]]
uri = "{URI}"
name = "Қазақ мектебі"
entities = ["enrolment", "certification"]
language = "kk"

[[source]]
uri = "urn:test:portal"
name = "Portal"
entities = ["vacancy"]
achievement_types = ["Certificate"]
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url) as database:
        yield database


def define(**values: object) -> SourceDefinition:
    return SourceDefinition.model_validate({"uri": URI, "name": "One", "entities": ["vacancy"], **values})


def test_registering_again_changes_only_what_differs(database: Database) -> None:
    assert register_source(database, define()) == "added"
    assert register_source(database, define()) == "unchanged"
    assert register_source(database, define(name="Two", entities=["vacancy", "enrolment"])) == "changed"
    [source] = list_sources(database)
    assert (source.name, source.entities, source.bin) == ("Two", ("enrolment", "vacancy"), make_synthetic_bin(1))


def test_importing_a_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(TOML, encoding="utf-8")
    first, second = import_sources(database, path), import_sources(database, path)
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.added, second.changed, second.unchanged) == (0, 0, 2)


def test_the_demo_sources_can_be_imported(database: Database) -> None:
    path = Path(__file__).parents[2] / "producers" / "samples" / "sources.toml"
    assert import_sources(database, path).added > 0


def test_a_wrong_file_registers_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(TOML.replace("urn:test:portal", "urn:kz:bin:123456789012"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"source 2, (uri|bin).*BIN"):
        import_sources(database, path)
    assert list_sources(database) == []


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refusal(registry: SourceRegistry, uri: str, entity: str) -> str:
    with pytest.raises(ContractError) as caught:
        registry.resolve(uri, entity)
    assert caught.value.rejection_class == "source_unknown"
    return caught.value.rule_id


def test_the_registry_tells_unknown_disabled_and_not_allowed_apart(database: Database) -> None:
    clock = Clock()
    registry = SourceRegistry(database, 10.0, clock)
    assert refusal(registry, URI, "vacancy") == "source_not_registered"
    register_source(database, define())
    assert refusal(registry, URI, "vacancy") == "source_not_registered", "asked again too soon"
    clock.now += 1.5
    assert registry.resolve(URI, "vacancy") == list_sources(database)[0].source_id
    assert refusal(registry, URI, "enrolment") == "source_not_allowed"
    set_enabled(database, URI, is_enabled=False)
    clock.now += 5
    assert registry.resolve(URI, "vacancy"), "known for ten seconds"
    clock.now += 6
    assert refusal(registry, URI, "vacancy") == "source_disabled"
    assert registry.find_id(URI) is not None


def test_an_unknown_source_with_a_persons_number_is_not_repeated(database: Database) -> None:
    from arna.contracts.identifiers import make_synthetic_iin

    with pytest.raises(ContractError) as caught:
        SourceRegistry(database).resolve(f"urn:x:{make_synthetic_iin(3)}", "vacancy")
    assert caught.value.source is None


def test_the_command_line_adds_lists_and_disables(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", database_url)
    get_settings.cache_clear()
    try:
        runner, app = CliRunner(), build_app()
        added = runner.invoke(app, ["source", "add", URI, "--name", "One", "--entity", "vacancy"])
        assert (added.exit_code, added.output) == (0, f"{URI}: added.\n")
        assert "disabled" in runner.invoke(app, ["source", "disable", URI]).output
        assert '"is_enabled": false' in runner.invoke(app, ["source", "list", "--json"]).output
        assert "disabled" in runner.invoke(app, ["source", "list"]).output
        assert isinstance(runner.invoke(app, ["source", "disable", "urn:none:x"]).exception, ConfigError)
    finally:
        get_settings.cache_clear()
