"""The two CSV exports of a HeadHunter-like job portal as vacancies.

*raw*: the API's vacancy list, 49 columns, cells hold the text of Python dicts and lists.
*clean*: flat columns with full texts and extracted skills; it does not say who the employer is.

| contract | raw | clean |
|---|---|---|
| ``vacancy_id`` | ``id`` | ``id`` |
| ``employer`` | a synthetic BIN from ``employer.id``, an IIN for a sole trader | the portal itself |
| ``title`` | ``name`` | ``name`` |
| ``occupation`` | ``professional_roles`` by name, ISCO-08 (``ROLES``) | ``role`` |
| ``kato`` | ``area.name`` | ``area`` |
| ``remote`` | ``work_format`` has REMOTE and no other, or ``schedule`` is remote | the same |
| ``employment_type`` | ``internship``, else ``employment`` | ``employment`` |
| ``openings`` | not said: unknown | unknown |
| ``skills`` | not in the list | ``skills_extracted`` |
| ``salary`` | ``salary_range``, RUR is RUB; a shift is a day, a service a project | KZT a month, as converted there |
| ``experience_months`` | lower end of ``experience`` | the same |
| ``published_on``, time | ``published_at`` | ``published_at`` |

Money is read as a decimal and rounded to tiyn, so that float noise of the set's conversion does not travel on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters.records import read_records
from producers.adapters.text_files import Heading, TextFormat
from producers.identities import Identities, synthetic_iin
from producers.known_sources import KnownSource, known_sources
from producers.places import Places, built_in_places
from producers.rows import AdaptedRow, Draft, JsonValue, Refusal, language_of, parse_moment

NAMESPACE: Final = "job_portal"
EXPERIENCE_MONTHS: Final = {"noExperience": 0, "between1And3": 12, "between3And6": 36, "moreThan6": 72}
EMPLOYMENT: Final = {
    "full": "full_time",
    "part": "part_time",
    "project": "contractor",
    "volunteer": "volunteer",
    "probation": "intern",
}
PERIODS: Final = {"HOUR": "hour", "SHIFT": "day", "WEEK": "week", "MONTH": "month", "SERVICE": "project"}
CURRENCIES: Final = {"RUR": "RUB", "BYR": "BYN"}
ROLES: Final = {
    "Программист, разработчик": "2512",
    "Системный администратор": "2522",
    "Аналитик": "2511",
    "Тестировщик": "2519",
    "BI-аналитик, аналитик данных": "2511",
    "Бизнес-аналитик": "2421",
    "Дата-сайентист": "2120",
    "DevOps-инженер": "2522",
    "Системный аналитик": "2511",
    "Продуктовый аналитик": "2431",
    "Специалист по информационной безопасности": "2529",
    "Руководитель группы разработки": "1330",
    "Системный инженер": "2523",
    "Технический директор (CTO)": "1330",
    "Водитель": "8322",
    "Юрист": "2611",
    "Бухгалтер": "2411",
    "Менеджер проектов": "2421",
    "Руководитель проектов": "2421",
    "Учитель, преподаватель, педагог": "2330",
    "Врач": "2212",
    "Менеджер по продажам, менеджер по работе с клиентами": "3322",
}
"""Role of the portal to the ISCO-08 group it is nearest to; our own reading, no official crosswalk."""

_RAW_COLUMNS: Final = ("id", "name", "area", "salary", "published_at", "employer")
_CLEAN_COLUMNS: Final = ("id", "name", "area", "salary_from", "published_at", "skills_extracted")
_COLUMNS: Final[Mapping[bool, Mapping[str, str]]] = {
    is_raw: {
        "vacancy_id": "id",
        "title": "name",
        "kato": "area",
        "published_on": "published_at",
        "experience_months": "experience",
        "employment_type": "employment",
        "occupation": "professional_roles" if is_raw else "role",
        **({"employer": "employer", "salary": "salary_range"} if is_raw else {"salary": "salary_from"}),
    }
    for is_raw in (True, False)
}
"""For the account: field to the column that it is read from."""
_SOLE_TRADER: Final = "ИП "
_TITLE_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class PortalOptions:
    """What the portal's file does not say.

    Attributes:
        source: the portal.
        places: names of places to KATO codes.
        identities: where the employers' BINs come from (they are not in the file: synthetic, or refused).
        record_version: version of this export; a later export of the same vacancies has a higher one.
        form: encoding and delimiter of the file.
    """

    source: KnownSource = field(default_factory=lambda: known_sources()["job_portal"])
    places: Places = field(default_factory=built_in_places)
    identities: Identities = field(default_factory=lambda: Identities(synthetic=True))
    record_version: int = 1
    form: TextFormat = field(default_factory=TextFormat)


def _cell(text: str | None) -> JsonValue:
    """The value of a cell that holds Python's text of a dict or a list; None where it is empty or no such text."""
    if not text:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _object(text: str | None) -> Mapping[str, Any]:
    value = _cell(text)
    return value if isinstance(value, Mapping) else {}


def _objects(text: str | None) -> list[Mapping[str, Any]]:
    """The dicts of a cell that holds a list of them."""
    value = _cell(text)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _texts(text: str | None) -> list[str]:
    """The items of a cell that holds a list, as text."""
    value = _cell(text)
    return [str(item) for item in value] if isinstance(value, list) else []


def money(value: JsonValue) -> int | float | None:
    """An amount of money, rounded to hundredths; None where there is none."""
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _salary(low: JsonValue, high: JsonValue, currency: str, period: str, gross: bool) -> dict[str, Any] | None:
    amounts = {name: amount for name, value in (("min", low), ("max", high)) if (amount := money(value)) is not None}
    if not amounts or not currency:
        return None
    return {**amounts, "currency": CURRENCIES.get(currency, currency), "period": period, "gross": gross}


