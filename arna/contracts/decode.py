"""From the bytes of a Kafka message to a checked event: fast accept, slow explain.

1. The fast path takes what is plainly right and nothing else. msgspec parses and checks in one pass and refuses unknown
   fields; that the parsed event written out again gives the very same bytes shows that nothing was hidden (no key
   twice, no odd number). Members in another order are read once more as dictionaries, which keep it; other writings of
   the same JSON (spaces, escapes) go through jiter, which refuses duplicate keys.
2. Whatever is unusual goes to the slow path, which decides what is right, step by step, and names what is wrong.

An unknown optional field is kept; so that it is only slower, a newer publisher can be ahead of this reader.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import jiter
import msgspec
import orjson

from arna.contracts.attributes import (
    BIN_URN,
    MAX_AHEAD,
    check_attributes,
    is_source,
    parse_time,
    presentable,
)
from arna.contracts.checks import (
    READERS,
    PersonNumber,
    Reader,
    check_data,
    check_stray_iins,
    has_long_numbers_beside,
    may_hide_iins,
)
from arna.contracts.registry import Entity
from arna.contracts.shapes import Structure
from arna.contracts.strictjson import MAX_BYTES, Json, check_tree, decode_text, parse_json, refuse
from arna.errors import ContractError

Headers = Sequence[tuple[str, bytes | None]]

STRUCTURED_TYPE: Final = "application/cloudevents+json"
JSON_TYPE: Final = "application/json"
ATTRIBUTE_PREFIX: Final = "ce_"

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_WHOLE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")
_CHARSET: Final = re.compile(r"charset=\"?([^\";\s]*)\"?", re.IGNORECASE)
_USUAL_HEADERS: Final = frozenset(
    {
        ("content-type", b"application/cloudevents+json"),
        ("content-type", b"application/cloudevents+json; charset=utf-8"),
        ("content-type", b"application/cloudevents+json; charset=UTF-8"),
        ("content-type", b"application/json"),
    }
)
_write: Final = msgspec.json.Encoder().encode
_BACKSLASH: Final = ord("\\")
_DATA_MEMBER: Final = b'"data":{'
_DATA_AT: Final = len(_DATA_MEMBER) - 1
_SHORT_NUMBER: Final = 99_999_999_999


class DecodedEvent(NamedTuple):
    """An event that keeps its contract; a named tuple, for half a million of them are made at a time.

    Attributes:
        entity: what it is about.
        action: what happened, ``issued`` for example.
        event_id: UUID in canonical lower case.
        source: who says so.
        subject: the entity's id at the source; also the Kafka key.
        record_version: the source's number of this state.
        occurred_at: when it happened, aware.
        traceparent: W3C trace context, if sent.
        data_text: the data as JSON, unknown optional fields included; each IIN of ``person_numbers`` stands in it once
            and nowhere else. As sent, where the message was written as we would write it.
        payload_sha256: hash of what was sent; in binary mode of the ``ce_`` headers too.
        person_numbers: every place in the data that holds an IIN: path, IIN, declared birth date.
    """

    entity: Entity
    action: str
    event_id: str
    source: str
    subject: str
    record_version: int
    occurred_at: datetime
    traceparent: str | None
    data_text: bytes
    payload_sha256: bytes
    person_numbers: tuple[PersonNumber, ...]

    @property
    def data(self) -> dict[str, Any]:
        """The parsed data, parsed anew at each call."""
        data: dict[str, Any] = orjson.loads(self.data_text)
        return data


def decode_message(
    value: bytes | None, headers: Headers, key: bytes | None, entity: Entity, *, now: datetime, strict: bool = False
) -> DecodedEvent:
    """Decode and check one Kafka message, in structured or binary CloudEvents mode.

    Args:
        value: the message's value; None is a tombstone.
        headers: the message's headers.
        key: the message's key; if there is one, it must be the subject.
        entity: whose topic the message came from.
        now: the reader's clock, aware.
        strict: refuse unknown fields of the data, as a writer must; the fast path takes none anyway.

    Returns:
        The event.

    Raises:
        ContractError: the message breaks the contract: class, rule and pointer, never a value.
    """
    reader = READERS[entity]
    if value is None:
        raise refuse("tombstone")
    event = _accept(value, headers, key, reader, now)
    return event if event is not None else _decide(value, headers, key, reader, now, strict=strict)


def _accept(value: bytes, headers: Headers, key: bytes | None, reader: Reader, now: datetime) -> DecodedEvent | None:
    """The fast path: the event, or None where anything is unusual."""
    if len(value) > MAX_BYTES or not (
        (headers[0] in _USUAL_HEADERS) if len(headers) == 1 else _is_plainly_structured(headers)
    ):
        return None
    parsed = _parse(value, reader)
    if parsed is None:
        return None
    event, text = parsed
    event_id, source, subject, data = event.id, event.source, event.subject, event.data
    action, statuses = reader.actions[event.type]
    occurred_at = parse_time(event.time)
    if (
        occurred_at is None
        or occurred_at > now + MAX_AHEAD
        or _UUID.match(event_id) is None
        or not is_source(source)
        or getattr(data, reader.spec.id_field) != subject
        or (key is not None and key != subject.encode())
        or data.status not in statuses
    ):
        return None
    numbers = reader.accept(data)
    if numbers is None:
        return None
    version, traceparent = event.recordversion, event.traceparent or None
    if _may_hide_iins(value, text, event_id, source, version, traceparent, numbers, reader):
        try:
            check_stray_iins(msgspec.to_builtins(event), reader.tree, numbers)
        except ContractError:
            return None
    # Straight to tuple's own constructor: this line runs for every good event.
    fields = (
        reader.spec.entity,
        action,
        event_id,
        source,
        subject,
        version,
        occurred_at,
        traceparent,
        text,
        hashlib.sha256(value).digest(),
        numbers,
    )
    return tuple.__new__(DecodedEvent, fields)


def _may_hide_iins(
    value: bytes,
    text: bytes,
    event_id: str,
    source: str,
    version: int,
    traceparent: str | None,
    numbers: tuple[PersonNumber, ...],
    reader: Reader,
) -> bool:
    """As ``may_hide_iins``, of the data alone where nothing else in the event can hold a number: a third is saved."""
    if traceparent is not None or version > _SHORT_NUMBER or not source.startswith(BIN_URN):
        return may_hide_iins(value, source, reader)
    for _, iin, _ in numbers:
        # Even the end of an event's id may be its person's number.
        if iin in event_id:
            return True
    return has_long_numbers_beside(text, reader.long_numbers)


def _parse(value: bytes, reader: Reader) -> tuple[Structure, bytes] | None:
    """Parse a structured event that has contract fields only, each of the right type; None otherwise.

    Returns:
        The event as ``reader.message_type``, and its data as JSON text.
    """
    try:
        event = reader.decoder.decode(value)
        if _write(event) == value or orjson.dumps(reader.ordered.decode(value)) == value:
            text = _cut_data(value)
        else:
            parsed = jiter.from_json(value, allow_inf_nan=False, catch_duplicate_keys=True, partial_mode=False)
            event = msgspec.convert(parsed, reader.message_type)
            if not is_same_json(event, parsed):
                return None
            text = orjson.dumps(parsed["data"])
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return None
    # U+0000 cannot be stored; digits written as escapes (\u0030–\u0039) would hide a number from the search for them.
    if _BACKSLASH in value and (b"\\u0000" in value or b"\\u003" in value):
        return None
    return event, text


def _cut_data(value: bytes) -> bytes:
    """The data of an event that is written as we would write it, as they stand there.

    They are the one object among the envelope's members, so they come last where the event ends in two brackets; and
    their name with its quotes cannot stand in a text, whose quotes are escaped.
    """
    if value.endswith(b"}}"):
        return value[value.find(_DATA_MEMBER) + _DATA_AT : -1]
    return orjson.dumps(orjson.loads(value)["data"])


def is_same_json(structure: Structure, values: Json) -> bool:
    """Whether a structure that msgspec made of JSON values says what they say: 5 is not 5.0, null is not nothing."""
    written = orjson.dumps(msgspec.to_builtins(structure), option=orjson.OPT_SORT_KEYS)
    return written == orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def _is_plainly_structured(headers: Headers) -> bool:
    content_types = 0
    for header in headers:
        name = header[0]
        if name == "content-type":
            content_types += 1
            if header not in _USUAL_HEADERS:
                return False
        elif name[:3].lower() == ATTRIBUTE_PREFIX or name.lower() == "content-type":
            return False
    return content_types <= 1


def _decide(
    value: bytes, headers: Headers, key: bytes | None, reader: Reader, now: datetime, *, strict: bool = False
) -> DecodedEvent:
    """The slow path: every check in order."""
    public: dict[str, Any] = {}
    try:
        if len(value) > MAX_BYTES:
            raise refuse("message_too_large")
        if not value:
            raise refuse("message_empty")
        attributes = _read_headers(headers)
        if attributes is None:
            document = _read_structured(value, reader, public)
            digest = hashlib.sha256(value).digest()
        else:
            document = _read_binary(value, attributes, reader, public)
            digest = hash_binary(value, headers)
        return _judge(document, digest, key, reader, now, strict=strict)
    except ContractError as error:
        event_id, source = presentable(public)
        # What is refused itself is not repeated.
        error.event_id = None if error.pointer == "/id" else event_id
        error.source = None if error.pointer == "/source" else source
        raise


def _read_headers(headers: Headers) -> dict[str, Any] | None:
    """The attributes of a binary-mode event from its headers, or None in structured mode."""
    texts: dict[str, str] = {}
    for name, content in headers:
        lowered = name.lower()
        if lowered != "content-type" and not lowered.startswith(ATTRIBUTE_PREFIX):
            continue
        if lowered in texts:
            raise refuse("header_repeated")
        try:
            texts[lowered] = (content or b"").decode()
        except UnicodeDecodeError:
            raise refuse("header_malformed") from None
    media_type, _, parameters = texts.pop("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    charset = _CHARSET.search(parameters)
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise refuse("charset_unsupported")
    # No type, or only that of the data, and no attributes in headers: so some clients write structured events.
    if media_type == STRUCTURED_TYPE or (media_type in {"", JSON_TYPE} and not texts):
        return None
    if media_type not in {"", JSON_TYPE}:
        raise refuse("content_type_unsupported")
    if sum(map(len, texts.values())) > MAX_BYTES:
        raise refuse("message_too_large")
    return {name.removeprefix(ATTRIBUTE_PREFIX): text for name, text in texts.items()}


def _read_structured(value: bytes, reader: Reader, public: dict[str, Any]) -> dict[str, Any]:
    document = parse_json(decode_text(value))
    if isinstance(document, dict):
        public.update(document)
    check_tree(document, reader.tree)
    if not isinstance(document, dict):
        raise refuse("envelope_not_object")
    return document


def _read_binary(value: bytes, attributes: Mapping[str, Any], reader: Reader, public: dict[str, Any]) -> dict[str, Any]:
    public.update(attributes)
    document = dict(attributes)
    # A header is text: the one whole number of the envelope is written in decimal digits.
    version = document.get("recordversion")
    if version is not None and _WHOLE_NUMBER.fullmatch(version):
        document["recordversion"] = int(version)
    document["data"] = parse_json(decode_text(value))
    check_tree(document, reader.tree)
    return document


def hash_binary(value: bytes, headers: Headers) -> bytes:
    """SHA-256 of a message in binary mode: of its ``ce_`` headers, sorted, and of its value."""
    digest = hashlib.sha256()
    for name, content in sorted((name.lower(), content or b"") for name, content in headers):
        if name.startswith(ATTRIBUTE_PREFIX):
            digest.update(b"%s=%d:%s;" % (name.encode(), len(content), content))
    digest.update(value)
    return digest.digest()


def _judge(
    document: dict[str, Any], digest: bytes, key: bytes | None, reader: Reader, now: datetime, *, strict: bool
) -> DecodedEvent:
    attributes = check_attributes(document, reader.spec, now)
    data = document["data"]
    numbers = check_data(data, attributes, reader, strict=strict)
    if key is not None and key != attributes.subject.encode():
        raise refuse("key_mismatch", ("subject",))
    check_stray_iins(document, reader.tree, numbers)
    return DecodedEvent(
        reader.spec.entity,
        attributes.action,
        attributes.event_id,
        attributes.source,
        attributes.subject,
        attributes.record_version,
        attributes.occurred_at,
        attributes.traceparent,
        orjson.dumps(data),
        digest,
        numbers,
    )
