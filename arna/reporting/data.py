"""What a report is made of, read in one snapshot with the rights of the readers.

People are counted in the views alone, which hide counts under five; nothing here adds people up or reads below a view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from arna.errors import ConfigError
from arna.warehouse.database import Database, Session

REGION_SKILLS = 5
TREND_SKILLS = 6
TREND_MONTHS = 24
_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """A name in the languages in which the reference has it.

    Attributes:
        code: what stands where there is no name at all.
        kk: in Kazakh; None is missing.
        ru: in Russian; None is missing.
        en: in English; None is missing.
        sent: as a source wrote it, in a language nobody told.
    """

    code: str
    kk: str | None = None
    ru: str | None = None
    en: str | None = None
    sent: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """How short a skill is in a month: ``openings`` capped by employer; ``people`` and ``gap`` None where hidden."""

    skill: Label
    vacancies: int
    openings: int
    people: int | None
    gap: int | None


@dataclass(frozen=True, slots=True)
class GapCounts:
    """How many skills are asked for, are short, and may be short behind a hidden figure."""

    in_demand: int
    short: int
    hidden: int


@dataclass(frozen=True, slots=True)
class RegionGaps:
    """The skills most short in a region, widest first; none where none is short."""

    code: str
    name: Label
    counts: GapCounts
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A skill in a month; ``people`` is None where it is hidden."""

    month: date
    openings: int
    people: int | None


@dataclass(frozen=True, slots=True)
class Trend:
    """A skill over the months, without holes."""

    skill: Label
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True, slots=True)
class Occupation:
    """Demand for an occupation: openings capped by employer, lowest and highest median pay of the regions that tell."""

    name: Label
    isco_code: str
    vacancies: int
    openings: int
    salary_low: Decimal | None
    salary_high: Decimal | None


@dataclass(frozen=True, slots=True)
class Programme:
    """What became of the latest intake of a programme that may be shown; None is hidden, or not known."""

    name: Label
    organisation: str
    cohort_year: int
    entered: int | None
    completion_rate: Decimal | None
    dropout_rate: Decimal | None
    certified_rate: Decimal | None
    demand: Decimal | None


@dataclass(frozen=True, slots=True)
class ViewAge:
    """How old what a view shows is; ``rows`` is None where they are not counted."""

    view: str
    rows: int | None
    last_event_at: datetime | None
    last_landed_at: datetime | None
    refreshed_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of the events of one entity of one source."""

    entity: str
    source_id: int | None
    landed: int
    loaded: int
    superseded: int
    duplicate: int
    rejected: int
    waiting: int
    last_claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why events were refused, in the sentence that their publishers read."""

    entity: str
    rejection_class: str
    rule_id: str
    message: Label
    events: int


