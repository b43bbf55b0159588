"""The registry of sources: who may publish which entity. Kept in ``ops.source``; the lander asks ``SourceRegistry``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from arna.contracts.identifiers import find_iins, is_valid_bin
from arna.contracts.registry import Entity
from arna.contracts.rules import RejectionClass
from arna.errors import ConfigError, ContractError
from arna.warehouse.database import Database

_BIN_URN = "urn:kz:bin:"


def _check_uri(uri: str) -> str:
    if ":" not in uri or any(character.isspace() or not character.isprintable() for character in uri):
        message = "must be a URI such as urn:kz:bin:<BIN>"
        raise ValueError(message)
    if uri.startswith(_BIN_URN):
        if not is_valid_bin(uri.removeprefix(_BIN_URN)):
            message = "does not end in a valid BIN"
            raise ValueError(message)
    elif find_iins(uri):
        message = "must not hold a person's number"
        raise ValueError(message)
    return uri


def _check_bin(number: str) -> str:
    if not is_valid_bin(number):
        message = "is not a valid BIN"
        raise ValueError(message)
    return number


class SourceDefinition(BaseModel):
    """A source as an engineer describes it, on the command line or in a TOML file.

    Attributes:
        uri: the CloudEvents ``source`` of its events, normally ``urn:kz:bin:<BIN>``.
        name: name of the body or system.
        entities: what it may publish.
        bin: its business identification number; taken from the URI when that has it.
        contact: whom to ask about its data.
        achievement_types: Open Badges achievement types it may issue; None means any.
        language: language of the messages it gets.
        is_enabled: False: its events are refused as ``source_disabled``.
        requests_per_second: requests the gateway takes from it; None: the gateway's setting.
        events_per_second: events the gateway takes from it; None: the gateway's setting.
        max_batch_events: most events in one request to the gateway; None: the gateway's setting.
        key: what a file calls it, for the file's own readers; it is not stored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    uri: Annotated[str, Field(min_length=5, max_length=256), AfterValidator(_check_uri)]
    name: str = Field(min_length=1, max_length=500)
    entities: tuple[Entity, ...] = Field(min_length=1)
    bin: Annotated[str, AfterValidator(_check_bin)] | None = None
    contact: str | None = None
    achievement_types: tuple[str, ...] | None = Field(default=None, min_length=1)
    language: Literal["kk", "ru", "en"] = "ru"
    is_enabled: bool = True
    requests_per_second: int | None = Field(default=None, ge=1, le=1_000_000)
    events_per_second: int | None = Field(default=None, ge=1, le=1_000_000)
    max_batch_events: int | None = Field(default=None, ge=1, le=10_000)
    key: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_bin_from_uri(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("bin") is None:
            uri = values.get("uri")
            if isinstance(uri, str) and uri.strip().startswith(_BIN_URN):
                return {**values, "bin": uri.strip().removeprefix(_BIN_URN)}
        return values


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source. Fields as the columns of ``ops.source``."""

    source_id: int
    source_uri: str
    bin: str | None
    name: str
    contact: str | None
    entities: tuple[str, ...]
    achievement_types: tuple[str, ...] | None
    language_code: str
    is_enabled: bool
    requests_per_second: int | None
    events_per_second: int | None
    max_batch_events: int | None
    registered_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import of definitions did."""

    added: int
    changed: int
    unchanged: int


def register_source(database: Database, definition: SourceDefinition) -> Literal["added", "changed", "unchanged"]:
    """Adds a source, or makes the registered one equal to the definition."""
    return _upsert(database, [definition])[0]


def import_sources(database: Database, path: Path) -> ImportResult:
    """Registers all sources of a file in one transaction; doing it again changes nothing.

    Raises:
        ConfigError: the file cannot be read or a definition is wrong; nothing was registered.
    """
    outcomes = _upsert(database, read_definitions(path))
    return ImportResult(outcomes.count("added"), outcomes.count("changed"), outcomes.count("unchanged"))


def read_definitions(path: Path) -> list[SourceDefinition]:
    """The definitions of a TOML file: one ``[[source]]`` table each, keys as in ``SourceDefinition``.

    Raises:
        ConfigError: naming the table and the key.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("source")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read as TOML ({type(error).__name__}).") from None
    if not isinstance(tables, list) or not tables:
        raise ConfigError(str(path), "has no [[source]] tables.")
    definitions = [define_source(table, f"{path}: source {number}") for number, table in enumerate(tables, start=1)]
    uris = [definition.uri for definition in definitions]
    if twice := next((uri for uri in uris if uris.count(uri) > 1), None):
        raise ConfigError(str(path), f"describes {twice} twice.")
    return definitions


def define_source(values: dict[str, Any], place: str) -> SourceDefinition:
    """Checks a definition.

    Raises:
        ConfigError: naming the place and the key.
    """
    try:
        return SourceDefinition.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "definition"
        raise ConfigError(f"{place}, {key}", f"{first['msg'].removeprefix('Value error, ')}.") from None


def list_sources(database: Database) -> list[Source]:
    """All registered sources, by number."""
    return [_source(row) for row in database.fetch_all("ops/list_sources.sql")]


def set_enabled(database: Database, uri: str, *, is_enabled: bool) -> bool:
    """Lets a source publish, or stops it.

    Returns:
        Whether that changed anything.

    Raises:
        ConfigError: it is not registered.
    """
    found = database.fetch_one("ops/set_source_enabled.sql", {"source_uri": uri, "is_enabled": is_enabled})
    if found is None:
        raise ConfigError(uri, "is not a registered source.", "See `arna source list`.")
    return bool(found["was_enabled"]) is not is_enabled


class SourceRegistry:
    """The registered sources in memory, for the lander; never more than ``max_age_seconds`` behind.

    Args:
        database: a connection whose sessions do not overlap with the calls here.
        max_age_seconds: how long a source that was disabled may still pass.
        clock: seconds that only grow.
    """

    _SECONDS_BETWEEN_LOOKUPS = 1.0

    def __init__(
        self, database: Database, max_age_seconds: float = 10.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._database = database
        self._max_age = max_age_seconds
        self._clock = clock
        self._sources: dict[str, Source] = {}
        self._read_at: float | None = None

    def resolve(self, source_uri: str, entity: str) -> int:
        """The number of a source that may publish an entity now.

        Raises:
            ContractError: class ``source_unknown``: it is not registered, disabled, or may not publish this entity.
            WarehouseUnavailable: the registry had to be read and could not be.
        """
        self.refresh(self._max_age)
        source = self._sources.get(source_uri)
        if source is None or not source.is_enabled or entity not in source.entities:
            # It may have been registered a moment ago; a flood of unknown events must not become a flood of queries.
            self.refresh(self._SECONDS_BETWEEN_LOOKUPS)
            source = self._sources.get(source_uri)
        if source is None:
            # An unknown source is whatever the sender wrote: it is repeated only where no person's number can be in it.
            shown = None if find_iins(source_uri) else source_uri
            raise ContractError(RejectionClass.SOURCE_UNKNOWN, "source_not_registered", "/source", source=shown)
        if not source.is_enabled:
            raise ContractError(RejectionClass.SOURCE_UNKNOWN, "source_disabled", "/source", source=source_uri)
        if entity not in source.entities:
            raise ContractError(RejectionClass.SOURCE_UNKNOWN, "source_not_allowed", "/source", source=source_uri)
        return source.source_id

    def find_id(self, source_uri: str | None) -> int | None:
        """The number of a source whatever it may do, for a rejection's row; never reads the database."""
        source = self._sources.get(source_uri) if source_uri is not None else None
        return source.source_id if source is not None else None

    def refresh(self, max_age_seconds: float = 0.0) -> None:
        """Reads the registry unless what is known is younger than that."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= max_age_seconds:
            self._sources = {source.source_uri: source for source in list_sources(self._database)}
            self._read_at = now


def _upsert(
    database: Database, definitions: Iterable[SourceDefinition]
) -> list[Literal["added", "changed", "unchanged"]]:
    outcomes: list[Literal["added", "changed", "unchanged"]] = []
    with database.session() as session:
        for definition in definitions:
            row = session.fetch_one(
                "ops/upsert_source.sql",
                {
                    "source_uri": definition.uri,
                    "bin": definition.bin,
                    "name": definition.name,
                    "contact": definition.contact,
                    "entities": sorted({str(entity) for entity in definition.entities}),
                    "achievement_types": (
                        None if definition.achievement_types is None else sorted(set(definition.achievement_types))
                    ),
                    "language_code": definition.language,
                    "is_enabled": definition.is_enabled,
                    "requests_per_second": definition.requests_per_second,
                    "events_per_second": definition.events_per_second,
                    "max_batch_events": definition.max_batch_events,
                },
            )
            # No row: the registered one was equal already, so nothing was written.
            outcomes.append("unchanged" if row is None else "added" if row["is_added"] else "changed")
    return outcomes


def _source(row: dict[str, Any]) -> Source:
    types = row["achievement_types"]
    return Source(
        **{
            **row,
            "entities": tuple(row["entities"]),
            "achievement_types": None if types is None else tuple(types),
        }
    )
