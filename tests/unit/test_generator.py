"""The generator: the same bytes each time, and what it says must become of them is what the contract says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from arna.contracts.decode import decode_message
from arna.contracts.identifiers import find_iins, kato_region
from arna.contracts.registry import Entity
from arna.contracts.rules import RejectionClass
from arna.errors import ConfigError, ContractError
from producers.generator import CohortSummary, GeneratedMessage, generate_cohort, write_cohort
from producers.known_sources import known_sources

pytestmark = pytest.mark.unit

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AS_OF = date(2026, 11, 1)


def cohort(people: int = 400, dirty: float = 0.0, **options: object) -> list[GeneratedMessage]:
    return list(generate_cohort(people, 7, dirty, as_of=AS_OF, **options))  # type: ignore[arg-type]


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert cohort(dirty=0.2) == cohort(dirty=0.2)


def test_another_seed_gives_other_bytes() -> None:
    assert [m.value for m in cohort(20)] != [m.value for m in generate_cohort(20, 8, as_of=AS_OF)]


def test_a_larger_cohort_begins_with_the_smaller_one() -> None:
    small = cohort(100)
    assert list(islice(generate_cohort(300, 7, as_of=AS_OF), len(small))) == small


def test_one_entity_alone_is_what_it_is_among_the_others() -> None:
    alone = cohort(entities=[Entity.CERTIFICATION])
    assert alone == [message for message in cohort() if message.entity is Entity.CERTIFICATION]


def test_dirt_leaves_the_clean_messages_as_they_are() -> None:
    assert [message for message in cohort(dirty=0.3) if message.kind == "good"] == cohort()


def test_certificates_only_is_one_for_each_person() -> None:
    messages = cohort(500, certificates_only=True)
    assert len(messages) == 500
    assert {message.entity for message in messages} == {Entity.CERTIFICATION}


def test_everything_happens_in_the_year_before() -> None:
    for message in cohort():
        assert message.value is not None
        moment = datetime.fromisoformat(json.loads(message.value)["time"])
        assert date(2025, 10, 31) <= moment.date() < AS_OF


def test_every_clean_message_keeps_its_contract_and_comes_from_a_known_source() -> None:
    uris = {source.uri for source in known_sources().values()}
    for message in cohort(1500):
        event = decode_message(message.value, message.headers, message.key, message.entity, now=NOW)
        assert event.source in uris
        if "kato" in event.data:
            assert kato_region(event.data["kato"])


def test_all_regions_have_people() -> None:
    found = {
        kato_region(json.loads(message.value or b"")["data"]["kato"])
        for message in cohort(3000, entities=[Entity.ENROLMENT])
    }
    assert len(found) == 20


def test_a_person_has_one_birth_date_everywhere() -> None:
    dates: dict[str, set[str]] = {}
    for message in cohort():
        person = json.loads(message.value or b"")["data"].get("person")
        if person:
            dates.setdefault(person["iin"], set()).add(person["birth_date"])
    assert all(len(found) == 1 for found in dates.values())


def test_dirt_is_refused_by_the_rule_it_was_made_for() -> None:
    seen: Counter[str] = Counter()
    for message in cohort(3000, dirty=0.5):
        refused = None
        try:
            decode_message(message.value, message.headers, message.key, message.entity, now=NOW)
        except ContractError as error:
            refused = (error.rejection_class, error.rule_id)
        is_for_the_contract = message.kind == "malformed" and message.expected[1] != "source_not_registered"
        assert refused == (message.expected if is_for_the_contract else None)
        seen[message.kind] += 1
    assert set(seen) == {"good", "duplicate", "late", "out_of_order", "conflict", "malformed", "broken_rule"}


def test_malformed_dirt_has_every_class_that_landing_knows() -> None:
    found = {message.expected[0] for message in cohort(20_000, dirty=0.5) if message.kind == "malformed"}
    later = {RejectionClass.REFERENCE_UNKNOWN, RejectionClass.RULE_FAILED, RejectionClass.DUPLICATE_CONFLICT}
    assert found == set(RejectionClass) - later - {RejectionClass.LOAD_ERROR}


def test_a_superseded_version_comes_after_a_higher_one() -> None:
    highest: dict[bytes, int] = {}
    for message in cohort(2000, dirty=0.4):
        if message.kind in {"late", "out_of_order"}:
            assert message.key is not None
            version = json.loads(message.value or b"")["recordversion"]
            is_behind = version < highest.get(message.key, 0)
            assert message.expected == (("superseded",) if is_behind else ("loaded",))
            highest[message.key] = max(version, highest.get(message.key, 0))


def test_a_duplicate_comes_after_the_same_bytes() -> None:
    sent: set[bytes] = set()
    for message in cohort(2000, dirty=0.4):
        if message.kind != "malformed":
            assert message.value is not None
            assert (message.value in sent) == (message.kind == "duplicate")
            sent.add(message.value)


def test_files_hold_every_message_and_the_manifest_counts_them(tmp_path: Path) -> None:
    summary = write_cohort(generate_cohort(800, 7, 0.3, as_of=AS_OF), tmp_path, CohortSummary({}, 800))
    lines = sum(len(path.read_bytes().splitlines()) for path in tmp_path.glob("*.jsonl"))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert lines == manifest["messages"] == summary.messages
    for counts in manifest["entities"].values():
        expected = counts["expected"]
        rejected = sum(count for rules in expected["rejected"].values() for count in rules.values())
        settled = expected["loaded"] + expected["superseded"] + expected["duplicate"]
        assert settled + rejected == counts["messages"]


def test_the_list_of_numbers_holds_every_iin_of_the_messages(tmp_path: Path) -> None:
    write_cohort(generate_cohort(800, 7, 0.3, as_of=AS_OF), tmp_path, CohortSummary({}, 800))
    known = set((tmp_path / "iins.txt").read_text().split())
    for path in tmp_path.glob("*.jsonl"):
        assert set(find_iins(path.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize(("people", "dirty"), [(-1, 0.0), (10_000_000, 0.0), (1, 1.5)])
def test_arguments_out_of_range_are_refused(people: int, dirty: float) -> None:
    with pytest.raises(ConfigError):
        list(generate_cohort(people, 1, dirty))
