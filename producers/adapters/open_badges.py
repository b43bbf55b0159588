"""Open Badges 3.0 credentials as certificates: JSON-LD files and compact JWTs (``.jwt``).

One row for each file, or for each element of a file that holds a list.

| contract | Open Badges 3.0 |
|---|---|
| ``certificate_id`` | ``id``; with ``distinct_by_file`` the file's stem is added (sample sets repeat ids) |
| ``person.iin`` | an ``identifier`` that is an IIN, else the IIN map, else synthetic |
| ``issuer.bin`` | an ``otherIdentifier`` that is a BIN, else synthetic; ``name`` falls back on the issuer's id |
| ``achievement`` | ``code`` humanCode or id; ``type`` achievementType, else Badge |
| ``achievement.skills`` | ``alignment``; ESCO and O*NET by the framework's name, else local |
| ``awarded_on`` | awardedDate, else validFrom (v2) or issuanceDate (v1) |
| ``valid_until`` | the last whole day before validUntil or expirationDate, at which a credential ceases to be valid |
| ``result`` | the first result with a value, by its description's resultType |
| ``evidence_url`` | the first evidence with an http address |
| ``status`` | valid: a status list is only pointed to by the credential, and it is not fetched |

**What does not fit is carried over as it stands.** An object of the wrong ``type``, or with such an object inside it,
is not what its place says, so its mapping is undefined: it goes unchanged where its mapping would have gone, the
contract refuses it there, and the refusal's pointer names the part. A credential without a VC context or without an
achievement type asserts no achievement; one whose proof nobody could check (no such method) establishes no issuer.

**Signatures are not verified**: a proof or a JWT of the right form counts as unverified, not as valid.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from arna.contracts.identifiers import is_valid_bin, is_valid_iin
from arna.contracts.registry import Entity
from producers.identities import Identities
from producers.rows import NOT_A_LEARNER, AdaptedRow, Draft, JsonValue, Refusal, language_of, parse_moment

NAMESPACE: Final = "open_badges"
CONTEXTS: Final = frozenset({"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"})
CREDENTIAL_TYPES: Final = frozenset({"OpenBadgeCredential", "AchievementCredential"})
DID_METHODS: Final = frozenset({"key", "web", "jwk", "ion", "ebsi"})
# Multibase: base58btc, or base64url without padding.
_MULTIBASE: Final = re.compile(r"z[1-9A-HJ-NP-Za-km-z]+|u[A-Za-z0-9_-]+")
_ED25519_KEY: Final = re.compile(r"z6Mk[1-9A-HJ-NP-Za-km-z]{44}")
_RESULT_KINDS: Final = {
    "Percent": "percent",
    "RawScore": "score",
    "ScaledScore": "score",
    "GradePointAverage": "score",
    "LetterGrade": "grade",
    "RubricCriterionLevel": "grade",
    "RubricCriterion": "grade",
    "Status": "pass",
}
_NUMERIC: Final = frozenset({"percent", "score"})

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenBadgesOptions:
    """What a credential does not say.

    Attributes:
        source: CloudEvents source of the events.
        identities: where IINs and BINs come from.
        distinct_by_file: each file is a credential of its own, whatever its id.
    """

    source: str
    identities: Identities = field(default_factory=Identities)
    distinct_by_file: bool = False


def _list(value: JsonValue) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is(value: JsonValue, kind: str) -> bool:
    return isinstance(value, Mapping) and kind in _list(value.get("type"))


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def proof_problem(proof: JsonValue) -> str | None:
    """Why nobody could check a proof: the rule it breaks, or None. The signature itself is not verified here."""
    if not isinstance(proof, Mapping):
        return "proof_malformed"
    if proof.get("type") not in {"DataIntegrityProof", "Ed25519Signature2020"}:
        return None
    method = _text(proof.get("verificationMethod"))
    scheme, _, rest = method.partition(":")
    if scheme == "did":
        if rest.partition(":")[0] not in DID_METHODS:
            return "proof_method_unknown"
    elif scheme not in {"http", "https"} or not rest:
        return "proof_method_unknown"
    key = method.rpartition("#")[2] if "#" in method else method.rpartition(":")[2]
    if key.startswith("z6Mk") and _ED25519_KEY.fullmatch(key) is None:
        return "proof_key_malformed"
    return None if _MULTIBASE.fullmatch(_text(proof.get("proofValue"))) else "proof_value_malformed"


def _moment(credential: Json, *names: str) -> datetime | None:
    return next((moment for name in names if (moment := parse_moment(credential.get(name)))), None)


def _achievement(credential: Json) -> JsonValue:
    if not CONTEXTS & set(map(str, _list(credential.get("@context")))):
        return None
    if not CREDENTIAL_TYPES & set(map(str, _list(credential.get("type")))):
        return None
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping) or not _is(subject, "AchievementSubject"):
        return None
    achievement = subject.get("achievement")
    if not isinstance(achievement, Mapping) or not _is(achievement, "Achievement"):
        return achievement
    name = _text(achievement.get("name"))
    return {
        "code": (_text(achievement.get("humanCode")) or _text(achievement.get("id")))[:100],
        "name": {_language(credential, name): name},
        "type": achievement.get("achievementType", "Badge"),
        "skills": list(_skills(achievement)),
    }


def _skills(achievement: Json) -> Iterator[dict[str, str]]:
    seen = set()
    for alignment in _list(achievement.get("alignment")):
        if not _is(alignment, "Alignment"):
            continue
        framework = _text(alignment.get("targetFramework")).lower() + _text(alignment.get("targetType")).lower()
        code = _text(alignment.get("targetCode")) or _text(alignment.get("targetUrl"))
        skill = {
            "framework": "esco" if "esco" in framework else "onet" if "o*net" in framework else "local",
            "name": _text(alignment.get("targetName")),
        } | ({"code": code} if code else {})
        if (key := tuple(sorted(skill.items()))) not in seen:
            seen.add(key)
            yield skill


def _language(credential: Json, name: str) -> str:
    tagged = _text(credential.get("inLanguage"))[:2].lower()
    return tagged if tagged in {"kk", "ru", "en"} else language_of(name)


def _issuer(credential: Json, identities: Identities) -> JsonValue:
    profile = credential.get("issuer")
    if isinstance(profile, str):
        profile = {"id": profile, "type": ["Profile"]}
    subject = credential.get("credentialSubject")
    assessor = subject.get("source") if isinstance(subject, Mapping) else None
    if not isinstance(profile, Mapping) or not _is(profile, "Profile"):
        return profile
    if assessor is not None and not _is(assessor, "Profile"):
        return assessor
    entries = _list(profile.get("otherIdentifier"))
    parent = profile.get("parentOrg")
    if not all(_is(entry, "IdentifierEntry") for entry in entries) or (
        parent is not None and not _is(parent, "Profile")
    ):
        return profile
    proofs = _list(credential.get("proof"))
    if proofs and all(proof_problem(proof) for proof in proofs):
        return profile
    numbers = [_text(entry.get("identifier")) for entry in entries]
    own = next((number for number in numbers if is_valid_bin(number)), None)
    issuer_id = _text(profile.get("id"))
    known = {
        "bin": own or identities.bin(NAMESPACE, issuer_id),
        "name": _text(profile.get("name")) or issuer_id,
    }
    return {name: value for name, value in known.items() if value is not None}


def _person(credential: Json, identities: Identities) -> dict[str, Any]:
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping):
        return {}
    entries = _list(subject.get("identifier"))
    if not all(_is(entry, "IdentityObject") for entry in entries):
        return {"identifier": entries}
    plain = [_text(entry.get("identityHash")) for entry in entries if not entry.get("hashed")]
    own = next((number for number in plain if is_valid_iin(number)), None)
    iin = own or identities.iin(NAMESPACE, _text(subject.get("id")), *plain)
    return {"iin": iin} if iin else {}


def _number(value: JsonValue) -> JsonValue:
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _result(credential: Json) -> JsonValue:
    subject = credential.get("credentialSubject")
    subject = subject if isinstance(subject, Mapping) else {}
    achievement = subject.get("achievement")
    descriptions = _list(achievement.get("resultDescription")) if isinstance(achievement, Mapping) else []
    results = _list(subject.get("result"))
    if wrong := [item for item in results if not _is(item, "Result")]:
        return wrong[0]
    if wrong := [item for item in descriptions if not _is(item, "ResultDescription")]:
        return wrong[0]
    by_id = {item.get("id"): item for item in descriptions}
    for result in results:
        description = by_id.get(result.get("resultDescription"), {})
        kind = _RESULT_KINDS.get(_text(description.get("resultType")), "grade")
        value = result.get("value", result.get("status") if kind == "pass" else None)
        if value is None:
            continue
        mapped = {"kind": kind, "value": _number(value) if kind in _NUMERIC else str(value)}
        top = description.get("valueMax")
        return mapped | ({"max": _number(top)} if kind in _NUMERIC and top is not None else {})
    return None


def _evidence(credential: Json) -> JsonValue:
    subject = credential.get("credentialSubject")
    entries = _list(credential.get("evidence")) or (
        _list(subject.get("evidence")) if isinstance(subject, Mapping) else []
    )
    if wrong := [item for item in entries if not _is(item, "Evidence")]:
        return wrong[0]
    addresses = [_text(item.get("id")) for item in entries]
    return next((address for address in addresses if address.startswith(("http://", "https://"))), None)


def _last_day(until: datetime | None) -> date | None:
    if until is None:
        return None
    return until.date() - timedelta(days=1) if until.time() == time() else until.date()


def _draft(credential: Json, stem: str, options: OpenBadgesOptions) -> Draft | Refusal:
    if "EndorsementCredential" in _list(credential.get("type")):
        return Refusal(NOT_A_LEARNER, "endorsement_is_no_certificate", "/type")
    awarded = _moment(credential, "awardedDate", "validFrom", "issuanceDate")
    valid_from = _moment(credential, "validFrom", "issuanceDate", "awardedDate")
    valid_until = _last_day(_moment(credential, "validUntil", "expirationDate"))
    own_id = _text(credential.get("id"))
    data = {
        "certificate_id": f"{own_id}#{stem}" if options.distinct_by_file else own_id,
        "person": _person(credential, options.identities),
        "issuer": _issuer(credential, options.identities),
        "achievement": _achievement(credential),
        "awarded_on": awarded.date().isoformat() if awarded else None,
        "valid_from": valid_from.date().isoformat() if valid_from else None,
        "valid_until": valid_until.isoformat() if valid_until else None,
        "result": _result(credential),
        "language": _language(credential, _text(credential.get("name"))),
        "evidence_url": _evidence(credential),
        "status": "valid",
    }
    present = {name: value for name, value in data.items() if value is not None}
    # Without a date there is nothing to publish it at but the start of the standard it claims.
    return Draft(Entity.CERTIFICATION, "issued", present, options.source, awarded or datetime(2010, 1, 1, tzinfo=UTC))


def _decode_jwt(text: str) -> JsonValue:
    """The credential inside a compact JWT; its signature is not checked."""
    payload = text.strip().split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    credential = claims.get("vc", claims)
    issued = claims.get("nbf") or claims.get("iat")
    if issued and not {"validFrom", "issuanceDate"} & set(credential):
        credential["validFrom"] = datetime.fromtimestamp(issued, UTC).isoformat()
    return credential


def _credentials(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8-sig")
    return _list(_decode_jwt(text) if path.suffix == ".jwt" else orjson.loads(text))


def read_certificates(paths: list[Path], options: OpenBadgesOptions) -> Iterator[AdaptedRow]:
    """One row for each credential of each file; a file that is no credential is one refusal."""
    for path in paths:
        try:
            credentials = _credentials(path)
        except (OSError, UnicodeDecodeError, binascii.Error, IndexError, AttributeError, orjson.JSONDecodeError):
            yield AdaptedRow(path.name, 1, refusal=Refusal("json_syntax", "json_malformed"))
            continue
        for number, credential in enumerate(credentials, 1):
            if not isinstance(credential, Mapping):
                yield AdaptedRow(path.name, number, refusal=Refusal("schema_invalid", "type_mismatch"))
                continue
            stem = path.stem if len(credentials) == 1 else f"{path.stem}-{number}"
            result = _draft(credential, stem, options)
            if isinstance(result, Refusal):
                yield AdaptedRow(path.name, number, refusal=result)
            else:
                yield AdaptedRow(path.name, number, result)
