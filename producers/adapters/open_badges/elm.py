"""European Learning Model 3 credentials (European Digital Credentials) as certificates, one for each achievement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from arna.contracts.identifiers import is_valid_bin
from producers.adapters.open_badges.certificates import NAMESPACE, Certificate, Recipient
from producers.adapters.open_badges.documents import Record
from producers.adapters.open_badges.values import (
    NAMES,
    Json,
    day_text,
    first_present,
    is_type,
    is_web_address,
    last_day_text,
    listed,
    member,
    moment_of,
    short_code,
    text,
)
from producers.identities import Identities
from producers.rows import NOT_A_LEARNER, JsonValue, Refusal, language_of

_HOURS: Final = re.compile(r"PT(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?")
# The Publications Office's codes of languages to the contract's.
_LANGUAGES: Final = {"KAZ": "kk", "RUS": "ru", "ENG": "en", "UIG": "ug", "UZB": "uz", "TGK": "tg"}
_TYPES: Final = {
    "http://data.europa.eu/snb/learning-opportunity/74a4a268e8": "MicroCredential",  # short learning programme
}
_ESCO: Final = "http://data.europa.eu/esco/"


def is_european(content: Json) -> bool:
    """Whether an object is a European digital credential."""
    claimed = member(content.get("credentialSubject"), "hasClaim") is not None
    return claimed or is_type(content, "EuropeanDigitalCredential")


def read_achievements(
    record: Record, identities: Identities, issuer_bin: str | None
) -> Iterator[Certificate | Refusal]:
    """The certificates of a credential's learning achievements.

    Args:
        record: the credential.
        identities: synthetic BINs, where they are allowed.
        issuer_bin: BIN of an awarding body that tells none.
    """
    subject = record.content.get("credentialSubject")
    claims = [claim for claim in listed(member(subject, "hasClaim")) if is_type(claim, "LearningAchievement")]
    if not claims:
        yield Refusal(NOT_A_LEARNER, "no_learning_achievement", "/credentialSubject/hasClaim")
    for number, claim in enumerate(claims, 1):
        yield _certificate(record.content, claim, number, identities, issuer_bin)


def _certificate(
    credential: Json, claim: Json, number: int, identities: Identities, issuer_bin: str | None
) -> Certificate:
    process = claim.get("awardedBy")
    specification = claim.get("specifiedBy")
    named = first_present(credential, "validFrom", "issuanceDate", "issued")
    awarded = member(process, "awardingDate") or first_present(credential, "issued", "issuanceDate", "validFrom")
    title = _names(claim.get("title")) or _names(member(specification, "title"))
    body = member(process, "awardingBody") or credential.get("issuer")
    data: dict[str, Any] = {
        "issuer": _issuer(body, identities, issuer_bin),
        "achievement": {
            "code": short_code(_number_of(specification) or text(member(specification, "id")) or text(claim.get("id"))),
            "name": title,
            "type": _TYPES.get(text(member(member(specification, "dcType"), "id")), "Achievement"),
            "skills": list(_skills(specification)),
        }
        | _hours(member(specification, "volumeOfLearning")),
        "awarded_on": day_text(awarded),
        "valid_from": day_text(named),
        "valid_until": last_day_text(first_present(credential, "validUntil", "expirationDate")),
        "result": _result(claim.get("provenBy")),
        "language": _language(credential, title),
        "evidence_url": _homepage(specification),
    }
    credential_id = text(credential.get("id"))
    moments = (
        awarded,
        named,
        credential.get("issued"),
        *(member(p, "created") for p in listed(credential.get("proof"))),
    )
    return Certificate(
        own_id=f"{credential_id}#{text(claim.get('id')) or number}" if credential_id else "",
        data={name: value for name, value in data.items() if value is not None},
        recipient=_recipient(credential.get("credentialSubject")),
        awarded=moment_of(awarded),
        changed=tuple(filter(None, map(moment_of, moments))),
        statuses=tuple(listed(credential.get("credentialStatus"))),
        known_as=frozenset({credential_id} - {""}),
    )


def _names(literal: JsonValue) -> dict[str, str]:
    """A title in the contract's languages; the model has it in any of the Union's."""
    return {language: value for language in NAMES if (value := text(member(literal, language)))}


def _any_text(literal: JsonValue) -> str:
    """A text in the contract's languages or, failing them, in whichever comes first."""
    if isinstance(literal, str):
        return literal
    values = [*_names(literal).values(), *map(text, literal.values() if isinstance(literal, Mapping) else ())]
    return next(filter(None, values), "")


def _number_of(node: JsonValue) -> str:
    return next(filter(None, (text(member(item, "notation")) for item in listed(member(node, "identifier")))), "")


def _issuer(body: JsonValue, identities: Identities, issuer_bin: str | None) -> dict[str, str] | None:
    if not isinstance(body, Mapping):
        return None
    numbers = [
        text(member(item, "notation"))
        for name in ("registration", "taxIdentifier", "vatIdentifier", "identifier", "eIDASIdentifier")
        for item in listed(body.get(name))
    ]
    own = next(filter(is_valid_bin, numbers), None)
    number = own or issuer_bin or identities.bin(NAMESPACE, text(body.get("id")))
    name = next(filter(None, (_any_text(body.get(key)) for key in ("legalName", "prefLabel", "altLabel"))), "")
    return {"name": name} | ({"bin": number} if number else {})


def _recipient(person: JsonValue) -> Recipient:
    numbers = [
        text(member(item, "notation")) for name in ("nationalID", "identifier") for item in listed(member(person, name))
    ]
    addresses = [
        text(member(box, "id"))
        for point in listed(member(person, "contactPoint"))
        for box in listed(member(point, "emailAddress"))
    ]
    return Recipient(tuple(filter(None, (*numbers, *addresses, text(member(person, "id"))))), (), "/credentialSubject")


def _skills(specification: JsonValue) -> Iterator[dict[str, str]]:
    seen = set()
    for outcome in listed(member(specification, "learningOutcome")):
        for name in ("relatedESCOSkill", "relatedSkill"):
            for concept in listed(member(outcome, name)):
                code = text(member(concept, "id"))
                if code in seen or not isinstance(concept, Mapping):
                    continue
                seen.add(code)
                framework = "esco" if code.startswith(_ESCO) else "local"
                yield {"framework": framework, "name": _any_text(concept.get("prefLabel"))} | (
                    {"code": code} if code else {}
                )


def _hours(volume: JsonValue) -> dict[str, float]:
    """The workload, where it is told in hours and minutes; days of study are no hours."""
    match = _HOURS.fullmatch(text(volume))
    if match is None or not any(match.groups()):
        return {}
    return {"hours": int(match[1] or 0) + int(match[2] or 0) / 60}


def _result(assessments: JsonValue) -> dict[str, str] | None:
    for assessment in listed(assessments):
        if grade := _any_text(member(member(assessment, "grade"), "noteLiteral")):
            return {"kind": "grade", "value": grade}
    return None


def _language(credential: Json, title: Mapping[str, str]) -> str:
    shown = member(credential.get("displayParameter"), "primaryLanguage")
    code = text(member(shown, "id")).rpartition("/")[2]
    return _LANGUAGES.get(code) or next(iter(title), None) or language_of("")


def _homepage(specification: JsonValue) -> str | None:
    addresses = (text(member(page, "contentURL")) for page in listed(member(specification, "homepage")))
    return next(filter(is_web_address, addresses), None)
