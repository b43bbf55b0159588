"""Building events: the strict writer, event ids, both modes."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from arna.contracts.decode import decode_message
from arna.contracts.envelope import build_event, deterministic_event_id
from arna.contracts.identifiers import find_iins
from arna.contracts.registry import SPECS, Entity, spec_for_topic
from arna.contracts.rules import RULES, RejectionClass, Severity
from arna.errors import ContractError
from tests.support.samples import SAMPLE_SOURCE, SAMPLE_TIME, sample_data, sample_event

pytestmark = pytest.mark.unit
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def build(entity: Entity = Entity.CERTIFICATION, action: str | None = None, **changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "data": sample_data(entity), "source": SAMPLE_SOURCE, "record_version": 1, "occurred_at": SAMPLE_TIME,
    }  # fmt: skip
    return build_event(entity, action or SPECS[entity].actions[0], **(arguments | changes))


def refused(**changes: Any) -> tuple[str, str]:
    with pytest.raises(ContractError) as caught:
        build(**changes)
    assert not find_iins(str(caught.value))
    return caught.value.rule_id, caught.value.pointer


def test_a_structured_event_is_a_cloudevent() -> None:
    event = sample_event(Entity.CERTIFICATION, traceparent=TRACE)
    value, headers, key = event.to_structured()
    document = json.loads(value)
    assert headers == [("content-type", b"application/cloudevents+json")]
    assert key == event.subject.encode()
    assert document.pop("data") == event.data
    assert document == {
        "specversion": "1.0", "id": event.event_id, "source": SAMPLE_SOURCE, "type": "kz.arna.certification.issued.v1",
        "subject": "certificate-1", "time": "2026-05-04T10:30:01+00:00", "dataschema": "urn:arna:schema:certification:1",
        "datacontenttype": "application/json", "recordversion": 1, "traceparent": TRACE,
    }  # fmt: skip


def test_a_binary_event_has_its_attributes_in_headers() -> None:
    event = sample_event(Entity.VACANCY)
    value, headers, key = event.to_binary()
    assert json.loads(value) == event.data
    assert dict(headers)["content-type"] == b"application/json"
    assert dict(headers)["ce_recordversion"] == b"1"
    assert dict(headers)["ce_specversion"] == b"1.0"
    assert key == event.subject.encode()


def test_events_get_time_ordered_ids_of_their_own() -> None:
    ids = [build().event_id for _ in range(3)]
    assert len(set(ids)) == 3
    assert {uuid.UUID(text).version for text in ids} == {7}


def test_a_given_id_becomes_canonical() -> None:
    given = str(uuid.uuid4()).upper()
    assert build(event_id=given).event_id == given.lower()


def test_models_and_python_values_are_written_as_json() -> None:
    class Kind(Enum):
        COURSE = "Course"

    data = sample_data(Entity.CERTIFICATION)
    model = SPECS[Entity.CERTIFICATION].model.model_validate(data)
    assert build(data=model).data["person"] == data["person"]
    changed = data | {
        "awarded_on": date(2026, 4, 30),
        "achievement": data["achievement"] | {"type": Kind.COURSE, "hours": Decimal("72.5"), "skills": ()},
    }
    event = build(data=changed)
    assert event.data["awarded_on"] == "2026-04-30"
    assert event.data["achievement"]["type"] == "Course"
    assert event.data["achievement"]["hours"] == 72.5
    value, headers, key = event.to_structured()
    assert decode_message(value, headers, key, Entity.CERTIFICATION, now=datetime.now(UTC)).data == event.data


def test_a_writer_is_refused_unknown_fields() -> None:
    data = sample_data(Entity.CERTIFICATION)
    assert refused(data=data | {"secret_990101100000": 1}) == ("field_unknown", "/data")
    assert refused(data=data | {"person": data["person"] | {"sex": "f"}}) == ("field_unknown", "/data/person")


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"source": "urn:kz:bin:501240000014"}, "source_malformed", "/source"),
        ({"record_version": 0}, "record_version_malformed", "/recordversion"),
        ({"record_version": True}, "record_version_malformed", "/recordversion"),
        ({"occurred_at": datetime(2026, 5, 4)}, "time_malformed", "/time"),  # noqa: DTZ001
        ({"occurred_at": datetime.now(UTC) + timedelta(hours=1)}, "time_in_future", "/time"),
        ({"event_id": "x"}, "event_id_malformed", "/id"),
        ({"subject": "other"}, "subject_mismatch", "/subject"),
        ({"action": "exploded"}, "type_unknown", "/type"),
        ({"action": "revoked"}, "action_status_mismatch", "/data/status"),
        ({"traceparent": "x"}, "traceparent_malformed", "/traceparent"),
        ({"data": {}}, "field_missing", "/data/certificate_id"),
        ({"data": {"certificate_id": 5}}, "type_mismatch", "/data/certificate_id"),
        ({"data": sample_data(Entity.CERTIFICATION) | {"revocation_reason": "a\x00"}}, "null_character", "/data/revocation_reason"),
        ({"data": sample_data(Entity.CERTIFICATION) | {"revocation_reason": "\ud800"}}, "lone_surrogate", "/data/revocation_reason"),
        ({"data": sample_data(Entity.CERTIFICATION) | {"revocation_reason": "x" * 1001}}, "text_length", "/data/revocation_reason"),
        ({"data": sample_data(Entity.CERTIFICATION) | {"result": {"kind": "score", "value": float("nan")}}}, "number_not_finite",
         "/data/result/value"),
        ({"data": sample_data(Entity.CERTIFICATION) | {"awarded_on": datetime(2026, 1, 1, tzinfo=UTC)}}, "date_malformed",
         "/data/awarded_on"),
        ({"data": sample_data(Entity.CERTIFICATION) | {"evidence_url": b"https://x"}}, "type_mismatch", "/data/evidence_url"),
    ],
)  # fmt: skip
def test_a_writer_is_refused_what_a_reader_would_refuse(changes: dict[str, Any], rule: str, pointer: str) -> None:
    assert refused(**changes) == (rule, pointer)


def test_the_same_row_has_the_same_id_and_an_edited_row_another() -> None:
    def id_of(**changes: Any) -> str:
        data = sample_data(Entity.VACANCY) | changes.pop("data", {})
        arguments = {"subject": "v", "record_version": 1, "action": "published", "occurred_at": SAMPLE_TIME} | changes
        return deterministic_event_id(SAMPLE_SOURCE, Entity.VACANCY, data=data, **arguments)

    assert id_of() == id_of()
    assert uuid.UUID(id_of()).version == 5
    others = [
        {"data": {"title": "x"}}, {"record_version": 2}, {"subject": "w"}, {"action": "amended"},
        {"occurred_at": SAMPLE_TIME + timedelta(seconds=1)},
    ]  # fmt: skip
    assert len({id_of(), *(id_of(**change) for change in others)}) == 6
    data = sample_data(Entity.VACANCY)
    backwards = dict(reversed(data.items()))
    assert deterministic_event_id("s", Entity.VACANCY, "v", 1, data) == deterministic_event_id(
        "s", Entity.VACANCY, "v", 1, backwards
    )


def test_the_registry_knows_topics_types_and_fields() -> None:
    for entity, spec in SPECS.items():
        assert spec_for_topic(spec.topic) is spec
        assert spec.topic == f"arna.{entity}.v1"
        assert spec.id_field in spec.model.model_fields
        for action in spec.actions:
            assert spec.action_of(f"kz.arna.{entity}.{action}.v1") == action
        assert spec.action_of(spec.actions[0]) is None
        assert spec.action_of(f"kz.arna.{entity}.{spec.actions[0]}.v2") is None
    assert spec_for_topic("dlq.arna.vacancy.v1") is None


def test_every_rule_has_a_sentence_in_three_languages() -> None:
    assert {rule.rejection_class for rule in RULES.values()} == set(RejectionClass)
    for rule_id, rule in RULES.items():
        assert rule.rule_id == rule_id
        assert rule.severity is Severity.CRITICAL
        sentences = {rule.kk, rule.ru, rule.en}
        assert len(sentences) == 3
        assert all(sentence.endswith(".") and not find_iins(sentence) for sentence in sentences)
