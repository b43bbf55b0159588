"""Broken messages of every kind a lander must refuse, each with the class and the rule it must be refused with."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import SPECS, Entity
from arna.contracts.rules import RULES
from tests.support.samples import sample_event

STRUCTURED: Final[tuple[tuple[str, bytes | None], ...]] = (("content-type", b"application/cloudevents+json"),)
UNREGISTERED_SOURCE: Final = f"urn:kz:bin:{make_synthetic_bin(99_999)}"
"""A well-formed source that no test registers."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GarbageCase:
    """One broken message.

    Attributes:
        name: unique, for test ids.
        value: the message's value.
        headers: the message's headers.
        key: the message's key.
        expected_class: the rejection class.
        expected_rule: the rule id.
        expected_pointer: the JSON pointer.
        needs_registry: only the lander's source registry refuses it; the contract alone takes it.
    """

    name: str
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    key: bytes | None
    expected_class: str
    expected_rule: str
    expected_pointer: str = ""
    needs_registry: bool = False


def _dump(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _document(entity: Entity, number: int) -> Document:
    loaded: Document = json.loads(sample_event(entity, number=number).to_structured()[0])
    return loaded


def _set(document: Document, path: str, value: object) -> None:
    *parents, name = path.split("/")
    node: Any = document
    for parent in parents:
        node = node[int(parent)] if isinstance(node, list) else node[parent]
    node[name] = value


def _drop(document: Document, path: str) -> None:
    *parents, name = path.split("/")
    for parent in parents:
        document = document[parent]
    del document[name]


def _bytes_cases(entity: Entity, good: bytes) -> Iterator[tuple[str, bytes | None, str, str]]:
    """Name, value, rule, pointer of what is wrong before there is a parsed event."""
    identifier = SPECS[entity].id_field.encode()
    yield "tombstone", None, "tombstone", ""
    yield "empty", b"", "message_empty", ""
    yield "too_large", good[:-1] + b" " * (256 * 1024) + b"}", "message_too_large", ""
    yield "utf16_with_mark", good.decode().encode("utf-16"), "not_utf8", ""
    yield "utf16_without_mark", good.decode().encode("utf-16-le"), "not_utf8", ""
    yield "latin1", '{"name":"é"}'.encode("latin-1"), "not_utf8", ""
    yield "cp1251", '{"name":"Алматы"}'.encode("cp1251"), "not_utf8", ""
    yield "byte_order_mark", b"\xef\xbb\xbf" + good, "byte_order_mark", ""
    yield "gzip", gzip.compress(good, mtime=0), "not_utf8", ""
    yield "plain_text", b"hello", "json_malformed", ""
    yield "truncated", good[: len(good) // 2], "json_malformed", ""
    yield "trailing_comma", good[:-1] + b",}", "json_malformed", ""
    yield "two_documents", good + good, "json_malformed", ""
    yield "single_quotes", good.replace(b'"', b"'"), "json_malformed", ""
    yield "raw_control_character", good.replace(b'"specversion"', b'"spec\nversion"'), "json_malformed", ""
    yield "deep_arrays", good[:-1] + b',"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "json_too_deep", ""
    yield "deep_objects", b'{"a":' * 33 + b"1" + b"}" * 33, "json_too_deep", ""
    yield "unclosed_brackets", b"[" * 100_000, "json_too_deep", ""
    for name, token, rule in (
        ("nan", b"NaN", "number_not_finite"),
        ("infinity", b"-Infinity", "number_not_finite"),
        ("huge_exponent", b"1e200000", "number_out_of_range"),
        ("huge_integer", b"9" * 5000, "number_out_of_range"),
        ("integer_above_2_53", b"9007199254740993", "number_out_of_range"),
    ):
        yield name, good.replace(b'"recordversion":1', b'"recordversion":' + token), rule, "/recordversion"
        yield f"{name}_unknown", good[:-2] + b',"x9":' + token + b"}}", rule, "/data"
    yield (
        "same_key_twice",
        good.replace(b'"recordversion":1', b'"recordversion":1,"recordversion":1'),
        ("duplicate_key"),
        "/recordversion",
    )
    yield (
        "same_data_key_twice",
        good[:-2] + b',"' + identifier + b'":"x"}}',
        "duplicate_key",
        (f"/data/{identifier.decode()}"),
    )
    yield "null_character", good[:-2] + b',"x9":"a\\u0000b"}}', "null_character", "/data"
    yield "lone_surrogate", good[:-2] + b',"x9":"\\ud800"}}', "lone_surrogate", "/data"
    yield "null_character_in_key", good[:-2] + b',"x\\u0000":1}}', "null_character", "/data"
    yield "array", b"[]", "envelope_not_object", ""
    yield "number", b"1", "envelope_not_object", ""
    yield "null", b"null", "envelope_not_object", ""


def _envelope_cases(entity: Entity) -> Iterator[tuple[str, Callable[[Document], None], str, str]]:
    """Name, what to break, rule, pointer of what is wrong with the envelope."""
    other = next(one for one in Entity if one != entity)

    def put(path: str, value: object) -> Callable[[Document], None]:
        return lambda document: _set(document, path, value)

    def drop(path: str) -> Callable[[Document], None]:
        return lambda document: _drop(document, path)

    for name in ("specversion", "id", "source", "type", "subject", "time", "dataschema", "recordversion", "data"):
        yield f"no_{name}", drop(name), "attribute_missing", f"/{name}"
    yield "old_specversion", put("specversion", "0.3"), "specversion_unsupported", "/specversion"
    yield "id_not_uuid", put("id", "42"), "event_id_malformed", "/id"
    yield "id_with_line_feed", put("id", "0190f3c1-7b1e-7abc-8def-0123456789ab\n"), "event_id_malformed", "/id"
    yield "source_bad_bin", put("source", "urn:kz:bin:501240000014"), "source_malformed", "/source"
    yield "source_relative", put("source", "school 7"), "source_malformed", "/source"
    yield "source_with_iin", put("source", f"urn:person:{make_synthetic_iin(9)}"), "source_malformed", "/source"
    yield "type_unknown", put("type", f"kz.arna.{entity}.exploded.v1"), "type_unknown", "/type"
    yield (
        "type_next_version",
        (put("type", SPECS[entity].event_type(SPECS[entity].actions[0])[:-1] + "2")),
        "type_unknown",
        "/type",
    )
    yield "type_other_entity", (put("type", SPECS[other].event_type(SPECS[other].actions[0]))), "type_unknown", "/type"
    yield "dataschema_other", put("dataschema", SPECS[other].schema_uri), "dataschema_unknown", "/dataschema"
    yield "subject_other", put("subject", "somebody-else"), "subject_mismatch", "/subject"
    yield "time_without_offset", put("time", "2026-05-04T09:30:00"), "time_malformed", "/time"
    yield "time_impossible", put("time", "2026-02-30T09:30:00Z"), "time_malformed", "/time"
    yield "time_far_future", put("time", "2999-01-01T00:00:00Z"), "time_in_future", "/time"
    for name, version in (("zero", 0), ("text", "1"), ("true", True), ("fraction", 1.5), ("whole_float", 1.0)):
        yield f"version_{name}", put("recordversion", version), "record_version_malformed", "/recordversion"
    yield "traceparent_bad", put("traceparent", "00-abc"), "traceparent_malformed", "/traceparent"
    yield (
        "datacontenttype_xml",
        put("datacontenttype", "text/xml"),
        ("data_content_type_unsupported"),
        "/datacontenttype",
    )
    yield "data_base64", put("data_base64", "e30="), "data_base64_unsupported", ""
    yield "extension_object", put("myextension", {"a": 1}), "extension_malformed", ""
    yield "data_text", put("data", "{}"), "type_mismatch", "/data"
    yield "iin_in_extension", put("note", make_synthetic_iin(77)), "iin_outside_person", ""


def _data_cases(entity: Entity) -> Iterator[tuple[str, str, object, str, str]]:
    """Name, path in the data, value to put there, rule, pointer."""
    identifier = SPECS[entity].id_field
    yield "empty_id", identifier, "", "text_length", f"/data/{identifier}"
    yield "long_id", identifier, "x" * 201, "text_length", f"/data/{identifier}"
    yield "id_number", identifier, 7, "type_mismatch", f"/data/{identifier}"
    yield "status_unknown", "status", "sleeping", "value_not_listed", "/data/status"
    status, date, organisation = {
        Entity.ENROLMENT: ("ended", "begin_date", "organisation/bin"),
        Entity.CERTIFICATION: ("revoked", "awarded_on", "issuer/bin"),
        Entity.VACANCY: ("filled", "published_on", "employer/id"),
    }[entity]
    yield "status_disagrees", "status", status, "action_status_mismatch", "/data/status"
    yield "date_impossible", date, "2026-02-29", "date_malformed", f"/data/{date}"
    yield "date_other_writing", date, "04.05.2026", "date_malformed", f"/data/{date}"
    yield "date_with_time", date, "2026-05-04T00:00:00", "date_malformed", f"/data/{date}"
    yield "date_foreign_digits", date, "٢٠٢٦-٠٥-٠٤", "date_malformed", f"/data/{date}"
    yield "bin_check_digit", organisation, "501240000014", "bin_check_digit", f"/data/{organisation}"
    if entity is not Entity.VACANCY:
        yield "iin_check_digit", "person/iin", "990101100001", "iin_check_digit", "/data/person/iin"
        yield "iin_never_issued", "person/iin", "990101100100", "iin_check_digit", "/data/person/iin"
        yield "iin_number", "person/iin", 990101100000, "type_mismatch", "/data/person/iin"
        yield "iin_short", "person/iin", "99010110000", "iin_malformed", "/data/person/iin"
        yield "iin_month_13", "person/iin", "991301100000", "iin_malformed", "/data/person/iin"
        yield "iin_is_bin", "person/iin", "501240000013", "iin_malformed", "/data/person/iin"
        yield "iin_foreign_digits", "person/iin", "٩٩٠١٠١١٠٠٠٠٠", "iin_malformed", "/data/person/iin"
        yield "person_text", "person", "somebody", "type_mismatch", "/data/person"
    if entity is not Entity.CERTIFICATION:
        yield "kato_short", "kato", "71100", "kato_malformed", "/data/kato"
    yield from _OWN_CASES[entity]


_OWN_CASES: Final[dict[Entity, tuple[tuple[str, str, object, str, str], ...]]] = {
    Entity.ENROLMENT: (
        ("level_9", "programme/isced_level", 9, "number_range", "/data/programme/isced_level"),
        ("level_text", "programme/isced_level", "6", "type_mismatch", "/data/programme/isced_level"),
        ("level_true", "programme/isced_level", True, "type_mismatch", "/data/programme/isced_level"),
        ("no_name", "programme/name", {}, "name_missing", "/data/programme/name"),
        ("iin_in_name", "programme/name/en", "for 990101100000", "iin_outside_person", "/data/programme/name/en"),
    ),
    Entity.CERTIFICATION: (
        ("hours_text", "achievement/hours", "72", "type_mismatch", "/data/achievement/hours"),
        ("hours_negative", "achievement/hours", -1, "number_range", "/data/achievement/hours"),
        ("type_unknown_ob3", "achievement/type", "Trophy", "value_not_listed", "/data/achievement/type"),
        ("framework", "achievement/skills/0/framework", "x", "value_not_listed", "/data/achievement/skills/0/framework"),
        ("skills_object", "achievement/skills", {}, "type_mismatch", "/data/achievement/skills"),
        ("skills_too_many", "achievement/skills", [{"framework": "local", "name": "a"}] * 201, "list_length",
         "/data/achievement/skills"),
        ("percent_text", "result/value", "high", "result_not_numeric", "/data/result/value"),
        ("url", "evidence_url", "javascript:alert(1)", "url_malformed", "/data/evidence_url"),
        ("iin_in_url", "evidence_url", "https://x.example/990101100000", "iin_outside_person", "/data/evidence_url"),
        ("no_name", "achievement/name", {"kk": None}, "name_missing", "/data/achievement/name"),
    ),
    Entity.VACANCY: (
        ("employer_iin_check_digit", "employer/id", "990101100001", "iin_check_digit", "/data/employer/id"),
        ("employer_text", "employer/id", "school 7", "employer_id_malformed", "/data/employer/id"),
        ("nkz", "occupation/code", "25121", "nkz_malformed", "/data/occupation/code"),
        ("isco", "occupation", {"scheme": "isco08", "code": "25-12"}, "isco_malformed", "/data/occupation/code"),
        ("onet", "occupation", {"scheme": "onet", "code": "15-1252"}, "onet_malformed", "/data/occupation/code"),
        ("esco", "occupation", {"scheme": "esco", "code": "data engineer"}, "esco_malformed", "/data/occupation/code"),
        ("currency", "salary/currency", "tenge", "currency_malformed", "/data/salary/currency"),
        ("openings_zero", "openings", 0, "number_range", "/data/openings"),
        ("remote_number", "remote", 1, "type_mismatch", "/data/remote"),
        ("nowhere", "kato", None, "kato_missing", "/data/kato"),
        ("iin_in_title", "title", "call 990101100000", "iin_outside_person", "/data/title"),
    ),
}  # fmt: skip


def garbage(entity: Entity, *, number: int = 900_000) -> list[GarbageCase]:
    """Broken messages for an entity's topic, each with a subject and an event id of its own.

    Args:
        entity: whose topic they are for.
        number: where the numbers of their sample events start.
    """
    made: list[GarbageCase] = []

    def add(
        name: str,
        value: bytes | None,
        rule: str,
        pointer: str = "",
        *,
        headers: tuple[tuple[str, bytes | None], ...] = STRUCTURED,
        key: bytes | None = None,
        needs_registry: bool = False,
    ) -> None:
        rejection_class = RULES[rule].rejection_class.value
        made.append(GarbageCase(name, value, headers, key, rejection_class, rule, pointer, needs_registry))

    def next_document() -> Document:
        return _document(entity, number + len(made))

    for index, (name, _, rule, pointer) in enumerate(list(_bytes_cases(entity, _dump(next_document())))):
        cases = list(_bytes_cases(entity, _dump(next_document())))
        add(name, cases[index][1], rule, pointer)
    for name, break_it, rule, pointer in _envelope_cases(entity):
        document = next_document()
        break_it(document)
        add(name, _dump(document), rule, pointer)
    for name, path, value, rule, pointer in _data_cases(entity):
        document = next_document()
        _set(document["data"], path, value)
        if path == SPECS[entity].id_field and isinstance(value, str) and value:
            document["subject"] = value[:200]
        add(name, _dump(document), rule, pointer)
    document = next_document()
    _drop(document["data"], "status")
    add("no_status", _dump(document), "field_missing", "/data/status")
    _add_header_cases(entity, number, add, made)
    document = next_document()
    document["source"] = UNREGISTERED_SOURCE
    add("source_not_registered", _dump(document), "source_not_registered", "/source", needs_registry=True)
    return made


def _add_header_cases(entity: Entity, number: int, add: Callable[..., None], made: list[GarbageCase]) -> None:
    good = sample_event(entity, number=number + len(made))
    value, headers, _ = good.to_structured()
    add("key_of_another", value, "key_mismatch", "/subject", key=b"somebody-else")
    add("key_empty", value, "key_mismatch", "/subject", key=b"")
    add("batch_mode", b"[" + value + b"]", "content_type_unsupported",
        headers=(("content-type", b"application/cloudevents-batch+json"),))  # fmt: skip
    add("avro", value, "content_type_unsupported", headers=(("content-type", b"application/avro"),))
    add("charset", value, "charset_unsupported",
        headers=(("content-type", b"application/cloudevents+json; charset=windows-1251"),))  # fmt: skip
    add("content_type_twice", value, "header_repeated", headers=tuple(headers) * 2)
    add("header_not_utf8", value, "header_malformed", headers=(("content-type", b"\xff\xfe"),))
    body, binary, _ = good.to_binary()
    add("binary_without_id", body, "attribute_missing", "/id",
        headers=tuple(header for header in binary if header[0] != "ce_id"))  # fmt: skip
    add("binary_version_text", body, "record_version_malformed", "/recordversion",
        headers=tuple((name, b"one" if name == "ce_recordversion" else text) for name, text in binary))  # fmt: skip
    add("binary_body_truncated", body[:40], "json_malformed", headers=tuple(binary))


GARBAGE: Final[list[GarbageCase]] = garbage(Entity.CERTIFICATION)
"""Broken messages for the certification topic."""
