"""The views of third-party sets and of a dirty cohort are what a second reading of their formulas makes of the events.

The second reading (``tests.support.recompute``) works in Python on the events as they were published, knows no table of
core or mart and shares nothing with the models.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest
from psycopg import sql

from arna.errors import ContractError
from arna.marts import GROUPS, refresh
from arna.reference import load_reference
from arna.sources import import_sources
from arna.warehouse.database import Database
from producers.adapters import headhunter, job_posting, oneroster, open_badges, oulad
from producers.adapters.roster_events import RosterOptions
from producers.generator import DEFAULT_AS_OF, generate_cohort
from producers.identities import Identities
from producers.known_sources import SOURCES_FILE, known_sources
from producers.places import places_of
from producers.rows import AdaptedRow
from tests.support.core_rows import with_today
from tests.support.published import land, load, register_sources, token_of
from tests.support.recompute import AS_OF, KEYS, Published, World, differences, read_reference, read_view, recompute
from tests.support.stack import create_database, drop_database

FOLDER = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data"))
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real sets are not here (ARNA_SHARED_DATA)"),
]
SCHEMA_ORG = "urn:test:schema-org"
SYNTHETIC = Identities(synthetic=True)
# What the examples of schema.org leave out, each of them shows one property.
COMPLETION = {
    "employer.id": "500240000000", "employer.name": "Example", "title": "Untitled", "kato": "710000000",
    "employment_type": "other", "published_on": "2026-02-28",
}  # fmt: skip
OULAD_EVERY = 4
"""One in so many of the 20,000 people of the Open University: enough to differ, and quick."""
PEOPLE = 2_000
OF_ONE_PERSON = ("profile.career_match", "retraining.recommendation")
"""Views that are derived at each reading, for one person at a time."""
LOOK_UPS = 40


def _sets() -> Iterator[Iterable[AdaptedRow]]:
    enrolment, vacancy = FOLDER / "enrolment", FOLDER / "vacancy"
    places = places_of(FOLDER / "reference" / "kato_place_aliases.json")
    school = {"kato": "710000000", "language": "en", "funding": "state_grant"}
    roster = RosterOptions(known_sources()["school"].uri, SYNTHETIC, school, date(2026, 4, 1))
    yield oneroster.read_enrolments(enrolment / "rosterhub_en", roster)
    yield islice(oulad.read_enrolments(enrolment / "oulad_2013"), 0, None, OULAD_EVERY)
    yield islice(oulad.read_certificates(enrolment / "oulad_2013"), 0, None, OULAD_EVERY)
    scored = oulad.read_certificates([enrolment / "oulad_scores", enrolment / "oulad_2013"])
    yield islice(scored, 0, 4_000, OULAD_EVERY)
    badges = FOLDER / "certification" / "open_badges_3"
    files = sorted(path for path in badges.rglob("*") if path.suffix in {".json", ".jwt"})
    options = open_badges.OpenBadgesOptions(known_sources()["badges"].uri, SYNTHETIC, distinct_by_file=True)
    yield open_badges.read_certificates(files, options)
    # The second export of the portal is the later one, so what stands in both is there a new version.
    portal = headhunter.PortalOptions(places=places)
    yield headhunter.read_raw(vacancy / "hh_kz_astana_2026-03_raw.csv", portal)
    yield headhunter.read_clean(vacancy / "hh_kz_it_2026-04_clean.csv", replace(portal, record_version=2))
    postings = job_posting.JobPostingOptions(SCHEMA_ORG, places, SYNTHETIC, COMPLETION)
    yield job_posting.read_vacancies(sorted((vacancy / "schema_org").iterdir()), postings)


def _real_events() -> Iterator[Published]:
    """What the adapters make of the files; each set lands on a day of its own."""
    for number, rows in enumerate(_sets()):
        landed_at = datetime(2026, 4, 10, 6, tzinfo=UTC) + timedelta(days=number)
        for row in rows:
            if row.draft is None:
                continue
            try:
                event = row.draft.check()
            except ContractError:
                continue
            yield Published(event.to_structured()[0], landed_at)


def _cohort_events() -> Iterator[Published]:
    """What a cohort publishes but for what no lander takes: versions late and out of order, conflicts, duplicates."""
    for number, message in enumerate(generate_cohort(PEOPLE, seed=7, dirty=0.05)):
        if message.value is not None and message.expected[0] in {
            "loaded", "superseded", "duplicate", "duplicate_conflict",
        }:  # fmt: skip
            landed_at = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=15 * (number // 50))
            yield Published(message.value, landed_at)


SETS: dict[str, tuple[Callable[[], Iterator[Published]], date]] = {
    "real sets": (_real_events, date(2026, 4, 20)),
    "cohort": (_cohort_events, DEFAULT_AS_OF + timedelta(days=2)),
}


@contextmanager
def _database(server: str, name: str, template: str) -> Iterator[str]:
    yield create_database(server, name, template)
    drop_database(server, name)


@pytest.fixture(scope="module")
def reference_template(postgres_server_url: str, database_template: str) -> Iterator[str]:
    """A migrated database with the whole reference and the known sources."""
    name = f"arna_reference_{threading.get_native_id()}"
    with _database(postgres_server_url, name, database_template) as url:
        with Database(url) as database:
            import_sources(database, SOURCES_FILE)
            load_reference(database, FOLDER / "reference")
        yield name


@pytest.fixture(scope="module", params=SETS)
def seen(
    request: pytest.FixtureRequest, postgres_server_url: str, reference_template: str
) -> Iterator[tuple[str, World]]:
    """A warehouse that took a set in, and the same as a world."""
    published, today = SETS[request.param]
    name = f"arna_recompute_{threading.get_native_id()}"
    with _database(postgres_server_url, name, reference_template) as owner:
        source_ids = register_sources(owner, [SCHEMA_ORG])
        events = tuple(published())
        land(owner, events, source_ids)
        assert load(owner).total() == len(events)
        url = with_today(owner, today)
        with Database(url) as database:
            for group in GROUPS:
                refresh(database, group)
        yield url, World(events, source_ids, token_of, read_reference(url), today)


@pytest.mark.parametrize("view", [view for view in KEYS if view not in OF_ONE_PERSON])
def test_a_view_is_what_the_second_reading_says(seen: tuple[str, World], view: str) -> None:
    url, world = seen
    assert differences(recompute(world, view), read_view(url, view), KEYS[view]) == ""


@pytest.mark.parametrize("view", OF_ONE_PERSON)
def test_a_view_of_one_person_is_what_the_second_reading_says(seen: tuple[str, World], view: str) -> None:
    url, world = seen
    expected = recompute(world, view)
    people = sorted({*world.people_with_skills(), *list(expected["person_key"])[:1]}, key=str)
    for person in people[:: max(1, len(people) // LOOK_UPS)]:
        found = read_view(url, view, person)
        assert differences(expected[expected["person_key"] == person], found, KEYS[view]) == "", person


@pytest.mark.parametrize("view", AS_OF)
def test_a_view_as_of_a_day_is_what_the_second_reading_says(seen: tuple[str, World], view: str) -> None:
    url, world = seen
    landed = sorted(event.landed_at for event in world.events)
    middle = landed[len(landed) // 2].date()
    readings = {"at": (middle, date(2025, 12, 31)), "as_known": (middle, middle), "as_was": (world.today, middle)}
    for suffix, (known_on, on_date) in readings.items():
        then = world.at(known_on, on_date)
        expected = recompute(then, view)
        days = [known_on, on_date] if suffix == "at" else [on_date]
        assert differences(expected, read_view(url, _call(f"{view}_{suffix}", *days, None)), KEYS[view]) == "", suffix
        for person in list(expected["person_key"])[:1]:
            found = read_view(url, _call(f"{view}_{suffix}", *days, person))
            assert differences(expected[expected["person_key"] == person], found, KEYS[view]) == "", suffix


def _call(function: str, *arguments: date | UUID | None) -> sql.Composed:
    given = sql.SQL(", ").join(map(sql.Literal, arguments))
    return sql.SQL("{}({})").format(sql.Identifier(*function.split(".")), given)
