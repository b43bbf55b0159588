"""Which certificates were taken back: lists that their issuers publish, given as files. Nothing is fetched.

Read are the ``RevocationList`` of Open Badges 2.0, the ``1EdTechRevocationList``, and the bit strings of the W3C
(``BitstringStatusListCredential`` and ``StatusList2021Credential``, as JSON or as a token).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from arna.errors import ConfigError
from producers.adapters.open_badges.badge2 import NO_REASON
from producers.adapters.open_badges.certificates import Certificate
from producers.adapters.open_badges.documents import Record, read_document
from producers.adapters.open_badges.proofs import INVALID, ProofChecker
from producers.adapters.open_badges.values import first_present, is_type, listed, member, moment_of, text, texts
from producers.rows import JsonValue, Refusal

_OPTION: Final = "--status-list"
_BIT_LISTS: Final = frozenset({"BitstringStatusListCredential", "StatusList2021Credential"})
_BIT_ENTRIES: Final = frozenset({"BitstringStatusListEntry", "StatusList2021Entry"})
_NAMED_ENTRY: Final = "1EdTechRevocationList"
_LISTS: Final = frozenset({"RevocationList", _NAMED_ENTRY, *_BIT_LISTS})
# 128 million certificates; a compressed bomb stops here.
_MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_REASON: Final = 1000
BY_BIT: Final = "marked as revoked in its issuer's status list"


@dataclass(frozen=True, slots=True)
class Status:
    """What the lists say of a certificate.

    Attributes:
        state: ``valid``, ``suspended`` or ``revoked``.
        reason: of a revocation.
        at: when the list that says so was made, where it tells.
        renewed: when the lists were made that can take back what they say: suspensions come and go.
        is_known: every list that the certificate points to was at hand.
    """

    state: str = "valid"
    reason: str | None = None
    at: datetime | None = None
    renewed: tuple[datetime, ...] = ()
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class _Bits:
    bits: bytes
    at: datetime | None


class StatusLists:
    """The lists of a run.

    Args:
        paths: their files.
        checker: for their proofs.

    Raises:
        ConfigError: a file is no such list, or its signature is wrong.
    """

    def __init__(self, paths: Iterable[Path], checker: ProofChecker) -> None:
        self._named: set[str] = set()
        self._revoked: dict[str, tuple[str, datetime | None]] = {}
        self._bits: dict[tuple[str, str], _Bits] = {}
        for path in paths:
            self._read(path, checker)

    def status_of(self, certificate: Certificate) -> Status | Refusal:
        """What the lists say; the refusal of an entry that its list has no place for."""
        if certificate.revoked is not None:
            return Status("revoked", certificate.revoked[:_MAX_REASON])
        for own_id in sorted(certificate.known_as):
            if own_id in self._revoked:
                reason, at = self._revoked[own_id]
                return Status("revoked", reason, at)
        found = [self._of_entry(entry) for entry in certificate.statuses]
        if refusal := next((item for item in found if isinstance(item, Refusal)), None):
            return refusal
        told = [item for item in found if isinstance(item, Status)]
        is_known = all(status.is_known for status in told)
        renewed = tuple(moment for status in told for moment in status.renewed)
        for state in ("revoked", "suspended"):
            if status := next((status for status in told if status.state == state), None):
                return Status(state, status.reason, status.at, renewed, is_known)
        return Status(renewed=renewed, is_known=is_known)

    def _of_entry(self, entry: JsonValue) -> Status | Refusal:
        kinds = texts(member(entry, "type"))
        if _NAMED_ENTRY in kinds:
            return Status(is_known=text(member(entry, "id")) in self._named)
        if not kinds & _BIT_ENTRIES:
            return Status(is_known=False)
        purpose = text(member(entry, "statusPurpose")).lower()
        bits = self._bits.get((text(member(entry, "statusListCredential")), purpose))
        if bits is None:
            return Status(is_known=purpose not in {"revocation", "suspension"})
        index = _index(member(entry, "statusListIndex"))
        if index is None or index >= len(bits.bits) * 8:
            return Refusal("schema_invalid", "status_index_out_of_range", "/credentialStatus")
        is_set = bits.bits[index // 8] >> (7 - index % 8) & 1
        renewed = (bits.at,) if bits.at is not None and purpose == "suspension" else ()
        if not is_set:
            return Status(renewed=renewed)
        if purpose == "suspension":
            return Status("suspended", None, bits.at, renewed)
        return Status("revoked", BY_BIT, bits.at)

    def _read(self, path: Path, checker: ProofChecker) -> None:
        record = read_document(path)
        if isinstance(record, Refusal):
            raise ConfigError(_OPTION, f"{path.name} cannot be read ({record.rule_id}).")
        check = checker.check(record)
        if check.refusal is not None and check.refusal.rejection_class == INVALID:
            raise ConfigError(_OPTION, f"{path.name} is not what its issuer signed ({check.refusal.rule_id}).")
        content = record.content
        if texts(content.get("type")) & _BIT_LISTS:
            self._read_bits(path, record)
        elif "revokedAssertions" in content:
            self._read_named(record, content["revokedAssertions"])
        elif "revokedCredential" in content or "revokedCredentials" in content:
            self._read_named(record, first_present(content, "revokedCredential", "revokedCredentials"))
        else:
            raise ConfigError(_OPTION, f"{path.name} is no list of revocations.")

    def _read_named(self, record: Record, items: JsonValue) -> None:
        at = _made_at(record)
        self._named |= {text(record.content.get("id"))} - {""}
        for item in listed(items):
            if isinstance(item, Mapping) and item.get("revoked") is False:
                continue
            ids = {text(item), text(member(item, "id")), text(member(item, "uid"))} - {""}
            reason = text(first_present(item, "revocationReason", "reason")) if isinstance(item, Mapping) else ""
            self._revoked |= dict.fromkeys(ids, ((reason or NO_REASON)[:_MAX_REASON], at))

    def _read_bits(self, path: Path, record: Record) -> None:
        subject = record.content.get("credentialSubject")
        if member(subject, "statusSize") not in {None, 1}:
            raise ConfigError(_OPTION, f"{path.name} has more than one bit for each certificate, which is not read.")
        bits = _inflate(text(member(subject, "encodedList")))
        if bits is None:
            raise ConfigError(_OPTION, f"the encodedList of {path.name} is no compressed bit string of up to 16 MiB.")
        ids = {text(record.content.get("id")), text(member(subject, "id")).partition("#")[0]} - {""}
        found = _Bits(bits, _made_at(record))
        for purpose in texts(member(subject, "statusPurpose")):
            self._bits |= dict.fromkeys(((list_id, purpose.lower()) for list_id in ids), found)


def is_list(record: Record) -> bool:
    """Whether a record is a status list, or a part of a badge, and not a certificate."""
    content = record.content
    kinds = texts(content.get("type"))
    return bool(kinds & (_LISTS | {"BadgeClass", "Issuer"})) or (
        is_type(content, "Profile") and "credentialSubject" not in content
    )


def _made_at(record: Record) -> datetime | None:
    content = record.content
    proofs = [member(proof, "created") for proof in listed(content.get("proof"))]
    told = [first_present(content, "validFrom", "issuanceDate", "issuedOn"), *proofs]
    return max(filter(None, map(moment_of, told)), default=None)


def _index(value: JsonValue) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    return value if type(value) is int and value >= 0 else None


def _inflate(encoded: str) -> bytes | None:
    """The bit string of an ``encodedList``: gzip in base64url, with the multibase sign ``u`` since version 1.0."""
    # Compressed data starts with H4sI, so a leading u can only be the sign.
    encoded = encoded.removeprefix("u")
    try:
        packed = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj(wbits=31)
        bits = inflater.decompress(packed, _MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return bits if inflater.eof else None
