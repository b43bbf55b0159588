"""Which shapes of file can be published, and what reads each: the list behind ``arna publish --from``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters import (
    headhunter,
    job_posting,
    oneroster,
    oneroster_json,
    open_badges,
    oulad,
    school_data_sync,
    tabular,
)
from producers.adapters.cells import DateFormat, convert_text
from producers.adapters.roster_events import RosterOptions
from producers.adapters.text_files import TextFormat, delimiter_named, encoding_named
from producers.identities import Identities
from producers.known_sources import KnownSource, known_sources
from producers.places import Places, built_in_places
from producers.rows import AdaptedRow
from producers.versions import VersionMemory, count_versions

CONTRACT: Final = "contract"
"""Name of the contract's own shape."""
MAPPING_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What is to be read, and all that a user may say about it.

    Attributes:
        entity: what the files hold.
        paths: files or folders.
        source: CloudEvents source; None is the shape's own.
        moment: when it happened, for records that do not say.
        identities: where missing identity numbers come from.
        defaults: contract fields by name, as text, for what the files lack.
        record_version: version of records that have none.
        encoding: of text files; None where nothing is declared.
        delimiter: of text files; None where nothing is declared.
        dates: how dates are written; None is ISO 8601.
        ignored: columns to leave out.
        places: names of places to KATO codes.
        dry_run: nothing is to be sent, so nothing is to be remembered.
        counts_versions: records without a version get one counted from what this machine published last.
        iin_column: column of a roster's users that holds their IIN.
        status_lists: files of revocation lists and status lists of certificates.
        contexts: folder of JSON-LD contexts, for the signatures of certificates.
        certificates: counts what reading certificates finds beside its rows.
    """

    entity: Entity
    paths: list[Path]
    source: str | None = None
    moment: datetime | None = None
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, str] = field(default_factory=dict)
    record_version: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    dates: DateFormat | None = None
    ignored: frozenset[str] = frozenset()
    places: Places = field(default_factory=built_in_places)
    dry_run: bool = False
    counts_versions: bool = False
    iin_column: str | None = None
    status_lists: tuple[Path, ...] = ()
    contexts: Path | None = None
    certificates: open_badges.CertificateReport = field(default_factory=open_badges.CertificateReport)

    def form(self, declared: TextFormat | None = None) -> TextFormat:
        """How text files are written: as the user says, else as a mapping declares."""
        declared = declared or TextFormat()
        return TextFormat(
            encoding_named(self.encoding) if self.encoding else declared.encoding,
            delimiter_named(self.delimiter) if self.delimiter else declared.delimiter,
            declared.heading,
        )

    def typed_defaults(self) -> dict[str, Any]:
        """The defaults with the contract's types."""
        kinds = tabular.field_kinds(self.entity)
        return {name: convert_text(value, kinds.get(name)) for name, value in self.defaults.items()}


