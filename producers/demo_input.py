"""What the demo publishes: the real files of a data folder where there is one, small samples of our own elsewhere.

for job in plan(Path("../shared/data")):
    result = job.publish(publisher, advance)
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from arna.contracts.registry import Entity
from producers.adapters import headhunter, oneroster, open_badges, oulad, tabular
from producers.adapters.roster_events import RosterOptions
from producers.direct import DirectPublisher
from producers.generator import DEFAULT_AS_OF, CohortSummary, generate_cohort, publish_cohort
from producers.identities import Identities
from producers.known_sources import SAMPLES, known_sources
from producers.places import built_in_places, places_of
from producers.publishing import publish_rows
from producers.rows import AdaptedRow

DEFAULT_PEOPLE: Final = 20_000
DEFAULT_DIRTY: Final = 0.01
DEFAULT_SEED: Final = 1
_ROSTER_DEFAULTS: Final = {"kato": "710000000", "language": "en", "funding": "state_grant"}

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What became of one publishing job.

    Attributes:
        read: records read; read = accepted + refused + unknown.
        accepted: records that Kafka acknowledged.
        refused: records that were not published.
        unknown: records without an answer.
        unchecked: of the accepted, those sent although they break their contract.
        refusals: refused records by class and rule.
        iins: every identity number that may have been published, for a privacy scan; never printed.
        manifest: of the generator: what must become of its events.
    """

    read: int
    accepted: int
    refused: int
    unknown: int
    unchecked: int = 0
    refusals: dict[tuple[str, str], int] = field(default_factory=dict)
    iins: frozenset[str] = field(default_factory=frozenset, repr=False)
    manifest: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DemoInput:
    """One publishing job.

    Attributes:
        name: what it is, for a progress bar.
        entity: what it holds; None is several.
        total: how many records, about; for a progress bar.
        publish: does it: gets the publisher and a function that hears of further records.
    """

    name: str
    entity: Entity | None
    total: int
    publish: Callable[[DirectPublisher, Advance], DemoResult]


def plan(
    shared_data: Path | None,
    people: int = DEFAULT_PEOPLE,
    dirty: float = DEFAULT_DIRTY,
    seed: int = DEFAULT_SEED,
) -> list[DemoInput]:
    """The jobs of the demo, in order.

    Args:
        shared_data: folder with the real files; None, or a folder without them: the samples.
        people: size of the synthetic cohort; 0 leaves it out.
        dirty: pieces of dirt for each of its clean events.
        seed: what the cohort follows from.
    """
    has_data = shared_data is not None and (shared_data / "enrolment").is_dir()
    jobs = list(_real(shared_data) if has_data and shared_data is not None else _samples())
    return [*jobs, _cohort(people, dirty, seed)] if people else jobs


def _job(
    name: str, entity: Entity, total: int, rows: Callable[[], Iterator[AdaptedRow]], *, unchecked: bool = False
) -> DemoInput:
    def publish(publisher: DirectPublisher, advance: Advance) -> DemoResult:
        report = publish_rows(rows(), publisher, unchecked=unchecked, on_progress=advance)
        if report.failure is not None:
            raise report.failure
        return DemoResult(
            report.read,
            report.accepted,
            report.refused,
            report.unknown,
            report.unchecked,
            dict(report.by_rule),
            frozenset(report.iins),
        )

    return DemoInput(name, entity, total, publish)


def _cohort(people: int, dirty: float, seed: int) -> DemoInput:
    def publish(publisher: DirectPublisher, advance: Advance) -> DemoResult:
        summary = CohortSummary({"people": people, "seed": seed, "dirty": dirty}, people)
        publish_cohort(generate_cohort(people, seed, dirty), publisher, summary, advance)
        counts = summary.deliveries
        return DemoResult(
            summary.messages,
            counts["delivered"],
            counts["refused"],
            counts["unknown"],
            iins=frozenset(summary.iins()),
            manifest=summary.as_json(),
        )

    # 2.43 clean events a person; a piece of dirt is 1.35 messages.
    return DemoInput(f"synthetic cohort of {people:,} people", None, int(people * 2.43 * (1 + 1.35 * dirty)), publish)


