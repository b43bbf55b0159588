"""Data of a report, made up, with everything in it that a page must cope with."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from arna.reporting.data import (
    Gap,
    GapCounts,
    Label,
    Ledger,
    Occupation,
    Programme,
    Reason,
    RegionGaps,
    ReportData,
    Source,
    Trend,
    TrendPoint,
    Validation,
    ViewAge,
    months_until,
)

READ_AT = datetime(2026, 3, 14, 20, 30, tzinfo=UTC)  # the 15th in Kazakhstan
MONTH = date(2026, 3, 1)
PYTHON = Label("esco:1", "Python тілі", "Язык Python", "Python language", "python")
WELDING = Label("local:welding", None, "Сварка", None, "Сварка")
SENT = Label("local:crane", sent="Crane <b>driving</b> & lifting")
REGIONS = (
    Label("71", "Астана қаласы", "город Астана", "Astana city"),
    Label("75", "Алматы қаласы", "город Алматы", "Almaty city"),
)


def sample_report(**changes: Any) -> ReportData:
    """A month with gaps known and hidden, names in all and in few languages, and events of every fate."""
    known = Gap(PYTHON, 900, 12_345, 1_000, 11_345)
    hidden = Gap(WELDING, 40, 77, None, None)
    unheld = Gap(SENT, 10, 31, 0, 31)
    months = months_until(MONTH, 12)
    data = ReportData(
        read_at=READ_AT,
        today=date(2026, 3, 15),
        month=MONTH,
        counts=GapCounts(30, 12, 3),
        country_gaps=(known, hidden, unheld),
        regions=(
            RegionGaps("71", REGIONS[0], GapCounts(20, 7, 2), (known, hidden)),
            RegionGaps("75", REGIONS[1], GapCounts(9, 0, 0), ()),
        ),
        trends=(
            Trend(PYTHON, tuple(TrendPoint(month, 1_000 + n, 500 * n) for n, month in enumerate(months))),
            Trend(WELDING, tuple(TrendPoint(month, 70, None if n % 2 else 6) for n, month in enumerate(months))),
        ),
        vacancies=4_321,
        openings=9_876,
        vacancies_unknown=219,
        occupations=(
            Occupation(Label("2512", en="Software developers"), "2512", 300, 800, Decimal(450_000), Decimal(900_000)),
            Occupation(Label("7212", "Дәнекерлеуші", "Сварщик", "Welder"), "7212", 30, 60, None, None),
        ),
        intakes=40,
        intakes_hidden=6,
        programmes=(
            Programme(PYTHON, "Example University", 2024, 1_200, *map(Decimal, ("0.8125", "0.1", "0.5")), Decimal(640)),
            Programme(Label("B057"), "Example College", 2023, 90, Decimal("0.75"), None, None, None),
        ),
        views=(
            ViewAge("profile.student", 33_345, READ_AT - timedelta(days=3), READ_AT, READ_AT),
            ViewAge("retraining.pathway", None, None, None, READ_AT),
        ),
        ledger=(
            Ledger("enrolment", 1, 10_000, 9_500, 100, 150, 250, 0, READ_AT - timedelta(hours=5)),
            Ledger("vacancy", None, 20, 0, 0, 0, 20, 0, None),
        ),
        reasons=(
            Reason("enrolment", "rule_failed", "end_before_begin", Label("end_before_begin", "а", "б", "c"), 250),
            Reason("vacancy", "a_class_of_tomorrow", "a_rule", Label("a_rule"), 20),
        ),
        validations=(
            Validation("enrolment.v1", "end_before_begin", "critical", 12, 2, 250),
            Validation("enrolment.v1", "version_repeated", "warning", 12, 1, None),
        ),
        sources=(Source(1, "Register of schools", is_enabled=True), Source(2, "Old portal", is_enabled=False)),
    )
    return dataclasses.replace(data, **changes)


def empty_report() -> ReportData:
    """A warehouse in which nothing has happened."""
    return sample_report(
        month=None,
        counts=GapCounts(0, 0, 0),
        **dict.fromkeys(("vacancies", "openings", "vacancies_unknown", "intakes", "intakes_hidden"), 0),
        **dict.fromkeys(("country_gaps", "regions", "trends", "occupations", "programmes"), ()),
        **dict.fromkeys(("views", "ledger", "reasons", "validations", "sources"), ()),
    )