Reader = Callable[[ReadRequest, KnownSource], Iterator[AdaptedRow]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of file.

    Attributes:
        entities: what it can hold.
        source_key: the known source that stands for it where none is given.
        read: its reader.
    """

    entities: frozenset[Entity]
    source_key: str
    read: Reader


def _roster(read: Callable[[list[Path], RosterOptions], Iterator[AdaptedRow]]) -> Reader:
    """The reader of a format of rosters; it counts the versions of rows that have none."""

    def read_roster(request: ReadRequest, source: KnownSource) -> Iterator[AdaptedRow]:
        defaults = request.typed_defaults()
        if request.identities.synthetic:
            # Where everybody is invented, so is the place.
            defaults = {"kato": "710000000", "language": "other", "funding": "other", **defaults}
        with VersionMemory.open(remember=not request.dry_run) as memory:
            options = RosterOptions(
                source.uri,
                request.identities,
                defaults,
                request.moment.date() if request.moment else None,
                request.record_version,
                request.iin_column,
                request.form().encoding,
                memory,
            )
            yield from read(request.paths, options)

    return read_roster


def _open_badges(request: ReadRequest, source: KnownSource) -> Iterator[AdaptedRow]:
    options = open_badges.OpenBadgesOptions(
        source.uri,
        request.identities,
        issuer_bin=request.defaults.get("issuer.bin"),
        record_version=request.record_version,
        moment=request.moment,
        status_lists=request.status_lists,
        contexts=request.contexts,
    )
    return open_badges.read_certificates(request.paths, options, request.certificates)


def _job_posting(request: ReadRequest, source: KnownSource) -> Iterator[AdaptedRow]:
    options = job_posting.JobPostingOptions(
        source.uri, request.places, request.identities, request.typed_defaults(), request.record_version
    )
    return job_posting.read_vacancies(request.paths, options)


def _oulad(request: ReadRequest, _: KnownSource) -> Iterator[AdaptedRow]:
    reader = oulad.read_enrolments if request.entity is Entity.ENROLMENT else oulad.read_certificates
    return reader(request.paths, request.form().encoding)


def _portal(request: ReadRequest, source: KnownSource) -> headhunter.PortalOptions:
    return headhunter.PortalOptions(source, request.places, request.identities, request.record_version, request.form())


def _hh_raw(request: ReadRequest, source: KnownSource) -> Iterator[AdaptedRow]:
    return (row for path in request.paths for row in headhunter.read_raw(path, _portal(request, source)))


def _hh_clean(request: ReadRequest, source: KnownSource) -> Iterator[AdaptedRow]:
    return (row for path in request.paths for row in headhunter.read_clean(path, _portal(request, source)))


_ENROLMENT: Final = frozenset({Entity.ENROLMENT})
_VACANCY: Final = frozenset({Entity.VACANCY})
SHAPES: Final[Mapping[str, Shape]] = {
    "oneroster": Shape(_ENROLMENT, "school", _roster(oneroster.read_enrolments)),
    "oneroster_json": Shape(_ENROLMENT, "school", _roster(oneroster_json.read_enrolments)),
    "sds": Shape(_ENROLMENT, "school", _roster(school_data_sync.read_enrolments)),
    "open_badges": Shape(frozenset({Entity.CERTIFICATION}), "badges", _open_badges),
    "job_posting": Shape(_VACANCY, "job_portal", _job_posting),
    "hh_raw": Shape(_VACANCY, "job_portal", _hh_raw),
    "hh_clean": Shape(_VACANCY, "job_portal", _hh_clean),
    "oulad": Shape(frozenset({Entity.ENROLMENT, Entity.CERTIFICATION}), "open_university", _oulad),
}
"""Shape by name, beside the contract's own and what a mapping describes."""


def read_shape(name: str, request: ReadRequest) -> Iterator[AdaptedRow]:
    """The records of files in a shape.

    Args:
        name: ``contract``, a key of ``SHAPES``, the path of a mapping, or the name of one that comes with Arna.
        request: what to read.

    Raises:
        ConfigError: there is no such shape, or it does not hold the entity; while reading: a file cannot be read.
    """
    rows = _read(name, request)
    if not request.counts_versions:
        return rows
    return _counted(rows, request.dry_run)


def _counted(rows: Iterator[AdaptedRow], dry_run: bool) -> Iterator[AdaptedRow]:
    with VersionMemory.open(remember=not dry_run) as memory:
        yield from count_versions(rows, memory)


def _read(name: str, request: ReadRequest) -> Iterator[AdaptedRow]:
    if name == CONTRACT:
        return _contract(request)
    if shape := SHAPES.get(name):
        if request.entity not in shape.entities:
            held = sorted(shape.entities)
            raise ConfigError("--from", f"{name} holds {' and '.join(held)}.", f"`arna publish {held[0]} …`")
        known = known_sources()[shape.source_key]
        return shape.read(request, KnownSource(known.key, request.source or known.uri, known.bin, known.name))
    return _mapped(name, request)


def _contract(request: ReadRequest) -> Iterator[AdaptedRow]:
    options = tabular.TabularOptions(
        request.source, request.moment, request.identities, request.typed_defaults(), request.form(), request.dates,
        request.ignored,
    )  # fmt: skip
    return (row for path in request.paths for row in tabular.read_rows(path, request.entity, options))


def _mapped(name: str, request: ReadRequest) -> Iterator[AdaptedRow]:
    from producers.adapters.mapping import MappingOptions, read_rows
    from producers.adapters.mapping_file import find_mapping

    mapping = find_mapping(name, tuple(SHAPES))
    if mapping.entity is not request.entity:
        raise ConfigError("--from", f"{name} is a mapping for {mapping.entity}.", f"`arna publish {mapping.entity} …`")
    options = MappingOptions(
        request.source, request.moment, request.identities, request.typed_defaults(), request.record_version,
        request.places, request.form(mapping.file.form()), request.dry_run,
    )  # fmt: skip
    return (row for path in request.paths for row in read_rows(path, mapping, options))
