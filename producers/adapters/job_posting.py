"""schema.org JobPosting (JSON-LD: an object, a list, an ``@graph``, or one object a line) as vacancies.

| contract | JobPosting |
|---|---|
| ``vacancy_id`` | ``identifier`` (text or PropertyValue), else ``@id``, else ``url``, else the file's name and row |
| ``employer`` | ``hiringOrganization``: ``identifier`` or ``taxID`` if a BIN or an IIN, else synthetic |
| ``title``, ``language`` | ``title``; ``inLanguage``, else the language its letters show |
| ``occupation`` | ``occupationalCategory`` when it begins with an O*NET-SOC or an ISCO code |
| ``kato`` | the address' ``identifier`` when it is a KATO code, else its locality or region by name (``places``) |
| ``remote`` | ``jobLocationType`` TELECOMMUTE |
| ``employment_type`` | the first ``employmentType`` |
| ``openings`` | ``totalJobOpenings`` |
| ``skills`` | ``skills``: terms by ``name`` or ``description``; a text is split at commas and semicolons |
| ``salary`` | ``baseSalary``: a MonetaryAmount; a bare number has no period and is left out |
| ``experience_months`` | ``experienceRequirements.monthsOfExperience`` |
| ``published_on``, ``valid_through`` | ``datePosted``, ``validThrough`` |

What the posting lacks is left out, so the contract refuses it at that place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from arna.contracts.fields import is_employer_id
from arna.contracts.identifiers import kato_region
from arna.contracts.registry import Entity
from producers.identities import Identities
from producers.places import Places
from producers.rows import AdaptedRow, Draft, JsonValue, Refusal, language_of, parse_day, start_of

NAMESPACE: Final = "job_posting"
_EMPLOYMENT: Final = {
    "fulltime": "full_time",
    "parttime": "part_time",
    "contractor": "contractor",
    "contract": "contractor",
    "temporary": "temporary",
    "intern": "intern",
    "internship": "intern",
    "volunteer": "volunteer",
    "perdiem": "per_diem",
}
_PERIODS: Final = {"HOUR": "hour", "DAY": "day", "WEEK": "week", "MONTH": "month", "YEAR": "year"}
_ONET: Final = re.compile(r"([0-9]{2}-[0-9]{4}\.[0-9]{2})(?![0-9])")
_ISCO: Final = re.compile(r"([0-9]{4})(?![0-9-])")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobPostingOptions:
    """What a posting does not say.

    Attributes:
        source: CloudEvents source of the events.
        places: names of places to KATO codes.
        identities: where BINs come from.
        defaults: contract fields by name, for what the postings lack.
    """

    source: str
    places: Places
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)


def _first(value: JsonValue) -> JsonValue:
    return (value[0] if value else None) if isinstance(value, list) else value


def _text(value: JsonValue) -> str:
    """A text, or the one inside a PropertyValue, a DefinedTerm or a node with an id."""
    value = _first(value)
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("name") or value.get("description") or value.get("@id")
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _employer(posting: Json, identities: Identities) -> dict[str, Any]:
    body = _first(posting.get("hiringOrganization"))
    body = {"name": body} if isinstance(body, str) else body if isinstance(body, Mapping) else {}
    name = _text(body.get("name"))
    numbers = [_text(body.get(key)) for key in ("identifier", "taxID", "vatID")]
    own = next((number for number in numbers if is_employer_id(number)), None)
    number = own or identities.bin(NAMESPACE, _text(body.get("@id")) or name)
    return {key: value for key, value in (("id", number), ("name", name)) if value}


def _occupation(posting: Json) -> dict[str, str] | None:
    category = _text(posting.get("occupationalCategory"))
    if match := _ONET.match(category):
        return {"code": match[1], "scheme": "onet"}
    if match := _ISCO.match(category):
        return {"code": match[1], "scheme": "isco08"}
    return None


def _kato(posting: Json, places: Places) -> str | None:
    location = _first(posting.get("jobLocation"))
    address = location.get("address", location) if isinstance(location, Mapping) else location
    if not isinstance(address, Mapping):
        return places.find(_text(address))
    code = _text(address.get("identifier"))
    if kato_region(code):
        return code
    return places.find(_text(address.get("addressLocality"))) or places.find(_text(address.get("addressRegion")))


def _skills(posting: Json) -> list[dict[str, str]]:
    value = posting.get("skills")
    terms = value if isinstance(value, list) else [value] if value else []
    names = [part for term in terms for part in (re.split(r"[,;]", term) if isinstance(term, str) else [_text(term)])]
    return [{"name": name} for name in dict.fromkeys(part.strip()[:500] for part in names) if name]


def _amount(value: JsonValue) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _salary(posting: Json) -> dict[str, Any] | None:
    pay = _first(posting.get("baseSalary"))
    if not isinstance(pay, Mapping):
        return None
    amount = pay.get("value", pay)
    amount = amount if isinstance(amount, Mapping) else {"value": amount, "unitText": pay.get("unitText")}
    period = _PERIODS.get(_text(amount.get("unitText")).upper())
    currency = _text(pay.get("currency")) or _text(posting.get("salaryCurrency"))
    low, high = _amount(amount.get("minValue", amount.get("value"))), _amount(amount.get("maxValue"))
    if period is None or not currency or (low is None and high is None):
        return None
    salary = {"min": low, "max": high, "currency": currency, "period": period, "gross": True}
    return {name: value for name, value in salary.items() if value is not None}


def _months(posting: Json) -> int | None:
    needed = _first(posting.get("experienceRequirements"))
    months = _amount(needed.get("monthsOfExperience")) if isinstance(needed, Mapping) else None
    return None if months is None else int(months)


def _draft(posting: Json, fallback_id: str, options: JobPostingOptions) -> Draft:
    title = _text(posting.get("title"))
    posted, until = parse_day(posting.get("datePosted")), parse_day(posting.get("validThrough"))
    employment = re.sub(r"[^a-z]", "", _text(posting.get("employmentType")).lower())
    openings = _amount(posting.get("totalJobOpenings"))
    known = {
        "vacancy_id": _text(posting.get("identifier"))
        or _text(posting.get("@id"))
        or _text(posting.get("url"))
        or fallback_id,
        "employer": _employer(posting, options.identities),
        "title": title or None,
        "language": _text(posting.get("inLanguage"))[:2] or language_of(title),
        "occupation": _occupation(posting),
        "kato": _kato(posting, options.places),
        "remote": _text(posting.get("jobLocationType")).upper() == "TELECOMMUTE",
        "employment_type": _EMPLOYMENT.get(employment, "other") if employment else None,
        "openings": None if openings is None else int(openings),
        "skills": _skills(posting),
        "salary": _salary(posting),
        "experience_months": _months(posting),
        "published_on": posted.isoformat() if posted else None,
        "valid_through": until.isoformat() if until else None,
        "status": "open",
    }
    data = {**options.defaults, **{name: value for name, value in known.items() if value is not None}}
    day = posted or parse_day(data.get("published_on"))
    return Draft(Entity.VACANCY, "published", data, options.source, start_of(day or parse_day("2000-01-01")))  # type: ignore[arg-type]


def _postings(path: Path) -> Iterator[Any]:
    if path.suffix == ".jsonl":
        with path.open("rb") as lines:
            for line in lines:
                try:
                    yield orjson.loads(line) if line.strip() else None
                except orjson.JSONDecodeError:
                    yield None
        return
    document = orjson.loads(path.read_bytes())
    graph = document.get("@graph", [document]) if isinstance(document, Mapping) else document
    yield from graph if isinstance(graph, list) else [graph]


def read_vacancies(paths: list[Path], options: JobPostingOptions) -> Iterator[AdaptedRow]:
    """One row for each posting of each file."""
    for path in paths:
        try:
            for number, posting in enumerate(_postings(path), 1):
                if isinstance(posting, Mapping):
                    yield AdaptedRow(path.name, number, _draft(posting, f"{path.stem}-{number}", options))
                else:
                    yield AdaptedRow(path.name, number, refusal=Refusal("schema_invalid", "type_mismatch"))
        except (OSError, orjson.JSONDecodeError):
            yield AdaptedRow(path.name, 1, refusal=Refusal("json_syntax", "json_malformed"))
