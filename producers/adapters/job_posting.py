"""schema.org JobPosting as vacancies.

JSON-LD as an object, a list, an ``@graph``, one object a line, or in the scripts of an HTML page. The same table with
reasons is in docs/reference/mapping-job-posting.md.

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

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from arna.contracts.fields import is_employer_id
from arna.contracts.identifiers import kato_region
from arna.contracts.registry import Entity
from producers.adapters.cells import Unreadable, read_number
from producers.adapters.json_ld import is_page, list_files, named_nodes, nodes_of_type, read_documents
from producers.adapters.tabular import nest
from producers.identities import Identities
from producers.places import Places
from producers.rows import UNREADABLE, AdaptedRow, Draft, JsonValue, Refusal, language_of, parse_day, start_of

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
TYPE: Final = "JobPosting"
_NO_DAY: Final = date(2000, 1, 1)
"""Day of a posting without one; its contract refuses it anyway."""
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
        record_version: version of the postings; they say none of their own.
    """

    source: str
    places: Places
    identities: Identities = field(default_factory=Identities)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    record_version: int = 1


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


def _amount(value: JsonValue) -> int | float | None:
    """A number, or a text that is one as JSON writes it; whole where it is whole."""
    try:
        number = read_number(value) if isinstance(value, str) else value
    except Unreadable:
        return None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        return None
    return int(number) if float(number).is_integer() else number


def _day(value: JsonValue) -> str | None:
    """A day as ISO 8601; text that is none is left for the contract to refuse at its place."""
    day = parse_day(value)
    return day.isoformat() if day else _text(value) or None


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


def _months(posting: Json) -> int | float | None:
    needed = _first(posting.get("experienceRequirements"))
    return _amount(needed.get("monthsOfExperience")) if isinstance(needed, Mapping) else None


def _resolved(posting: Json, named: Mapping[str, Json]) -> Json:
    """The posting with employer and place in full, where it only refers to a node that stands elsewhere."""
    full = dict(posting)
    for name in ("hiringOrganization", "jobLocation"):
        node = _first(posting.get(name))
        if isinstance(node, Mapping) and set(node) == {"@id"}:
            full[name] = named.get(str(node["@id"]), node)
    return full


def _with_defaults(defaults: Json, known: Json) -> dict[str, Any]:
    """What the posting says, and for what it does not say the defaults; objects are completed field by field."""
    data = dict(defaults)
    for name, value in known.items():
        given = data.get(name)
        both = isinstance(given, Mapping) and isinstance(value, Mapping)
        data[name] = {**given, **value} if both else value  # type: ignore[dict-item]
    return data


def _draft(posting: Json, fallback_id: str, options: JobPostingOptions) -> Draft:
    title = _text(posting.get("title"))
    employment = re.sub(r"[^a-z]", "", _text(posting.get("employmentType")).lower())
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
        "openings": _amount(posting.get("totalJobOpenings")),
        "skills": _skills(posting),
        "salary": _salary(posting),
        "experience_months": _months(posting),
        "published_on": _day(posting.get("datePosted")),
        "valid_through": _day(posting.get("validThrough")),
        "status": "open",
    }
    data = _with_defaults(nest(options.defaults), {name: value for name, value in known.items() if value is not None})
    day = parse_day(data.get("published_on")) or _NO_DAY
    action = "published" if options.record_version == 1 else "amended"
    return Draft(Entity.VACANCY, action, data, options.source, start_of(day), options.record_version)


def _postings(path: Path) -> Iterator[tuple[Json, Mapping[str, Json]] | Refusal]:
    """Every posting of a file with the nodes that it may refer to; a document or a page without one is a refusal."""
    on_page = is_page(path)
    found = False
    for document in read_documents(path):
        if isinstance(document, Refusal):
            found = True
            yield document
            continue
        named = named_nodes(document)
        # A list is a list of records; anything else is one record, a graph of nodes, or something else of a page.
        for item in document if isinstance(document, list) else [document]:
            postings = nodes_of_type(item, TYPE)
            found = found or bool(postings) or not on_page
            yield from ((posting, named) for posting in postings)
            if not postings and not on_page:
                yield Refusal(UNREADABLE, "not_a_job_posting")
    if not found:
        yield Refusal(UNREADABLE, "page_without_posting" if on_page else "not_a_job_posting")


def read_vacancies(paths: list[Path], options: JobPostingOptions) -> Iterator[AdaptedRow]:
    """One row for each posting of each file; of a folder, of every file in it that may hold JSON-LD."""
    for given in paths:
        for path in list_files(given):
            # Two pages of a folder may have one name, in two folders below it.
            place = path.relative_to(given) if given.is_dir() else Path(path.name)
            local_id = "-".join(place.with_suffix("").parts)
            for number, found in enumerate(_postings(path), 1):
                if isinstance(found, Refusal):
                    yield AdaptedRow(str(place), number, refusal=found)
                else:
                    posting = _resolved(found[0], found[1])
                    yield AdaptedRow(str(place), number, _draft(posting, f"{local_id}-{number}", options))
