"""Every broken message is refused with its class, rule and pointer, and without a value."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from arna.contracts.decode import decode_message
from arna.contracts.identifiers import find_iins
from arna.contracts.registry import Entity
from arna.contracts.rules import RULES, RejectionClass
from arna.errors import ContractError
from tests.support.garbage import GARBAGE, GarbageCase, garbage

pytestmark = pytest.mark.unit
NOW = datetime(2026, 6, 1, tzinfo=UTC)
CASES = [(entity, case) for entity in Entity for case in garbage(entity)]


@pytest.mark.parametrize(("entity", "case"), CASES, ids=[f"{entity}-{case.name}" for entity, case in CASES])
def test_garbage_is_refused_with_its_reason(entity: Entity, case: GarbageCase) -> None:
    if case.needs_registry:
        assert decode_message(case.value, case.headers, case.key, entity, now=NOW)
        return
    with pytest.raises(ContractError) as caught:
        decode_message(case.value, case.headers, case.key, entity, now=NOW)
    error = caught.value
    assert (error.rejection_class, error.rule_id, error.pointer) == (
        case.expected_class,
        case.expected_rule,
        case.expected_pointer,
    )
    assert not find_iins(f"{error} {error.event_id} {error.source}")
    assert "x9" not in str(error)


def test_garbage_covers_every_class_of_landing() -> None:
    landing = set(RejectionClass) - {"reference_unknown", "rule_failed", "duplicate_conflict", "load_error"}
    assert {case.expected_class for case in GARBAGE} == landing
    assert len(GARBAGE) >= 30
    assert len({case.name for case in GARBAGE}) == len(GARBAGE)


def test_garbage_covers_every_rule_of_the_contract() -> None:
    elsewhere = {
        "reference_unknown", "rule_failed", "event_id_conflict", "version_conflict", "load_error",
        "source_not_allowed", "source_disabled",
        "field_unknown",  # a writer's rule
        "bin_malformed", "isced_field_malformed", "subject_malformed",
    }  # fmt: skip
    assert {case.expected_rule for _, case in CASES} >= set(RULES) - elsewhere
