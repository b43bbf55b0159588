"""What the reader of each format makes of a record: a certificate, before its person and its status are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from producers.rows import JsonValue, Refusal

NAMESPACE: Final = "open_badges"
"""Of synthetic identity numbers."""
SCHEMA_INVALID: Final = "schema_invalid"


@dataclass(frozen=True, slots=True)
class HashedIdentity:
    """An identity of which only a digest is told: ``sha256$…`` over the identity and the salt."""

    digest: str
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who received an achievement, as far as the record says.

    Attributes:
        local_ids: identities in plain text, an IIN among them or not; the first is the steadiest.
        hashed: identities as digests.
        pointer: where the record has them.
    """

    local_ids: tuple[str, ...] = ()
    hashed: tuple[HashedIdentity, ...] = ()
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One awarded achievement.

    Attributes:
        own_id: its id at its source; empty where it has none.
        data: the contract's fields but id, person and status.
        recipient: who received it.
        awarded: when.
        changed: the moments that its record tells: of the award, of the validity, of the proof.
        statuses: ``credentialStatus`` objects.
        known_as: ids by which a revocation list may name it.
        revoked: the reason, where the record itself says that it is revoked.
        problem: why the contract will refuse it, in the terms of the record.
    """

    own_id: str
    data: Mapping[str, Any]
    recipient: Recipient = field(default_factory=Recipient)
    awarded: datetime | None = None
    changed: tuple[datetime, ...] = ()
    statuses: tuple[JsonValue, ...] = ()
    known_as: frozenset[str] = frozenset()
    revoked: str | None = None
    problem: Refusal | None = None