def _records(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1


def _real(folder: Path) -> Iterator[DemoInput]:
    synthetic = Identities(synthetic=True)
    students = folder / "enrolment" / "oulad_2013"
    if students.is_dir():
        with (students / "studentInfo.csv").open(encoding="utf-8-sig", newline="") as lines:
            results = [row["final_result"] for row in csv.DictReader(lines)]
        passed = sum(result in oulad.PASSED for result in results)
        yield _job("OULAD 2013 enrolments", Entity.ENROLMENT, len(results), lambda: oulad.read_enrolments(students))
        yield _job("OULAD 2013 certificates", Entity.CERTIFICATION, passed, lambda: oulad.read_certificates(students))
    roster = folder / "enrolment" / "rosterhub_en"
    if roster.is_dir():
        yield _roster("OneRoster school", roster)
    badges = folder / "certification" / "open_badges_3"
    if badges.is_dir():
        yield _badges("Open Badges 3.0 credentials", badges, synthetic)
    aliases = folder / "reference" / "kato_place_aliases.json"
    places = places_of(aliases) if aliases.is_file() else built_in_places()
    # The second export is the later one, so what stands in both is there a new version.
    for version, (name, file, read) in enumerate(
        (
            ("hh.kz Astana, March 2026", "hh_kz_astana_2026-03_raw.csv", headhunter.read_raw),
            ("hh.kz IT, April 2026", "hh_kz_it_2026-04_clean.csv", headhunter.read_clean),
        ),
        1,
    ):
        path = folder / "vacancy" / file
        if path.is_file():
            yield _portal(name, path, headhunter.PortalOptions(places=places, record_version=version), read)


def _portal(
    name: str,
    path: Path,
    options: headhunter.PortalOptions,
    read: Callable[[Path, headhunter.PortalOptions], Iterator[AdaptedRow]],
) -> DemoInput:
    return _job(name, Entity.VACANCY, _records(path), lambda: read(path, options))


def _roster(name: str, folder: Path) -> DemoInput:
    uri = known_sources()["school"].uri
    options = RosterOptions(uri, Identities(synthetic=True), _ROSTER_DEFAULTS, DEFAULT_AS_OF)
    total = _records(folder / oneroster.FILE)
    return _job(name, Entity.ENROLMENT, total, lambda: oneroster.read_enrolments(folder, options))


def _badges(name: str, folder: Path, identities: Identities) -> DemoInput:
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".json", ".jwt"})
    options = open_badges.OpenBadgesOptions(known_sources()["badges"].uri, identities, distinct_by_file=True)
    # Unchecked: the invalid ones are to end as rejections with their reason.
    return _job(
        name, Entity.CERTIFICATION, len(files), lambda: open_badges.read_certificates(files, options), unchecked=True
    )


def _samples() -> Iterator[DemoInput]:
    sources = known_sources()
    enrolments, vacancies = SAMPLES / "enrolments.csv", SAMPLES / "vacancies.jsonl"
    schools = tabular.TabularOptions(sources["schools"].uri)
    portal = tabular.TabularOptions(sources["employers"].uri)
    yield _job(
        "sample enrolments", Entity.ENROLMENT, _records(enrolments),
        lambda: tabular.read_rows(enrolments, Entity.ENROLMENT, schools),
    )  # fmt: skip
    yield _roster("sample OneRoster school", SAMPLES / "oneroster")
    yield _badges("sample Open Badges", SAMPLES / "open_badges", Identities(synthetic=True))
    yield _job(
        "sample vacancies", Entity.VACANCY, 3, lambda: tabular.read_rows(vacancies, Entity.VACANCY, portal)
    )  # fmt: skip
