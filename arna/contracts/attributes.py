"""The CloudEvents attributes of an event: what each must look like, checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from arna.contracts.fields import MAX_INTEGER
from arna.contracts.identifiers import find_iins, is_valid_bin
from arna.contracts.registry import EntitySpec
from arna.contracts.strictjson import refuse

SPECVERSION: Final = "1.0"
MAX_SUBJECT: Final = 200
MAX_SOURCE: Final = 500
MAX_AHEAD: Final = timedelta(minutes=5)
"""How far an event's time may be ahead of the reader's clock."""

BIN_URN: Final = "urn:kz:bin:"
TRACEPARENT_PATTERN: Final = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
TIME_PATTERN: Final = (
    r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-2][0-9]:[0-5][0-9])$"
)
UUID_PATTERN: Final = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
SOURCE_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$"

REQUIRED: Final = ("specversion", "id", "source", "type", "subject", "time", "dataschema", "recordversion", "data")
OPTIONAL: Final = ("datacontenttype", "traceparent")

_TRACEPARENT: Final = re.compile(TRACEPARENT_PATTERN[:-1] + r"\Z")
_TIME: Final = re.compile(TIME_PATTERN[:-1] + r"\Z")
_UUID: Final = re.compile(UUID_PATTERN[:-1] + r"\Z")
_SOURCE: Final = re.compile(SOURCE_PATTERN[:-1] + r"\Z")
_ANY_UUID: Final = re.compile(UUID_PATTERN[1:-1])
_EXTENSION: Final = re.compile(r"[a-z0-9]{1,60}")
_JSON_TYPE: Final = re.compile(r"application/json\s*(?:;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)


class Attributes(NamedTuple):
    """The attributes of an event that passed, in Python's types."""

    action: str
    event_id: str
    source: str
    subject: str
    record_version: int
    occurred_at: datetime
    traceparent: str | None


def find_stray_iins(text: str) -> list[str]:
    """IINs in a text that is not meant to hold one; digits that belong to a UUID are left out."""
    return find_iins(_ANY_UUID.sub("", text))


@lru_cache(maxsize=4096)
def is_source(text: str) -> bool:
    """Whether a text can name a source: ``urn:kz:bin:<valid BIN>`` or another absolute URI, without any IIN."""
    if text.startswith(BIN_URN):
        return is_valid_bin(text[len(BIN_URN) :])
    return len(text) <= MAX_SOURCE and _SOURCE.match(text) is not None and not find_stray_iins(text)


def parse_event_id(text: object) -> str | None:
    """A UUID in its canonical lower case, or None where the value is no UUID."""
    return text.lower() if isinstance(text, str) and _UUID.match(text) else None


def parse_time(text: str) -> datetime | None:
    """An aware datetime from RFC 3339 text, or None. A leap second counts as the second before it."""
    if _TIME.match(text) is None:
        return None
    if text[17] == "6":
        text = f"{text[:17]}59{text[19:]}" if text[18] == "0" else ""
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def presentable(attributes: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The event id and the source of a refused event, each only where well formed and surely without an IIN."""
    event_id = parse_event_id(attributes.get("id"))
    source = attributes.get("source")
    return (
        event_id if event_id and not find_iins(event_id) else None,
        source if isinstance(source, str) and is_source(source) else None,
    )


def check_attributes(document: Mapping[str, Any], spec: EntitySpec, now: datetime) -> Attributes:
    """Check everything about an event but its data.

    Raises:
        ContractError: at the first attribute that is wrong, in the order of ``REQUIRED``.
    """
    if "data_base64" in document:
        raise refuse("data_base64_unsupported")
    for name in REQUIRED:
        if document.get(name) is None:
            raise refuse("attribute_missing", (name,))
    if document["specversion"] != SPECVERSION:
        raise refuse("specversion_unsupported", ("specversion",))
    event_id = parse_event_id(document["id"])
    if event_id is None:
        raise refuse("event_id_malformed", ("id",))
    source = document["source"]
    if not isinstance(source, str) or not is_source(source):
        raise refuse("source_malformed", ("source",))
    action = _check_type(document["type"], spec)
    subject = document["subject"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT:
        raise refuse("subject_malformed", ("subject",))
    occurred_at = _check_time(document["time"], now)
    if document["dataschema"] != spec.schema_uri:
        raise refuse("dataschema_unknown", ("dataschema",))
    version = document["recordversion"]
    if type(version) is not int or not 1 <= version <= MAX_INTEGER:
        raise refuse("record_version_malformed", ("recordversion",))
    _check_optional(document)
    return Attributes(action, event_id, source, subject, version, occurred_at, document.get("traceparent"))


def _check_type(event_type: object, spec: EntitySpec) -> str:
    action = spec.action_of(event_type) if isinstance(event_type, str) else None
    if action is None:
        raise refuse("type_unknown", ("type",))
    return action


def _check_time(text: object, now: datetime) -> datetime:
    occurred_at = parse_time(text) if isinstance(text, str) else None
    if occurred_at is None:
        raise refuse("time_malformed", ("time",))
    if occurred_at > now + MAX_AHEAD:
        raise refuse("time_in_future", ("time",))
    return occurred_at


def _check_optional(document: Mapping[str, Any]) -> None:
    content_type = document.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and _JSON_TYPE.fullmatch(content_type)):
        raise refuse("data_content_type_unsupported", ("datacontenttype",))
    traceparent = document.get("traceparent")
    if traceparent is not None and not (isinstance(traceparent, str) and _TRACEPARENT.match(traceparent)):
        raise refuse("traceparent_malformed", ("traceparent",))
    for name, value in document.items():
        if name in REQUIRED or name in OPTIONAL:
            continue
        # CloudEvents: lower-case letters and digits; text, whole number, truth value, or null for "not set".
        if _EXTENSION.fullmatch(name) is None or not (value is None or isinstance(value, (str, int))):
            raise refuse("extension_malformed")