def _raw_salary(row: Mapping[str, str]) -> dict[str, Any] | None:
    pay = _object(row.get("salary_range")) or _object(row.get("salary"))
    mode = pay.get("mode")
    unit = mode.get("id", "MONTH") if isinstance(mode, Mapping) else "MONTH"
    period = PERIODS.get(str(unit), "month")
    return _salary(pay.get("from"), pay.get("to"), str(pay.get("currency") or ""), period, bool(pay.get("gross")))


def _employer(row: Mapping[str, str], options: PortalOptions) -> dict[str, Any]:
    body = _object(row.get("employer"))
    name = str(body.get("name") or "")
    # An anonymous employer has no id: its vacancies are kept apart from every other's.
    local_id = str(body.get("id") or f"anonymous:{row['id']}")
    if name.startswith(_SOLE_TRADER) and options.identities.synthetic:
        return {"id": synthetic_iin(NAMESPACE, local_id), "name": name}
    number = options.identities.bin(NAMESPACE, local_id)
    return {key: value for key, value in (("id", number), ("name", name)) if value}


def _is_remote(row: Mapping[str, str], formats: list[str]) -> bool:
    schedule = row.get("schedule") or ""
    is_remote_schedule = (_object(schedule).get("id") if schedule.startswith("{") else schedule) == "remote"
    return formats == ["REMOTE"] or (not formats and is_remote_schedule)


def _draft(row: Mapping[str, str], own: Mapping[str, Any], published: datetime, options: PortalOptions) -> Draft:
    title = " ".join((row.get("name") or "").split())[:_TITLE_LENGTH]
    role = own["role"]
    known = {
        "vacancy_id": row["id"],
        "employer": own["employer"],
        "title": title,
        "language": language_of(title),
        "occupation": {"code": ROLES[role], "scheme": "isco08"} if role in ROLES else None,
        "kato": options.places.find(own["area"]),
        "remote": _is_remote(row, own["formats"]),
        "employment_type": own["employment_type"],
        "skills": own["skills"],
        "salary": own["salary"],
        "experience_months": EXPERIENCE_MONTHS.get(own["experience"]),
        "published_on": published.date().isoformat(),
        "status": "open",
    }
    data = {name: value for name, value in known.items() if value is not None}
    action = "published" if options.record_version == 1 else "amended"
    return Draft(Entity.VACANCY, action, data, options.source.uri, published, options.record_version)


def _raw_fields(row: Mapping[str, str], options: PortalOptions) -> dict[str, Any]:
    roles = _objects(row.get("professional_roles"))
    formats = [str(entry.get("id")) for entry in _objects(row.get("work_format"))]
    employment = str(_object(row.get("employment")).get("id", ""))
    return {
        "employer": _employer(row, options),
        "role": str(roles[0].get("name")) if roles else "",
        "area": str(_object(row.get("area")).get("name") or ""),
        "formats": formats,
        "employment_type": "intern" if row.get("internship") == "True" else EMPLOYMENT.get(employment, "other"),
        "skills": [],
        "salary": _raw_salary(row),
        "experience": str(_object(row.get("experience")).get("id")),
    }


def _clean_fields(row: Mapping[str, str], options: PortalOptions) -> dict[str, Any]:
    names = dict.fromkeys(_texts(row.get("skills_extracted")))
    low, high = row.get("salary_from"), row.get("salary_to")
    # The set leaves the employer out; the portal is the body that offers these jobs to us.
    return {
        "employer": {"id": options.source.bin, "name": options.source.name},
        "role": row.get("role"),
        "area": row.get("area") or "",
        "formats": _texts(row.get("work_format")),
        "employment_type": EMPLOYMENT.get(row.get("employment") or "", "other"),
        "skills": [{"name": name} for name in names],
        "salary": _salary(low, high, "KZT", "month", row.get("is_gross") == "True"),
        "experience": row.get("experience"),
    }


def _read(path: Path, is_raw: bool, options: PortalOptions) -> Iterator[AdaptedRow]:
    records = read_records(path, options.form)
    heading = next(records)
    needed = _RAW_COLUMNS if is_raw else _CLEAN_COLUMNS
    if isinstance(heading, Heading) and (missing := [name for name in needed if name not in heading.names]):
        raise ConfigError("FILE", f"{path.name} has no column {missing[0]}, so it is another kind of export.")
    for number, row in enumerate(records, 1):
        if isinstance(row, Refusal):
            yield AdaptedRow(path.name, number, refusal=row)
        elif isinstance(row, Mapping):
            yield _adapt(path.name, number, row, is_raw, options)


def _adapt(file: str, number: int, row: Mapping[str, Any], is_raw: bool, options: PortalOptions) -> AdaptedRow:
    published = parse_moment(row.get("published_at"))
    if published is None or not row.get("id"):
        name = "published_at" if published is None else "id"
        return AdaptedRow(file, number, refusal=Refusal("schema_invalid", "field_missing", f"/{name}", name))
    own = _raw_fields(row, options) if is_raw else _clean_fields(row, options)
    return AdaptedRow(file, number, _draft(row, own, published, options), columns=_COLUMNS[is_raw])


def read_raw(path: Path, options: PortalOptions | None = None) -> Iterator[AdaptedRow]:
    """One row for each vacancy of a *raw* export."""
    return _read(path, True, options or PortalOptions())


def read_clean(path: Path, options: PortalOptions | None = None) -> Iterator[AdaptedRow]:
    """One row for each vacancy of a *clean* export."""
    return _read(path, False, options or PortalOptions())
