"""Receipts: what became of a source's events, told per event and without repeating what an event says.

``Receipt`` is one line of that, in the topic ``arna.receipt.v1``, from the gateway and on the command line.
``ReceiptBundle`` is the data of a message in the topic: receipts of one source that share their cause.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from arna.contracts.registry import VERSION, Entity

RECEIPT_TYPE: Final = f"kz.arna.receipt.issued.v{VERSION}"
"""The CloudEvents type of a message with receipts."""
RECEIPT_SOURCE: Final = "urn:arna:warehouse"
"""Their CloudEvents source: Arna itself; the source the receipts are for is their subject."""
RECEIPT_TOPIC: Final = f"arna.receipt.v{VERSION}"
RECEIPT_SCHEMA: Final = f"urn:arna:schema:receipt:{VERSION}"

Language = Literal["kk", "ru", "en"]
"""A language that messages come in."""


class Outcome(StrEnum):
    """What became of an event. All but ``landed`` are final, and each event gets exactly one of those."""

    LANDED = "landed"
    LOADED = "loaded"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Notice:
    """A rule that an event breaks beside the one that decided.

    Attributes:
        rule_id: the rule.
        pointer: JSON pointer into the event; empty where it is about the event as a whole or not known.
        message: what is wrong.
        mend: what to do about it in the source system; None for a rule of another release.
    """

    rule_id: str
    pointer: str
    message: str
    mend: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one event.

    Attributes:
        event_id: the event's id; None where a refused message did not tell it.
        entity: what the topic carries.
        subject: the entity's id at its source; None for a message refused at landing, which is not kept readable.
        record_version: the version of the subject; None as well then.
        outcome: what became of it.
        rejection_class: why it was rejected, in the contract's words; None unless it was, as the next four.
        rule_id: the rule it breaks.
        pointer: JSON pointer to the field, from the root of the event; empty is the event as a whole.
        message: what is wrong, in the source's language.
        mend: what to do about it in the source system, in the same language.
        also_failed: further rules that would have rejected it.
        warnings: rules it breaks that do not reject it.
        payload_sha256: SHA-256 of a rejected message, for its publisher to find it; None unless rejected.
        batch_id: the batch that settled it; None at landing.
        topic: where it lies in Kafka.
        partition: the same.
        offset: the same.
        at: when that became of it.
    """

    event_id: UUID | None = None
    entity: Entity
    subject: str | None = None
    record_version: int | None = None
    outcome: Outcome
    rejection_class: str | None = None
    rule_id: str | None = None
    pointer: str | None = None
    message: str | None = None
    mend: str | None = None
    also_failed: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    payload_sha256: str | None = None
    batch_id: int | None = None
    topic: str
    partition: int
    offset: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """What became of a source's events in one batch, as counted when it was settled.

    Attributes:
        batch_id: the batch.
        entity: what its events are about.
        is_discarded: whether an engineer discarded it as a whole.
        loaded: events that became a version.
        superseded: events that came after a higher version of theirs.
        duplicate: events that said again what was said.
        rejected: events refused by a rule of the batch; those refused at landing reach no batch.
        warned: loaded and superseded events with a warning.
        settled_at: when it was settled.
    """

    batch_id: int
    entity: Entity
    is_discarded: bool
    loaded: int
    superseded: int
    duplicate: int
    rejected: int
    warned: int
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptBundle:
    """The data of a message with receipts.

    Attributes:
        source: whose events they are about; the Kafka key and the subject repeat it.
        language: language of the messages and mends.
        totals: of the batch that settled them; None at landing.
        receipts: at most 500, in the order of their offsets.
    """

    source: str
    language: Language
    totals: BatchTotals | None
    receipts: tuple[Receipt, ...]


_RECEIPT_FIELDS: Final = tuple(field.name for field in fields(Receipt))


def receipt_values(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON has it: what is unset or empty is left out."""
    values = ((name, getattr(receipt, name)) for name in _RECEIPT_FIELDS)
    return {name: value for name, value in values if value is not None and value != ()}
