"""What is said about occupations and programmes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from arna.reporting.charts import NARROW, WIDE, Bar, Dots, draw_dots
from arna.reporting.data import Occupation, Programme, ReportData
from arna.reporting.model import (
    Cell,
    Figure,
    Key,
    Section,
    Table,
    cells_of,
    notes_on,
    number_cell,
    percent_cell,
    spoken,
)
from arna.reporting.skill_sections import both_widths
from arna.reporting.words import Words

_QUARTERS = (0, 0.25, 0.5, 0.75, 1)


def describe_occupations(data: ReportData, words: Words) -> Section:
    """The occupations most asked for."""
    key, title, intro = "occupations", words("occupations.title"), words("occupations.intro")
    if data.month is None or not data.occupations:
        return Section(key, title, intro, empty=words("occupations.empty"))
    names = [words.name(row.name) for row in data.occupations]
    shown = [words.number(row.openings) for row in data.occupations]
    alt_text = words("occupations.alt", items=spoken(zip(names, shown, strict=True)))
    bars = [
        Bar(str(name), row.openings, 0, number)
        for name, number, row in zip(names, shown, data.occupations, strict=True)
    ]
    chart_title = words("occupations.chart", month=words.month(data.month))
    table = _occupation_table(words, chart_title, data.occupations)
    figures = [Figure(chart_title, both_widths(bars, alt_text), table, [Key("dark", words("occupations.legend"))])]
    notes = [words("note.cap"), *notes_on(words, cells_of(figures))]
    if data.vacancies_unknown:
        unknown = {"count": words.number(data.vacancies_unknown), "total": words.number(data.vacancies)}
        notes.insert(0, words("occupations.unknown", **unknown))
    return Section(key, title, intro, figures, notes=notes)


def describe_programmes(data: ReportData, words: Words) -> Section:
    """What became of those who began the largest programmes."""
    key, title, intro = "programmes", words("programmes.title"), words("programmes.intro")
    notes = []
    if data.intakes_hidden:
        counts = {"count": words.number(data.intakes), "hidden": words.number(data.intakes_hidden)}
        notes.append(words("programmes.hidden", **counts))
    if not data.programmes:
        return Section(key, title, intro, notes=notes, empty=words("programmes.empty"))
    chart_title = words("programmes.chart")
    items = [
        words(
            "programmes.item",
            name=words.name(row.name),
            completed=words.percent(row.completion_rate),
            dropped=words.percent(row.dropout_rate),
        )
        for row in data.programmes[:3]
    ]
    alt_text = words("programmes.alt", items="; ".join(items))
    rows = [_dots(words, row) for row in data.programmes]
    percents = [words.percent_round(share) for share in _QUARTERS]
    drawings = [draw_dots(rows, width, percents, alt_text) for width in (WIDE, NARROW)]
    keys = [
        Key("circle", words("programmes.legend_completed")),
        Key("triangle", words("programmes.legend_dropped")),
        Key("diamond", words("programmes.legend_certified")),
    ]
    figures = [Figure(chart_title, drawings, _programme_table(words, chart_title, data.programmes), keys)]
    return Section(key, title, intro, figures, notes=[*notes, *notes_on(words, cells_of(figures))])


def _occupation_table(words: Words, caption: str, occupations: Sequence[Occupation]) -> Table:
    columns = [words(f"column.{name}") for name in ("occupation", "isco", "vacancies", "openings", "pay")]
    rows = [
        (
            Cell(words.name(row.name)),
            Cell(row.isco_code),
            number_cell(words, row.vacancies),
            number_cell(words, row.openings),
            Cell(_pay(words, row), is_number=True),
        )
        for row in occupations
    ]
    return Table(caption, columns, rows)


def _pay(words: Words, row: Occupation) -> str:
    if row.salary_low is None or row.salary_high is None:
        return words("unknown")
    low, high = words.number(row.salary_low), words.number(row.salary_high)
    return words("occupations.pay_one", low=low) if low == high else words("occupations.pay", low=low, high=high)


def _dots(words: Words, row: Programme) -> Dots:
    label = words("programmes.row", name=words.name(row.name), year=row.cohort_year)
    aside = "" if row.demand is None else words("programmes.demand", count=words.number(row.demand))
    return Dots(label, _share(row.completion_rate), _share(row.dropout_rate), _share(row.certified_rate), aside)


def _share(rate: Decimal | None) -> float | None:
    return None if rate is None else float(rate)


def _programme_table(words: Words, caption: str, programmes: Sequence[Programme]) -> Table:
    names = ("programme", "organisation", "intake", "entered", "completed", "dropped", "certified", "demand")
    rows = [
        (
            Cell(words.name(row.name)),
            Cell(row.organisation),
            Cell(str(row.cohort_year), is_number=True),
            number_cell(words, row.entered),
            percent_cell(words, row.completion_rate),
            percent_cell(words, row.dropout_rate),
            percent_cell(words, row.certified_rate),
            # No demand is known where nothing is known of what the programme teaches: that hides nobody.
            Cell(words("unknown") if row.demand is None else words.number(row.demand), is_number=True),
        )
        for row in programmes
    ]
    return Table(caption, [words(f"column.{name}") for name in names], rows)