@dataclass(frozen=True, slots=True)
class Validation:
    """What a rule's expectation found over all its runs; ``unexpected`` is None where it looks at no single rows."""

    suite: str
    rule_id: str
    severity: str
    runs: int
    failed_runs: int
    unexpected: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source."""

    source_id: int
    name: str
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class ReportData:
    """What a report shows; ``month`` is None where no skill was ever asked for or held, ``openings`` are not capped."""

    read_at: datetime
    today: date
    month: date | None
    counts: GapCounts
    country_gaps: tuple[Gap, ...]
    regions: tuple[RegionGaps, ...]
    trends: tuple[Trend, ...]
    vacancies: int
    openings: int
    vacancies_unknown: int
    occupations: tuple[Occupation, ...]
    intakes: int
    intakes_hidden: int
    programmes: tuple[Programme, ...]
    views: tuple[ViewAge, ...]
    ledger: tuple[Ledger, ...]
    reasons: tuple[Reason, ...]
    validations: tuple[Validation, ...]
    sources: tuple[Source, ...]


def read_report(database: Database, *, month: date | None = None, top: int = 10) -> ReportData:
    """Reads a report in one snapshot.

    Args:
        database: the warehouse, as a role that may take the readers' rights or has them.
        month: any day of the month to report on; None: the latest with a figure.
        top: rows in a ranking of the country.

    Raises:
        ConfigError: there is nothing of that month.
        WarehouseUnavailable: try again later.
    """
    with database.session("repeatable read", read_only=True) as session:
        _take_role(session, "retraining_reader")
        skills = _read_skills(session, month, top)
        _take_role(session, "profile_reader")
        programmes = session.fetch_all("report/list_programmes.sql", {"count": top})
        intakes = session.fetch_all("report/sum_programmes.sql")[0]
        _take_role(session, "arna_engineer")
        sources = session.fetch_all("report/list_sources.sql")
        names = {row["bin"]: row["name"] for row in sources if row["bin"]}
        return ReportData(
            **session.fetch_all("report/read_day.sql")[0],
            **skills,
            **intakes,
            programmes=tuple(_programme(row, names) for row in programmes),
            views=tuple(_view_age(row) for row in session.fetch_all("report/list_freshness.sql")),
            ledger=tuple(Ledger(**row) for row in session.fetch_all("report/sum_ledger.sql")),
            reasons=tuple(_reason(row) for row in session.fetch_all("report/list_reasons.sql")),
            validations=tuple(_validation(row) for row in session.fetch_all("report/list_validations.sql")),
            sources=tuple(Source(row["source_id"], row["name"], row["is_enabled"]) for row in sources),
        )


def _take_role(session: Session, role: str) -> None:
    session.fetch_all("report/take_role.sql", {"role": role})


def _read_skills(session: Session, wanted: date | None, top: int) -> dict[str, Any]:
    first_day = wanted.replace(day=1) if wanted is not None else None
    found = session.fetch_all("report/find_month.sql", {"month": first_day})[0]
    month: date | None = found["month"]
    if month is None and wanted is not None:
        raise ConfigError("--month", f"there is nothing of {wanted:%Y-%m}.", "Leave it out for the latest month.")
    at = {"month": month}
    country = session.fetch_all("report/list_country_gaps.sql", {**at, "count": top})
    occupations = session.fetch_all("report/list_occupations.sql", {**at, "count": top})
    totals = session.fetch_all("report/sum_occupations.sql", at)[0]
    return {
        "month": month,
        "counts": _counts(session.fetch_all("report/sum_country_gaps.sql", at)[0]),
        "country_gaps": tuple(map(_gap, country)),
        "regions": _read_regions(session, month, min(top, REGION_SKILLS)),
        "trends": _read_trends(session, country[:TREND_SKILLS], month, found["first_month"]),
        "occupations": tuple(map(_occupation, occupations)),
        **totals,
    }


def _read_regions(session: Session, month: date | None, count: int) -> tuple[RegionGaps, ...]:
    gaps: dict[str, list[Gap]] = {}
    for row in session.fetch_all("report/list_region_gaps.sql", {"month": month, "count": count}):
        gaps.setdefault(row["region_code"], []).append(_gap(row))
    return tuple(
        RegionGaps(
            row["region_code"],
            _label(row, "region_name", row["region_code"]),
            _counts(row),
            tuple(gaps.get(row["region_code"], ())),
        )
        for row in session.fetch_all("report/sum_region_gaps.sql", {"month": month})
    )


def _read_trends(
    session: Session, skills: list[dict[str, Any]], month: date | None, first_month: date | None
) -> tuple[Trend, ...]:
    if month is None or first_month is None:
        return ()
    months = months_until(month, TREND_MONTHS)
    months = tuple(each for each in months if each >= first_month)
    params = {"skill_keys": [row["skill_key"] for row in skills], "first_month": months[0], "month": month}
    found = {(row["skill_key"], row["month"]): row for row in session.fetch_all("report/list_trend.sql", params)}
    return tuple(
        Trend(_skill(row), tuple(_point(each, found.get((row["skill_key"], each))) for each in months))
        for row in skills
    )


def months_until(month: date, count: int) -> tuple[date, ...]:
    """The first days of so many months, the last of them given."""
    last = month.year * 12 + month.month - 1
    return tuple(date(number // 12, number % 12 + 1, 1) for number in range(last - count + 1, last + 1))


def _point(month: date, row: _Row | None) -> TrendPoint:
    # A month without a row has neither an opening nor anybody who holds the skill.
    return TrendPoint(month, 0, 0) if row is None else TrendPoint(month, row["demand_openings_capped"], _people(row))


def _people(row: _Row) -> int | None:
    return None if row["is_suppressed"] else row["supply_people"]


def _label(row: _Row, column: str, code: str, sent: str | None = None) -> Label:
    return Label(code, row[f"{column}_kk"], row[f"{column}_ru"], row[f"{column}_en"], sent)


def _skill(row: _Row) -> Label:
    return _label(row, "skill_name", row["skill_key"], row["skill_name"])


def _gap(row: _Row) -> Gap:
    gap = None if row["is_suppressed"] else row["gap"]
    return Gap(_skill(row), row["demand_vacancies"], row["demand_openings_capped"], _people(row), gap)


def _counts(row: _Row) -> GapCounts:
    return GapCounts(row["skills_in_demand"], row["skills_short"], row["skills_hidden"])


def _occupation(row: _Row) -> Occupation:
    return Occupation(
        _label(row, "occupation_name", row["isco_code"]),
        row["isco_code"],
        row["vacancies"],
        row["openings_capped"],
        row["salary_low_kzt"],
        row["salary_high_kzt"],
    )


def _programme(row: _Row, organisations: Mapping[str, str]) -> Programme:
    return Programme(
        _label(row, "programme_name", row["programme_code"] or ""),
        organisations.get(row["organisation_bin"], row["organisation_bin"]),
        row["cohort_year"],
        row["entered"],
        row["completion_rate"],
        row["dropout_rate"],
        row["certified_rate"],
        row["demand_openings_avg"],
    )


def _view_age(row: _Row) -> ViewAge:
    return ViewAge(row["view_name"], row["row_count"], row["last_event_at"], row["last_landed_at"], row["refreshed_at"])


def _reason(row: _Row) -> Reason:
    message = Label(row["rule_id"], row["message_kk"], row["message_ru"], row["message_en"])
    return Reason(row["entity"], row["rejection_class"], row["rule_id"], message, row["event_count"])


def _validation(row: _Row) -> Validation:
    return Validation(
        row["suite_name"],
        row["rule_id"],
        row["severity"],
        row["run_count"],
        row["failed_count"],
        row["unexpected_count"],
    )
