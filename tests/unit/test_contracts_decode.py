"""Reading messages: both modes, the tolerant reader, and a fast path that is never laxer than the slow one."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arna.contracts import decode
from arna.contracts.checks import READERS
from arna.contracts.decode import DecodedEvent, decode_message
from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import SPECS, Entity
from arna.contracts.shapes import CHECKED_ELSEWHERE, core_schema_of
from arna.errors import ContractError
from tests.support.samples import SAMPLE_SOURCE, sample_data, sample_event

pytestmark = pytest.mark.unit
NOW = datetime(2026, 6, 1, tzinfo=UTC)
KINDS = [(entity, action) for entity in Entity for action in SPECS[entity].actions]
HEADERS = (("content-type", b"application/cloudevents+json"),)


def read(value: bytes, entity: Entity, headers: Any = HEADERS, key: bytes | None = None) -> DecodedEvent:
    return decode_message(value, headers, key, entity, now=NOW)


def refusal(value: bytes | None, entity: Entity, headers: Any = HEADERS, key: bytes | None = None) -> ContractError:
    with pytest.raises(ContractError) as caught:
        decode_message(value, headers, key, entity, now=NOW)
    return caught.value


def document_of(entity: Entity, **arguments: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(sample_event(entity, **arguments).to_structured()[0])
    return loaded


@pytest.mark.parametrize(("entity", "action"), KINDS)
def test_both_modes_give_what_was_built(entity: Entity, action: str) -> None:
    event = sample_event(entity, action=action, number=5, record_version=3)
    value, headers, key = event.to_structured()
    structured = decode_message(value, headers, key, entity, now=NOW)
    assert (structured.entity, structured.action, structured.event_id) == (entity, action, event.event_id)
    assert (structured.source, structured.subject, structured.record_version) == (SAMPLE_SOURCE, event.subject, 3)
    assert structured.occurred_at == event.occurred_at
    assert structured.data == event.data
    assert structured.payload_sha256 == hashlib.sha256(value).digest()
    body, binary_headers, key = event.to_binary()
    binary = decode_message(body, binary_headers, key, entity, now=NOW)
    assert binary._replace(payload_sha256=b"") == structured._replace(payload_sha256=b"")


@pytest.mark.parametrize(("entity", "action"), KINDS)
def test_valid_events_take_the_fast_path(entity: Entity, action: str) -> None:
    value, headers, key = sample_event(entity, action=action).to_structured()
    document = json.loads(value)
    spaced = json.dumps(document).encode()
    turned = orjson.dumps({name: document[name] for name in reversed(document)})
    turned_data = orjson.dumps(document | {"data": dict(reversed(document["data"].items()))})
    nulls = orjson.dumps({"traceparent": None, **document})
    for written in (value, spaced, turned, turned_data, nulls):
        fast = decode._accept(written, headers, key, READERS[entity], NOW)
        assert fast is not None
        assert fast == decode._decide(written, headers, key, READERS[entity], NOW)
        assert fast.data == document["data"]


def test_binary_resend_hashes_the_same_in_any_header_order() -> None:
    body, headers, key = sample_event(Entity.VACANCY).to_binary()
    one = decode_message(body, headers, key, Entity.VACANCY, now=NOW)
    two = decode_message(body, headers[::-1], key, Entity.VACANCY, now=NOW)
    other = [(name, b"2" if name == "ce_recordversion" else text) for name, text in headers]
    assert one.payload_sha256 == two.payload_sha256
    assert one.payload_sha256 != decode_message(body, other, key, Entity.VACANCY, now=NOW).payload_sha256


def test_person_numbers_are_every_place_of_an_iin() -> None:
    value, _, _ = sample_event(Entity.CERTIFICATION, number=3).to_structured()
    iin = make_synthetic_iin(3)
    ((path, found, born),) = read(value, Entity.CERTIFICATION).person_numbers
    assert (path, found) == (("person", "iin"), iin)
    assert born == f"18{iin[:2]}-{iin[2:4]}-{iin[4:6]}"
    company, _, _ = sample_event(Entity.VACANCY).to_structured()
    assert read(company, Entity.VACANCY).person_numbers == ()
    trader, _, _ = sample_event(Entity.VACANCY, employer={"id": iin, "name": "ЖК"}).to_structured()
    assert read(trader, Entity.VACANCY).person_numbers == ((("employer", "id"), iin, None),)


def test_unknown_optional_fields_are_kept() -> None:
    document = document_of(Entity.ENROLMENT)
    document["data"]["dormitory"] = {"room": 12}
    document["data"]["person"]["nickname"] = "A"
    document["partitionkey"] = "x"
    event = read(orjson.dumps(document), Entity.ENROLMENT)
    assert event.data == document["data"]


def test_structured_json_without_a_content_type_is_read() -> None:
    value, _, _ = sample_event(Entity.ENROLMENT).to_structured()
    for headers in (
        (),
        (("traceparent", b"00-x"),),
        (("Content-Type", b'application/cloudevents+json; charset="UTF-8"'),),
    ):
        assert read(value, Entity.ENROLMENT, headers).action == "started"


def test_other_headers_do_not_matter() -> None:
    value, headers, key = sample_event(Entity.ENROLMENT).to_structured()
    assert read(value, Entity.ENROLMENT, [("trace", None), *headers, ("b3", b"\xff")], key)


def test_upper_case_ids_are_canonical() -> None:
    document = document_of(Entity.VACANCY)
    lower = document["id"]
    document["id"] = lower.upper()
    assert read(orjson.dumps(document), Entity.VACANCY).event_id == lower


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-04T09:30:00Z", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05-04t09:30:00z", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05-04T09:30:00.123456789+05:00",
         datetime(2026, 5, 4, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5)))),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-06-01T00:05:00Z", NOW + timedelta(minutes=5)),
    ],
)  # fmt: skip
def test_times_as_rfc_3339_has_them(text: str, moment: datetime) -> None:
    document = document_of(Entity.VACANCY)
    document["time"] = text
    assert read(orjson.dumps(document), Entity.VACANCY).occurred_at == moment


@pytest.mark.parametrize(
    "text",
    ["2026-05-04", "2026-05-04 09:30:00Z", "20260504T093000Z", "2026-W01-1T09:30:00Z", "2026-05-04T09:30Z",
     "2026-05-04T09:30:00+0500", "2026-05-04T24:00:00Z", "2026-05-04T09:30:61Z", "2026-05-04T09:30:00,5Z", "٢٠٢٦-05-04T09:30:00Z"],
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    document = document_of(Entity.VACANCY)
    document["time"] = text
    assert refusal(orjson.dumps(document), Entity.VACANCY).rule_id == "time_malformed"


def test_a_time_just_too_far_ahead_is_refused() -> None:
    document = document_of(Entity.VACANCY)
    document["time"] = "2026-06-01T00:05:00.000001Z"
    assert refusal(orjson.dumps(document), Entity.VACANCY).rule_id == "time_in_future"


def test_quality_is_not_the_contracts_business() -> None:
    value, _, _ = sample_event(
        Entity.ENROLMENT, action="ended", begin_date="2026-05-01", end_date="2025-01-01", exit_type=None, grade=12,
        kato="991234567", person={"iin": make_synthetic_iin(1), "birth_date": "1801-01-01"},
    ).to_structured()  # fmt: skip
    assert read(value, Entity.ENROLMENT)
    value, _, _ = sample_event(
        Entity.CERTIFICATION, action="revoked", revocation_reason=None,
        result={"kind": "percent", "value": 250, "max": 100},
    ).to_structured()  # fmt: skip
    assert read(value, Entity.CERTIFICATION)
    value, _, _ = sample_event(
        Entity.VACANCY, salary={"min": 9, "max": 1, "currency": "ZZZ", "period": "month", "gross": False}
    ).to_structured()
    assert read(value, Entity.VACANCY)


def test_a_remote_job_needs_no_place() -> None:
    value, _, _ = sample_event(Entity.VACANCY, remote=True, kato=None).to_structured()
    assert read(value, Entity.VACANCY).data["kato"] is None


def test_refusals_name_id_and_source_where_they_are_sound() -> None:
    document = document_of(Entity.CERTIFICATION)
    document["data"]["status"] = "x"
    error = refusal(orjson.dumps(document), Entity.CERTIFICATION)
    assert (error.event_id, error.source) == (document["id"], SAMPLE_SOURCE)
    document["source"] = f"urn:kz:iin:{make_synthetic_iin(8)}"
    document["id"] = f"00000000-0000-0000-0000-{make_synthetic_iin(8)}"
    error = refusal(orjson.dumps(document), Entity.CERTIFICATION)
    assert (error.event_id, error.source) == (None, None)


def test_the_events_own_iin_may_stand_nowhere_else() -> None:
    iin = make_synthetic_iin(100_000)
    for field, value in (("certificate_id", f"c-{iin}"), ("certificate_id", f"7{iin}7"), ("note", int(iin)), (iin, 1)):
        document = document_of(Entity.CERTIFICATION, number=100_000)
        document["data"][field] = value
        document["subject"] = document["data"]["certificate_id"]
        assert refusal(orjson.dumps(document), Entity.CERTIFICATION).rule_id == "iin_outside_person"
    for name, value in (
        ("recordversion", int(iin)),
        ("source", f"urn:x:{iin}7"),
        ("traceparent", f"00-{iin:0<32}-{1:016}-00"),
    ):
        document = document_of(Entity.CERTIFICATION, number=100_000) | {name: value}
        assert refusal(orjson.dumps(document), Entity.CERTIFICATION).rule_id == "iin_outside_person", name
    document = document_of(Entity.CERTIFICATION, number=100_000)
    document["id"] = f"00000000-0000-0000-0000-{iin}"
    error = refusal(orjson.dumps(document), Entity.CERTIFICATION)
    assert (error.rule_id, error.event_id) == ("iin_outside_person", None)


def test_an_iin_written_with_escapes_is_found() -> None:
    iin = make_synthetic_iin(2)
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in iin)
    value = sample_event(Entity.CERTIFICATION).to_structured()[0]
    hidden = value.replace(b'"certificate-1"', f'"certificate-{escaped}"'.encode())
    assert hidden != value
    assert refusal(hidden, Entity.CERTIFICATION).rule_id == "iin_outside_person"
    own = json.dumps(document_of(Entity.CERTIFICATION)).replace(
        make_synthetic_iin(1), "".join(f"\\u{ord(digit):04x}" for digit in make_synthetic_iin(1))
    )
    assert read(own.encode(), Entity.CERTIFICATION).person_numbers[0][1] == make_synthetic_iin(1)


def test_uuids_as_subjects_are_no_iins() -> None:
    subject = f"urn:uuid:0190f3c1-7b1e-7abc-8def-{make_synthetic_iin(55)}"
    value, _, _ = sample_event(Entity.CERTIFICATION, certificate_id=subject).to_structured()
    assert read(value, Entity.CERTIFICATION).subject == subject


def test_an_unclosed_text_full_of_escapes_takes_no_time() -> None:
    value = b'{"a":' + b"[" * 40 + b'"' + b'\\"' * 120_000
    assert refusal(value, Entity.CERTIFICATION).rule_id in {"json_malformed", "json_too_deep"}


# -- the fast path against the slow one --------------------------------------------------------------------------

NASTY: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.5, -0.0, 1e300, 2**53, 2**53 + 1, 2**64, 10**30, "", " ", "a", "5", "1.0", "true",
    "990101100000", "501240000013", "990101100001", "٩٩٠١٠١١٠٠٠٠٠", "711000000", "711000000\n", "2026-02-29", "2024-02-29",
    "2026-05-04", "2026-05-04\n", "2026-05-04T00:00:00Z", "2026-5-4", "0000-01-01", "KZT", "KZT\n", "kzt", "https://a.example/x",
    "https://a.example/x\n", "https://ә", "\x00", "a\x00b", "\x01", "é" * 200, "é" * 201, "😀" * 200, "x" * 1000, "x" * 1001,
    [], [[]], {}, {"kk": ""}, {"kk": None}, {"kk": "a"}, {"de": "a"}, [None], ["a"], [{"name": "a"}], "valid", "revoked",
    "active", "open", "kk", "application/json", "2512-1", "25121", "Course", "ext:a", "Course\n", "percent", "pass",
    "urn:kz:bin:501240000013", "urn:x:990101100000", "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
    {"scheme": "nkz", "code": "2512-1\n"}, {"kind": "percent", "value": "x"}, {"kind": "pass", "value": True},
    {"kind": "grade", "value": "990101100000"}, {"min": 1, "currency": "KZT", "period": "month", "gross": True},
]  # fmt: skip
PLACES = [
    "extra",
    "kato",
    "note",
    "data_base64",
    "datacontenttype",
    "traceparent",
    "grade",
    "hours",
    "result",
    "salary",
    "*",
]


def paths_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(below for name, child in children for below in paths_of(child, (*path, name)))]


def mutate(document: dict[str, Any], source: random.Random) -> dict[str, Any]:
    document = copy.deepcopy(document)
    for _ in range(source.choice((0, 1, 1, 1, 2, 3))):
        *parents, name = source.choice(paths_of(document)[1:])
        node: Any = document
        for parent in parents:
            node = node[parent]
        match source.randrange(5):
            case 0 if isinstance(node, dict):
                del node[name]
            case 1 if isinstance(node, dict):
                node[source.choice(PLACES)] = copy.deepcopy(source.choice(NASTY))
            case 2 if isinstance(node[name], str) and node[name]:
                at = source.randrange(len(node[name]))
                node[name] = node[name][:at] + source.choice('0159aZ-\n\t"\\ә😀. ') + node[name][at + 1 :]
            case _:
                node[name] = copy.deepcopy(source.choice(NASTY))
    return document


def write(document: dict[str, Any], source: random.Random) -> bytes:
    style = source.randrange(6)
    if style == 0:
        text = json.dumps(document)
    elif style == 1:
        text = json.dumps(document, ensure_ascii=False, indent=1)
    else:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    value = text.encode()
    if style == 2:
        at = source.randrange(len(value))
        value = (
            value[:at]
            + source.choice((b"", b" ", b"0", b'"', b"e9", b"\\u0000", b"\\u0031", b"\xff", b"}"))
            + value[at + 1 :]
        )
    if style == 3:
        key = source.choice((b'"status":', b'"id":', b'"iin":', b'"name":', b'"value":'))
        value = value.replace(key, key + b'"a",' + key, 1)
    return value


def agree(entity: Entity, value: bytes, key: bytes | None) -> bool:
    """Whether the fast path took the message; it must then be what the slow one gives."""
    reader = READERS[entity]
    fast = decode._accept(value, HEADERS, key, reader, NOW)
    if fast is None:
        with contextlib.suppress(ContractError):
            decode._decide(value, HEADERS, key, reader, NOW)
        return False
    slow = decode._decide(value, HEADERS, key, reader, NOW)
    assert fast == slow
    assert orjson.dumps(fast.data) == orjson.dumps(slow.data)
    return True


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.sampled_from(KINDS), st.integers(0, 2**32))
def test_the_fast_path_never_takes_what_the_slow_one_refuses(kind: tuple[Entity, str], seed: int) -> None:
    source = random.Random(seed)
    for _ in range(5):
        entity, action = kind
        document = document_of(entity, action=action, number=source.randrange(10**6))
        agree(entity, write(mutate(document, source), source), document["subject"].encode())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_refusal(value: bytes) -> None:
    for headers in ((), HEADERS, (("content-type", b"application/json"), ("ce_id", value[:20]))):
        refusal(value, Entity.VACANCY, headers)


def test_every_pattern_and_validator_is_known_to_the_quick_check() -> None:
    """A new pattern or validator in a model needs its line in the quick check: this list says what it covers."""
    assert {(entity, place) for entity in Entity for place in checked_by_hand(entity)} == {
        (Entity.ENROLMENT, "person/iin"), (Entity.ENROLMENT, "person/birth_date"), (Entity.ENROLMENT, "organisation/bin"),
        (Entity.ENROLMENT, "programme/name"), (Entity.ENROLMENT, "kato"), (Entity.ENROLMENT, "begin_date"),
        (Entity.ENROLMENT, "end_date"),
        (Entity.CERTIFICATION, "person/iin"), (Entity.CERTIFICATION, "person/birth_date"),
        (Entity.CERTIFICATION, "issuer/bin"), (Entity.CERTIFICATION, "achievement/name"),
        (Entity.CERTIFICATION, "achievement/type"), (Entity.CERTIFICATION, "awarded_on"),
        (Entity.CERTIFICATION, "valid_from"), (Entity.CERTIFICATION, "valid_until"), (Entity.CERTIFICATION, "result"),
        (Entity.VACANCY, ""), (Entity.VACANCY, "employer/id"), (Entity.VACANCY, "kato"), (Entity.VACANCY, "occupation"),
        (Entity.VACANCY, "published_on"), (Entity.VACANCY, "valid_through"),
    }  # fmt: skip


def checked_by_hand(entity: Entity) -> set[str]:
    schema, definitions = core_schema_of(SPECS[entity].model)
    found: set[str] = set()
    waiting: list[tuple[Any, tuple[str, ...]]] = [(schema, ())]
    while waiting:
        node, path = waiting.pop()
        kind = node["type"]
        if kind == "function-after" or (kind == "str" and node.get("pattern") in CHECKED_ELSEWHERE):
            found.add("/".join(path))
        if kind == "definition-ref":
            waiting.append((definitions[node["schema_ref"]], path))
        elif kind == "model-fields":
            waiting += [(field["schema"], (*path, name)) for name, field in node["fields"].items()]
        elif kind == "union":
            waiting += [(one[0] if isinstance(one, tuple) else one, path) for one in node["choices"]]
        elif kind == "list":
            waiting.append((node["items_schema"], (*path, "*")))
        elif "schema" in node:
            waiting.append((node["schema"], path))
    return found


def test_data_can_be_taken_apart_without_the_models() -> None:
    event = sample_event(Entity.VACANCY, number=9, employer={"id": make_synthetic_bin(3), "name": "x"})
    assert event.data == sample_data(Entity.VACANCY, number=9) | {
        "employer": {"id": make_synthetic_bin(3), "name": "x"}
    }
