"""Open Badges 3.0 credentials, and the achievement credentials inside a CLR 2.0, as certificates.

An object of the wrong ``type``, or with such an object inside it, is not what its place says, so its mapping is
undefined. It is named, and left out or replaced by something that the contract refuses in its place; so it can also be
sent for the lander to reject. The same holds for a credential without a VC context or an achievement type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from arna.contracts.identifiers import is_valid_bin
from producers.adapters.open_badges.certificates import (
    NAMESPACE,
    SCHEMA_INVALID,
    Certificate,
    HashedIdentity,
    Recipient,
)
from producers.adapters.open_badges.documents import Record, decode_part
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
from producers.rows import JsonValue, Refusal, language_of

CONTEXTS: Final = frozenset({"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"})
CREDENTIAL_TYPES: Final = frozenset({"OpenBadgeCredential", "AchievementCredential"})
# Part of a credential, the type that it must have, and the contract's field that it makes.
_PARTS: Final = (
    (("issuer",), "Profile", "issuer"),
    (("issuer", "otherIdentifier"), "IdentifierEntry", "issuer"),
    (("issuer", "parentOrg"), "Profile", "issuer"),
    (("credentialSubject",), "AchievementSubject", "achievement"),
    (("credentialSubject", "source"), "Profile", "issuer"),
    (("credentialSubject", "identifier"), "IdentityObject", "person"),
    (("credentialSubject", "achievement"), "Achievement", "achievement"),
    (("credentialSubject", "achievement", "alignment"), "Alignment", "achievement"),
    (("credentialSubject", "achievement", "resultDescription"), "ResultDescription", "result"),
    (("credentialSubject", "result"), "Result", "result"),
    (("credentialSubject", "evidence"), "Evidence", "evidence_url"),
    (("evidence",), "Evidence", "evidence_url"),
)
_REFUSED_STAND_INS: Final[Mapping[str, Json]] = {"result": {}, "evidence_url": {}}
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


def read_badge(record: Record, identities: Identities, issuer_bin: str | None) -> Certificate:
    """The certificate of a credential.

    Args:
        record: the credential.
        identities: synthetic BINs, where they are allowed.
        issuer_bin: BIN of an issuer that tells none.
    """
    credential = record.content
    subject = credential.get("credentialSubject")
    awarded = first_present(credential, "awardedDate", "validFrom", "issuanceDate")
    valid_from = first_present(credential, "validFrom", "issuanceDate", "awardedDate")
    valid_until = first_present(credential, "validUntil", "expirationDate")
    data: dict[str, Any] = {
        "issuer": _issuer(credential, identities, issuer_bin),
        "achievement": _achievement(credential),
        "awarded_on": day_text(awarded),
        "valid_from": day_text(valid_from),
        "valid_until": last_day_text(valid_until),
        "result": _result(subject),
        "language": _language(credential),
        "evidence_url": _evidence(credential, subject),
    }
    recipient = Recipient() if _place_of(problem := _find_problem(credential)) == "person" else _recipient(subject)
    if (place := _place_of(problem)) is not None:
        data[place] = _REFUSED_STAND_INS.get(place)
    own_id = text(credential.get("id"))
    return Certificate(
        own_id=own_id or _id_in_container(record),
        data={name: value for name, value in data.items() if value is not None},
        recipient=recipient,
        awarded=moment_of(awarded),
        changed=tuple(_moments(record)),
        statuses=tuple(listed(credential.get("credentialStatus"))),
        known_as=frozenset({own_id} - {""}),
        problem=problem[1] if problem else None,
    )


def _id_in_container(record: Record) -> str:
    """The id of a credential that has none of its own: its place in the CLR that groups it."""
    group = text(record.container.content.get("id")) if record.container else ""
    return f"{group}#{record.number}" if group else ""


def _moments(record: Record) -> Iterator[Any]:
    credential = record.content
    said = [credential.get(name) for name in ("awardedDate", "validFrom", "issuanceDate")]
    said += [member(proof, "created") for proof in listed(credential.get("proof"))]
    if record.token is not None:
        parts = record.token.split(".")
        claims = decode_part(parts[1]) or {}
        said += [epoch_text(claims.get(name)) for name in ("iat", "nbf")]
    yield from filter(None, map(moment_of, said))


def _place_of(problem: tuple[str, Refusal] | None) -> str | None:
    return problem[0] if problem else None


def _find_problem(credential: Json) -> tuple[str, Refusal] | None:
    """The contract's field that cannot be made, and why, in the terms of the credential."""
    if not CONTEXTS & texts(credential.get("@context")):
        return "achievement", Refusal(SCHEMA_INVALID, "context_missing", "/@context")
    if not CREDENTIAL_TYPES & texts(credential.get("type")):
        return "achievement", Refusal(SCHEMA_INVALID, "credential_type_unknown", "/type")
    if credential.get("issuer") is None:
        return "issuer", Refusal(SCHEMA_INVALID, "issuer_missing", "/issuer")
    for path, kind, place in _PARTS:
        for pointer, part in _at(credential, path, ""):
            if not is_type(part, kind) and not (path == ("issuer",) and text(part)):
                return place, Refusal(SCHEMA_INVALID, "part_type_wrong", pointer)
    if member(credential.get("credentialSubject"), "achievement") is None:
        return "achievement", Refusal(SCHEMA_INVALID, "achievement_missing", "/credentialSubject/achievement")
    return None


