"""Open Badges 2.0 assertions, hosted or signed, as certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arna.contracts.identifiers import is_valid_bin
from producers.adapters.open_badges.badge3 import read_skills
from producers.adapters.open_badges.certificates import NAMESPACE, Certificate, HashedIdentity, Recipient
from producers.adapters.open_badges.documents import Record
from producers.adapters.open_badges.values import (
    Json,
    day_text,
    epoch_text,
    first_present,
    is_type,
    is_web_address,
    language_tag,
    last_day_text,
    listed,
    localized,
    member,
    moment_of,
    short_code,
    text,
    texts,
)
from producers.identities import Identities
from producers.rows import UNREADABLE, JsonValue, Refusal, language_of

_CONTEXT = "w3id.org/openbadges/v"
NO_REASON = "revoked by its issuer, who gave no reason"
"""The contract wants a reason for each revocation, and many lists have none."""


def is_assertion(content: Json) -> bool:
    """Whether an object is an assertion of Open Badges 1 or 2."""
    told = any(_CONTEXT in context for context in texts(content.get("@context")))
    is_called = is_type(content, "Assertion") and (told or "badge" in content)
    return is_called or {"badge", "recipient"} <= content.keys()


def read_assertion(record: Record, identities: Identities, issuer_bin: str | None) -> Certificate | Refusal:
    """The certificate of an assertion whose badge class and issuer are in it.

    Args:
        record: the assertion.
        identities: synthetic BINs, where they are allowed.
        issuer_bin: BIN of an issuer that tells none.
    """
    assertion = record.content
    badge = assertion.get("badge")
    if isinstance(badge, str):
        # Its name and its issuer are elsewhere, and nothing is fetched.
        return Refusal(UNREADABLE, "badge_class_not_embedded", "/badge")
    badge = badge if isinstance(badge, Mapping) else {}
    awarded = _moment_text(assertion.get("issuedOn"))
    name = text(badge.get("name"))
    tag = language_tag(badge.get("@language")) or language_tag(assertion.get("@language"))
    data: dict[str, Any] = {
        "issuer": _issuer(badge.get("issuer"), identities, issuer_bin),
        "achievement": {
            "code": short_code(text(badge.get("id"))),
            "name": localized(name, tag),
            "type": "Badge",
            "skills": list(read_skills(badge.get("alignment"))),
        },
        "awarded_on": day_text(awarded),
        "valid_from": day_text(awarded),
        "valid_until": last_day_text(_moment_text(assertion.get("expires"))),
        "language": tag or language_of(name),
        "evidence_url": _evidence(assertion.get("evidence")),
    }
    own_id, uid = text(assertion.get("id")), text(assertion.get("uid"))
    revoked = assertion.get("revoked") is True
    moment = moment_of(awarded)
    return Certificate(
        own_id=own_id or uid,
        data={key: value for key, value in data.items() if value is not None},
        recipient=_recipient(assertion.get("recipient")),
        awarded=moment,
        changed=(moment,) if moment else (),
        known_as=frozenset({own_id, uid} - {""}),
        revoked=(text(assertion.get("revocationReason")) or NO_REASON) if revoked else None,
    )


def _moment_text(value: JsonValue) -> JsonValue:
    """ISO 8601 as it stands; version 1 has seconds since 1970 too."""
    return epoch_text(value) or value


def _issuer(profile: JsonValue, identities: Identities, issuer_bin: str | None) -> dict[str, str] | None:
    if isinstance(profile, str):
        profile = {"id": profile}
    if not isinstance(profile, Mapping):
        return None
    issuer_id = text(profile.get("id")) or text(profile.get("url"))
    numbers = [text(profile.get(name)) for name in ("bin", "taxID", "vatID")]
    number = next(filter(is_valid_bin, numbers), None) or issuer_bin or identities.bin(NAMESPACE, issuer_id)
    named = {"name": text(profile.get("name")) or issuer_id}
    return named | ({"bin": number} if number else {})


def _recipient(recipient: JsonValue) -> Recipient:
    if isinstance(recipient, str):
        recipient = {"identity": recipient, "hashed": "$" in recipient}
    identity = text(member(recipient, "identity"))
    if member(recipient, "hashed") is True:
        return Recipient((), (HashedIdentity(identity, text(member(recipient, "salt"))),), "/recipient/identity")
    return Recipient((identity,) if identity else (), (), "/recipient/identity")


def _evidence(evidence: JsonValue) -> str | None:
    addresses = (
        text(first_present(entry, "id", "url")) if isinstance(entry, Mapping) else text(entry)
        for entry in listed(evidence)
    )
    return next(filter(is_web_address, addresses), None)
