"""Each kind of broken message, in each place of a batch: one rejection, its neighbours land, the lander lives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from arna.contracts.registry import Entity
from arna.contracts.rules import RejectionClass
from consumers.lander import Lander
from tests.support.garbage import GarbageCase, garbage
from tests.support.lander import LandingSite
from tests.support.samples import sample_event

pytestmark = pytest.mark.integration

PLACES = {"alone": (0, 0), "first": (0, 2), "middle": (1, 1), "last": (2, 0)}
AT_LOAD = {
    RejectionClass.REFERENCE_UNKNOWN,
    RejectionClass.RULE_FAILED,
    RejectionClass.DUPLICATE_CONFLICT,
    RejectionClass.LOAD_ERROR,
}


@pytest.fixture
def site(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Iterator[LandingSite]:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path, partitions=1)
    yield site
    site.close()


def publish(site: LandingSite, case: GarbageCase, before: int, after: int, entity: Entity, number: int) -> None:
    for index in range(before + 1 + after):
        if index == before:
            publish_case(site, case, entity)
        else:
            value, headers, key = sample_event(entity, number=number + index).to_structured()
            site.publish_raw(value, headers, key, entity=entity)
    site.flush()


def publish_case(site: LandingSite, case: GarbageCase, entity: Entity) -> None:
    if case.value is None and case.key is None:
        site.publish_nothing(entity)
    else:
        site.publish_raw(case.value, case.headers, case.key, entity=entity)


@pytest.mark.parametrize("entity", Entity)
@pytest.mark.parametrize("place", PLACES)
def test_each_broken_message_is_one_rejection_and_its_neighbours_land(
    site: LandingSite, entity: Entity, place: str
) -> None:
    before, after = PLACES[place]
    cases = garbage(entity)
    with site.lander() as lander:
        # Small micro-batches: each holds a case and its neighbours.
        for index, case in enumerate(cases):
            publish(site, case, before, after, entity, number=10 * index)
            if index % 10 == 9:
                site.land(lander)
        site.land(lander)
        assert_alive(site, lander, entity)
    assert_rejected(site, cases, every=before + 1 + after, first=before)
    assert len(site.raw(entity)) == (before + after) * len(cases) + 1
    site.check_conservation()


def assert_alive(site: LandingSite, lander: Lander, entity: Entity) -> None:
    site.publish(sample_event(entity, number=1_000_000))
    assert sum(summary.landed for summary in site.land(lander)) == 1


def assert_rejected(site: LandingSite, cases: Sequence[GarbageCase], *, every: int, first: int) -> None:
    rejections = site.rejections()
    assert [row["offset"] for row in rejections] == [first + every * index for index in range(len(cases))]
    found = [(row["rejection_class"], row["rule_id"], row["pointer"]) for row in rejections]
    expected = [(case.expected_class, case.expected_rule, case.expected_pointer) for case in cases]
    assert dict(zip((case.name for case in cases), found, strict=True)) == dict(
        zip((case.name for case in cases), expected, strict=True)
    )
    for row, case in zip(rejections, cases, strict=True):
        assert all(row[f"message_{language}"] for language in ("kk", "ru", "en"))
        if case.value is None:
            assert row["payload_encrypted"] is None
        else:
            assert site.vault.open_payload(row["payload_encrypted"], row["key_id"]) == case.value
            assert row["payload_sha256"] == hashlib.sha256(case.value).digest()


def test_there_are_thirty_kinds_and_every_class_of_landing_is_among_them() -> None:
    for entity in Entity:
        cases = garbage(entity)
        assert len(cases) >= 30
        assert {case.expected_class for case in cases} == set(RejectionClass) - AT_LOAD


def test_the_longest_message_kafka_takes_is_rejected_by_its_size(site: LandingSite) -> None:
    site.publish_raw(b"x" * 1_000_000)
    site.publish(sample_event(Entity.CERTIFICATION))
    site.land_all()
    (rejection,) = site.rejections()
    assert rejection["rejection_class"] == "size_violation"
    assert len(site.raw()) == 1


def test_no_rejection_holds_an_identity_number_outside_its_sealed_payload(site: LandingSite) -> None:
    entity = Entity.CERTIFICATION
    for case in garbage(entity):
        publish_case(site, case, entity)
    site.flush()
    site.land_all()
    numbers = {
        json.loads(sample_event(entity, number=900_000 + number).to_structured()[0])["data"]["person"]["iin"]
        for number in range(200)
    } | {"990101100000"}
    written = json.dumps(
        [
            {name: value for name, value in row.items() if name != "payload_encrypted"}
            for row in (*site.rejections(), *site.rows("select * from ops.outbox"))
        ],
        default=str,
    )
    assert not [number for number in numbers if number in written]


def test_a_source_that_is_registered_later_lands_from_then_on(site: LandingSite) -> None:
    from arna.contracts.identifiers import make_synthetic_bin
    from arna.sources import SourceDefinition, register_source, set_enabled
    from arna.warehouse.database import Database

    source = f"urn:kz:bin:{make_synthetic_bin(555)}"

    def publish_one(number: int) -> None:
        site.publish(sample_event(Entity.CERTIFICATION, number=number, source=source))

    with site.lander() as lander, Database(site.database_url) as database:
        publish_one(1)
        site.land(lander)
        register_source(database, SourceDefinition(uri=source, name="New", entities=(Entity.CERTIFICATION,)))
        lander._stager._sources.refresh()
        publish_one(2)
        site.publish(sample_event(Entity.VACANCY, number=1, source=source))
        site.land(lander)
        set_enabled(database, source, is_enabled=False)
        lander._stager._sources.refresh()
        publish_one(3)
        site.land(lander)
    assert len(site.raw()) == 1
    rules = sorted(row["rule_id"] for row in site.rejections())
    assert rules == ["source_disabled", "source_not_allowed", "source_not_registered"]
