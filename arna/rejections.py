"""Rejections: the row of ``ops.rejection`` that a refused message becomes, and the sentences that go with its rule."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Literal
from uuid import UUID

from arna import __version__
from arna.contracts.rules import RULES, UNNAMED_RULE, Rule, Severity
from arna.errors import ContractError
from arna.vault import Vault

Stage = Literal["landing", "load"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refused message: fields as the columns of ``ops.rejection``, in the order of ``REJECTION_COLUMNS``."""

    entity: str
    stage: Stage
    rejection_class: str
    rule_id: str
    severity: str
    pointer: str
    message_kk: str
    message_ru: str
    message_en: str
    topic_id: UUID
    topic_name: str
    partition: int
    offset: int
    batch_id: int | None
    event_id: UUID | None
    source_id: int | None
    source_uri: str | None
    payload_encrypted: bytes | None
    key_id: str | None
    payload_sha256: bytes
    release: str
    rejected_at: datetime

    def as_row(self) -> tuple[object, ...]:
        """Values for COPY, in the order of ``REJECTION_COLUMNS``."""
        return astuple(self)


REJECTION_COLUMNS = tuple(field.name for field in fields(Rejection))
"""Columns of ``sql/ops/copy_rejections.sql``, in order."""

REJECTION_TYPES = (
    *("text",) * 9, "uuid", "text", "int4", "int8", "int8", "uuid", "int4", "text", "bytea", "text", "bytea", "text",
    "timestamptz",
)  # fmt: skip
"""Their PostgreSQL types, for a binary COPY's ``set_types``."""


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where a refused message lies."""

    entity: str
    topic_id: UUID
    topic_name: str
    partition: int
    offset: int


def find_rule(rule_id: str, rules: Mapping[str, Rule] = RULES) -> Rule:
    """The rule of an id; one that is not known (of another release) still gets a sentence."""
    return rules.get(rule_id) or RULES.get(rule_id) or UNNAMED_RULE


def reject_at_landing(
    error: ContractError,
    place: MessagePlace,
    value: bytes | None,
    *,
    vault: Vault,
    rejected_at: datetime,
    source_id: int | None = None,
    payload_sha256: bytes | None = None,
) -> Rejection:
    """The row of a message that breaks its contract. The payload goes in encrypted, a value nowhere.

    Args:
        error: what the contract says.
        place: where the message lies.
        value: the message's bytes; None for a tombstone.
        vault: seals the payload.
        rejected_at: start of the landing transaction, aware.
        source_id: number of the source, where it could be told.
        payload_sha256: hash of the message as ``arna.contracts.decode`` makes it; unset: of the value.
    """
    rule = find_rule(error.rule_id)
    return Rejection(
        entity=place.entity,
        stage="landing",
        rejection_class=str(error.rejection_class),
        rule_id=error.rule_id,
        severity=str(Severity.CRITICAL),
        pointer=error.pointer,
        message_kk=rule.kk,
        message_ru=rule.ru,
        message_en=rule.en,
        topic_id=place.topic_id,
        topic_name=place.topic_name,
        partition=place.partition,
        offset=place.offset,
        batch_id=None,
        event_id=None if error.event_id is None else UUID(error.event_id),
        source_id=source_id,
        source_uri=error.source,
        payload_encrypted=None if value is None else vault.seal_payload(value),
        key_id=None if value is None else vault.key_id,
        payload_sha256=hashlib.sha256(value or b"").digest() if payload_sha256 is None else payload_sha256,
        release=__version__,
        rejected_at=rejected_at,
    )


def rule_rows(rules: Mapping[str, Rule]) -> list[tuple[str, str, str, str, str, str]]:
    """Rules as rows (id, class, severity, kk, ru, en), for a load that rejects by sets."""
    return [
        (rule.rule_id, str(rule.rejection_class), str(rule.severity), rule.kk, rule.ru, rule.en)
        for rule in rules.values()
    ]
