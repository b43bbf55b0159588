"""Dirt for a synthetic cohort: duplicates, late and out-of-order versions, conflicts, malformed messages, broken rules.

Dirt never touches a clean message: each piece is extra, with a subject of its own or after the message it repeats, and
always in that message's partition, so what becomes of everything can be told beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from arna.contracts.identifiers import make_synthetic_bin
from arna.contracts.registry import SPECS, Entity
from arna.contracts.rules import RULES
from producers.cohort import GeneratedMessage, event_id

Document = dict[str, Any]

UNREGISTERED_SOURCE: Final = f"urn:kz:bin:{make_synthetic_bin(99_999)}"
"""A well-formed source that nobody registers."""
_LONGEST_DELAY: Final = 3_000


class Delayed(NamedTuple):
    """A piece of dirt and how many messages later it is sent."""

    delay: int
    message: GeneratedMessage


class BrokenRule(NamedTuple):
    """A change that keeps the contract and breaks a rule of the domain."""

    rejection_class: str
    rule_id: str
    change: Callable[[Document], None]


def _put(path: str, value: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        node: Any = document
        *parents, name = path.split("/")
        for parent in parents:
            node = node[parent]
        node[name] = value

    return change


def _drop(path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        node: Any = document
        *parents, name = path.split("/")
        for parent in parents:
            node = node[parent]
        del node[name]

    return change


def _status(entity: Entity, action: str, status: str, **fields: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["type"] = SPECS[entity].event_type(action)
        document["data"]["status"] = status
        document["data"].update(fields)
        for name in ("revocation_reason", "exit_type"):
            if name not in fields:
                document["data"].pop(name, None)

    return change


_PAY: Final = {"currency": "KZT", "period": "month", "gross": True}

BROKEN_RULES: Final[dict[Entity, tuple[BrokenRule, ...]]] = {
    Entity.ENROLMENT: (
        BrokenRule("rule_failed", "end_before_begin",
                   _status(Entity.ENROLMENT, "ended", "ended", end_date="2001-09-01", exit_type="withdrawn")),
        BrokenRule("rule_failed", "ended_without_exit",
                   _status(Entity.ENROLMENT, "ended", "ended", end_date="2030-09-01")),
        BrokenRule("reference_unknown", "region_unknown", _put("data/kato", "990000000")),
    ),
    Entity.CERTIFICATION: (
        BrokenRule("rule_failed", "score_above_max", _put("data/result", {"kind": "score", "value": 120, "max": 100})),
        BrokenRule("rule_failed", "percent_out_of_range", _put("data/result", {"kind": "percent", "value": 140})),
        BrokenRule("rule_failed", "revoked_without_reason", _status(Entity.CERTIFICATION, "revoked", "revoked")),
        BrokenRule("rule_failed", "until_before_from", _put("data/valid_until", "2001-01-01")),
    ),
    Entity.VACANCY: (
        BrokenRule("rule_failed", "salary_min_above_max",
                   _put("data/salary", {"min": 900000, "max": 300000, **_PAY})),
        BrokenRule("rule_failed", "deadline_before_publication", _put("data/valid_through", "2001-01-01")),
        BrokenRule("reference_unknown", "region_unknown", _put("data/kato", "990000000")),
        BrokenRule("reference_unknown", "currency_unknown",
                   _put("data/salary", {"min": 300000, **_PAY, "currency": "ABC"})),
    ),
}  # fmt: skip
"""Rules of the suites that the generator breaks on purpose."""

_OTHER: Final = {
    Entity.ENROLMENT: Entity.VACANCY,
    Entity.CERTIFICATION: Entity.ENROLMENT,
    Entity.VACANCY: Entity.CERTIFICATION,
}
_ID: Final = {entity: SPECS[entity].id_field for entity in Entity}
_BIN: Final = {
    Entity.ENROLMENT: "data/organisation/bin",
    Entity.CERTIFICATION: "data/issuer/bin",
    Entity.VACANCY: "data/employer/id",
}


def _changes(entity: Entity) -> tuple[tuple[str, Callable[[Document], None]], ...]:
    """Rule and what to change in the document to break it."""
    spec = SPECS[entity]
    common = (
        ("attribute_missing", _drop("id")),
        ("event_id_malformed", _put("id", "42")),
        ("specversion_unsupported", _put("specversion", "0.3")),
        ("subject_mismatch", _put(f"data/{spec.id_field}", "somebody-else")),
        ("time_in_future", _put("time", "2999-01-01T00:00:00Z")),
        ("time_malformed", _put("time", "2026-05-04T09:30:00")),
        ("record_version_malformed", _put("recordversion", 0)),
        ("type_unknown", _put("type", SPECS[_OTHER[entity]].event_type(SPECS[_OTHER[entity]].actions[0]))),
        ("dataschema_unknown", _put("dataschema", SPECS[_OTHER[entity]].schema_uri)),
        ("source_not_registered", _put("source", UNREGISTERED_SOURCE)),
        ("field_missing", _drop("data/status")),
        ("value_not_listed", _put("data/status", "sleeping")),
        ("type_mismatch", _put("data", "{}")),
        ("envelope_not_object", _put("", "")),
        ("bin_check_digit", _put(_BIN[entity], "501240000014")),
    )
    if entity is Entity.VACANCY:
        return (*common, ("kato_malformed", _put("data/kato", "71100")))
    return (*common, ("iin_check_digit", _wrong_check_digit), ("iin_malformed", _put("data/person/iin", "99010110000")))


def _wrong_check_digit(document: Document) -> None:
    person = document["data"]["person"]
    person["iin"] = f"{person['iin'][:11]}{(int(person['iin'][11]) + 1) % 10}"


def _bytes_changes(version: bytes) -> tuple[tuple[str, Callable[[bytes], bytes | None]], ...]:
    """Rule and what to do to the bytes to break it; ``version`` is the message's recordversion member."""

    def number(text: bytes) -> Callable[[bytes], bytes]:
        return lambda value: value.replace(version, b'"recordversion":' + text, 1)

    def member(text: bytes) -> Callable[[bytes], bytes]:
        return lambda value: value[:-1] + b"," + text + b"}"

    return (
        ("tombstone", lambda _: None),
        ("message_empty", lambda _: b""),
        ("message_too_large", lambda value: value[:-1] + b" " * (256 * 1024) + b"}"),
        ("not_utf8", lambda value: value.decode().encode("utf-16")),
        ("byte_order_mark", lambda value: b"\xef\xbb\xbf" + value),
        ("json_malformed", lambda value: value[: len(value) // 2]),
        ("json_too_deep", member(b'"x":' + b"[" * 64 + b"]" * 64)),
        ("number_not_finite", number(b"NaN")),
        ("number_out_of_range", number(b"1e200000")),
        ("duplicate_key", member(version)),
        ("null_character", member(b'"x":"a\\u0000b"')),
        ("lone_surrogate", member(b'"x":"\\ud800"')),
    )


class Dirt:
    """Makes dirt.

    Args:
        random: its own stream.
        ratio: pieces of dirt for each clean message, 0 to 1.
    """

    def __init__(self, random: Random, ratio: float) -> None:
        self._random = random
        self._ratio = ratio
        self._made = 0
        self._changes = {entity: _changes(entity) for entity in Entity}

    def around(self, clean: GeneratedMessage) -> Iterator[Delayed]:
        """The dirt that a clean message gives rise to: mostly none."""
        if self._random.random() >= self._ratio:
            return
        self._made += 1
        draw = self._random.random()
        if draw < 0.3:
            yield Delayed(self._delay(), clean._replace(kind="duplicate", expected=("duplicate",)))
        elif draw < 0.45:
            yield from self._versions(clean, "late", (2, 1), (0, self._delay()))
        elif draw < 0.55:
            yield from self._versions(clean, "out_of_order", (3, 1, 2), (0, 1, 2))
        elif draw < 0.65:
            yield self._conflict(clean)
        elif draw < 0.85:
            yield self._malformed(clean)
        else:
            yield self._broken(clean)

    def _delay(self) -> int:
        return 1 + int(self._random.random() * _LONGEST_DELAY)

    def _document(self, clean: GeneratedMessage, mark: str) -> Document:
        """A copy with an id and a subject of its own, first version."""
        document: Document = orjson.loads(clean.value or b"")
        subject = f"{document['subject']}-{mark}{self._made}"
        document["id"] = event_id(self._random.getrandbits(128))
        document["subject"] = document["data"][_ID[clean.entity]] = subject
        document["recordversion"] = 1
        return document

    def _send(self, clean: GeneratedMessage, document: Document, kind: str, *expected: str) -> GeneratedMessage:
        return GeneratedMessage(
            clean.entity, orjson.dumps(document), clean.headers, document["subject"].encode(), kind, expected
        )

    def _versions(
        self, clean: GeneratedMessage, kind: str, versions: tuple[int, ...], delays: tuple[int, ...]
    ) -> Iterator[Delayed]:
        document = self._document(clean, "l")
        minute = document["time"][:14]
        for version, delay in zip(versions, delays, strict=True):
            document["recordversion"] = version
            document["time"] = f"{minute}{10 * version:02}:00+05:00"
            document["id"] = event_id(self._random.getrandbits(128))
            expected = "loaded" if version == max(versions) else "superseded"
            yield Delayed(delay, self._send(clean, document, kind, expected))

    def _conflict(self, clean: GeneratedMessage) -> Delayed:
        """The same version said differently: under the same id, or under another one."""
        document: Document = orjson.loads(clean.value or b"")
        document["data"]["language"] = "en" if document["data"]["language"] != "en" else "other"
        rule = "event_id_conflict"
        if self._random.random() < 0.5:
            document["id"] = event_id(self._random.getrandbits(128))
            rule = "version_conflict"
        return Delayed(self._delay(), self._send(clean, document, "conflict", "duplicate_conflict", rule))

    def _malformed(self, clean: GeneratedMessage) -> Delayed:
        document = self._document(clean, "m")
        key = document["subject"].encode()
        changes = self._changes[clean.entity]
        bytes_changes = _bytes_changes(b'"recordversion":1')
        choice = int(self._random.random() * (len(changes) + len(bytes_changes)))
        value: bytes | None
        if choice < len(changes):
            rule, change = changes[choice]
            change(document)
            value = b"[]" if rule == "envelope_not_object" else orjson.dumps(document)
        else:
            rule, damage = bytes_changes[choice - len(changes)]
            value = damage(orjson.dumps(document))
        expected = (RULES[rule].rejection_class.value, rule)
        return Delayed(0, GeneratedMessage(clean.entity, value, clean.headers, key, "malformed", expected))

    def _broken(self, clean: GeneratedMessage) -> Delayed:
        rules = BROKEN_RULES[clean.entity]
        broken = rules[int(self._random.random() * len(rules))]
        document = self._document(clean, "r")
        broken.change(document)
        return Delayed(0, self._send(clean, document, "broken_rule", broken.rejection_class, broken.rule_id))