def _at(node: JsonValue, path: tuple[str, ...], pointer: str) -> Iterator[tuple[str, JsonValue]]:
    if not path:
        yield pointer, node
        return
    value = member(node, path[0])
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _at(item, path[1:], f"{pointer}/{path[0]}/{index}")
    elif value is not None:
        yield from _at(value, path[1:], f"{pointer}/{path[0]}")


def _achievement(credential: Json) -> dict[str, Any] | None:
    achievement = member(credential.get("credentialSubject"), "achievement")
    if not isinstance(achievement, Mapping):
        return None
    tag = language_tag(achievement.get("inLanguage")) or language_tag(credential.get("inLanguage"))
    return {
        "code": short_code(text(achievement.get("humanCode")) or text(achievement.get("id"))),
        "name": localized(text(achievement.get("name")), tag),
        "type": achievement.get("achievementType", "Badge"),
        "skills": list(read_skills(achievement.get("alignment"))),
    }


def read_skills(alignments: JsonValue) -> Iterator[dict[str, str]]:
    """The skills to which an achievement is aligned, each once."""
    seen = set()
    for alignment in listed(alignments):
        if not isinstance(alignment, Mapping):
            continue
        code = text(alignment.get("targetCode")) or text(alignment.get("targetUrl"))
        told = " ".join(text(alignment.get(name)) for name in ("targetFramework", "targetType", "targetUrl")).lower()
        skill = {
            "framework": "esco" if "esco" in told else "onet" if "o*net" in told or "onetonline" in told else "local",
            "name": text(alignment.get("targetName")),
        } | ({"code": code} if code else {})
        if (key := tuple(sorted(skill.items()))) not in seen:
            seen.add(key)
            yield skill


def _language(credential: Json) -> str:
    achievement = member(credential.get("credentialSubject"), "achievement")
    tagged = language_tag(credential.get("inLanguage")) or language_tag(member(achievement, "inLanguage"))
    return tagged or language_of(text(credential.get("name")) or text(member(achievement, "name")))


def _issuer(credential: Json, identities: Identities, issuer_bin: str | None) -> dict[str, str] | None:
    profile = credential.get("issuer")
    if isinstance(profile, str):
        profile = {"id": profile}
    if not isinstance(profile, Mapping):
        return None
    numbers = [text(member(entry, "identifier")) for entry in listed(profile.get("otherIdentifier"))]
    issuer_id = text(profile.get("id"))
    number = next(filter(is_valid_bin, numbers), None) or issuer_bin or identities.bin(NAMESPACE, issuer_id)
    named = {"name": text(profile.get("name")) or issuer_id}
    return named | ({"bin": number} if number else {})


def _recipient(subject: JsonValue) -> Recipient:
    entries = [entry for entry in listed(member(subject, "identifier")) if isinstance(entry, Mapping)]
    plain = [text(entry.get("identityHash")) for entry in entries if entry.get("hashed") is not True]
    hashed = [
        HashedIdentity(text(entry.get("identityHash")), text(entry.get("salt")))
        for entry in entries
        if entry.get("hashed") is True
    ]
    local_ids = tuple(filter(None, (text(member(subject, "id")), *plain)))
    return Recipient(local_ids, tuple(hashed), "/credentialSubject/identifier")


def _number(value: JsonValue) -> JsonValue:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return value


def _result(subject: JsonValue) -> dict[str, Any] | None:
    """The first result that has a value, by its description's ``resultType``."""
    described = listed(member(member(subject, "achievement"), "resultDescription"))
    by_id = {item["id"]: item for item in described if isinstance(item, Mapping) and isinstance(item.get("id"), str)}
    for result in listed(member(subject, "result")):
        if not isinstance(result, Mapping):
            continue
        description = by_id.get(text(result.get("resultDescription")), {})
        kind = _RESULT_KINDS.get(text(description.get("resultType")), "grade")
        value = result.get("value", result.get("status") if kind == "pass" else None)
        if value is None:
            continue
        mapped = {"kind": kind, "value": _number(value) if kind in _NUMERIC else _word(value)}
        top = description.get("valueMax")
        return mapped | ({"max": _number(top)} if kind in _NUMERIC and top is not None else {})
    return None


def _word(value: JsonValue) -> JsonValue:
    return value if isinstance(value, list | Mapping) else str(value)


def _evidence(credential: Json, subject: JsonValue) -> str | None:
    entries = listed(credential.get("evidence")) or listed(member(subject, "evidence"))
    return next(filter(is_web_address, (text(member(entry, "id")) for entry in entries)), None)
