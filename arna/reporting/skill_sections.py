"""What is said about skills: gaps of the country, gaps of the regions, demand and supply over time."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from arna.reporting.charts import NARROW, WIDE, Bar, draw_bars, draw_trend
from arna.reporting.data import Gap, RegionGaps, ReportData, Trend
from arna.reporting.model import Cell, Figure, Key, Section, Table, cells_of, notes_on, number_cell, spoken
from arna.reporting.words import Words


def describe_gaps(data: ReportData, words: Words) -> Section:
    """The widest gaps of the country."""
    key, title, intro = "gaps", words("gaps.title"), words("gaps.intro")
    if data.month is None or not data.country_gaps:
        return Section(key, title, intro, empty=words("gaps.empty"))
    chart_title = words("gaps.chart", month=words.month(data.month))
    alt_text = words("gaps.alt", items=spoken(_gap_items(words, data.country_gaps)))
    bars = _gap_bars(words, data.country_gaps)
    table = _gap_table(words, chart_title, data.country_gaps)
    figures = [Figure(chart_title, both_widths(bars, alt_text), table, _gap_keys(words))]
    notes = [words("note.cap"), *notes_on(words, cells_of(figures))]
    if data.month == data.today.replace(day=1):
        notes.append(words("note.partial"))
    return Section(key, title, intro, figures, notes=notes)


def describe_regions(data: ReportData, words: Words) -> Section:
    """How many skills are short in each region, and which most."""
    key, title, intro = "regions", words("regions.title"), words("regions.intro")
    asked = [region for region in data.regions if region.counts.in_demand]
    if data.month is None or not asked:
        return Section(key, title, intro, empty=words("regions.empty"))
    figures = [_region_overview(words, data, asked)]
    cards = [_region_card(words, region) for region in asked if region.gaps]
    calm = [words.name(region.name).text for region in data.regions if not region.gaps]
    notes = [words("note.scale"), words("note.cap"), *notes_on(words, cells_of([*figures, *cards]))]
    if calm:
        notes.insert(0, words("regions.none", names=", ".join(calm)))
    return Section(key, title, intro, figures, cards, _gap_keys(words), notes=notes)


def describe_trends(data: ReportData, words: Words) -> Section:
    """Openings and people of the skills most short, month by month."""
    key, title, intro = "trend", words("trend.title"), words("trend.intro")
    if not data.trends:
        return Section(key, title, intro, empty=words("trend.empty"))
    cards = [_trend_card(words, trend) for trend in data.trends]
    cells = cells_of(cards)
    notes = [words("trend.hidden")] if any(cell.is_hidden for cell in cells) else []
    # The names of the skills stand above the charts, not in their tables.
    notes += notes_on(words, [*cells, *(Cell(words.name(trend.skill)) for trend in data.trends)])
    keys = [Key("solid", words("trend.legend_openings")), Key("dashed", words("trend.legend_people"))]
    return Section(key, title, intro, cards=cards, card_keys=keys, notes=notes)


def both_widths(bars: Sequence[Bar], alt_text: str) -> list[Markup]:
    """A bar chart for a wide and for a narrow screen."""
    return [draw_bars(bars, width, alt_text) for width in (WIDE, NARROW)]


def _gap_items(words: Words, gaps: Sequence[Gap]) -> list[tuple[object, object]]:
    return [(words.name(row.skill), words.number(row.gap)) for row in gaps]


def _gap_bars(words: Words, gaps: Sequence[Gap]) -> list[Bar]:
    return [Bar(str(words.name(row.skill)), row.gap, row.openings, words.number(row.gap)) for row in gaps]


def _gap_keys(words: Words) -> list[Key]:
    return [Key("dark", words("gaps.legend_gap")), Key("pale", words("gaps.legend_openings"))]


def _gap_table(words: Words, caption: str, gaps: Sequence[Gap]) -> Table:
    columns = [words(f"column.{name}") for name in ("skill", "vacancies", "openings", "people", "gap")]
    rows = [
        (
            Cell(words.name(row.skill)),
            number_cell(words, row.vacancies),
            number_cell(words, row.openings),
            number_cell(words, row.people),
            number_cell(words, row.gap),
        )
        for row in gaps
    ]
    return Table(caption, columns, rows)


def _region_overview(words: Words, data: ReportData, regions: Sequence[RegionGaps]) -> Figure:
    assert data.month is not None  # noqa: S101 (the caller saw to it)
    ranked = sorted(regions, key=lambda region: (-region.counts.short, region.code))
    title = words("regions.chart", month=words.month(data.month))
    alt_text = words("regions.alt", items=spoken((words.name(each.name), each.counts.short) for each in ranked))
    bars = [
        Bar(str(words.name(each.name)), each.counts.short, each.counts.in_demand, words.number(each.counts.short))
        for each in ranked
    ]
    columns = [words(f"column.{name}") for name in ("region", "asked", "short", "hidden")]
    rows = [
        (
            Cell(words.name(each.name)),
            number_cell(words, each.counts.in_demand),
            number_cell(words, each.counts.short),
            number_cell(words, each.counts.hidden),
        )
        for each in ranked
    ]
    keys = [Key("dark", words("regions.legend_short")), Key("pale", words("regions.legend_asked"))]
    drawings = [draw_bars(bars, WIDE, alt_text, is_beside=True), draw_bars(bars, NARROW, alt_text)]
    return Figure(title, drawings, Table(title, columns, rows), keys)


def _region_card(words: Words, region: RegionGaps) -> Figure:
    name = words.name(region.name)
    alt_text = words("gaps.alt", items=spoken(_gap_items(words, region.gaps)))
    drawing = draw_bars(_gap_bars(words, region.gaps), NARROW, f"{name}. {alt_text}")
    caption = words("regions.one", region=name)
    return Figure(name, [drawing], _gap_table(words, caption, region.gaps))


def _trend_card(words: Words, trend: Trend) -> Figure:
    name, points = words.name(trend.skill), trend.points
    first, last = points[0], points[-1]
    alt_text = words(
        "trend.alt",
        first=words.month(first.month),
        last=words.month(last.month),
        openings_first=words.number(first.openings),
        openings_last=words.number(last.openings),
        people_first=words.number(first.people),
        people_last=words.number(last.people),
    )
    drawing = draw_trend(
        [words.short_month(point.month) for point in points],
        [point.openings for point in points],
        [point.people for point in points],
        words.number_form,
        f"{name}. {alt_text}",
    )
    columns = [words(f"column.{column}") for column in ("month", "openings", "people")]
    rows = [
        (
            Cell(words.month(point.month)),
            number_cell(words, point.openings),
            number_cell(words, point.people),
        )
        for point in reversed(points)
    ]
    keys = [Key("solid", words.number(last.openings)), Key("dashed", words.number(last.people))]
    return Figure(name, [drawing], Table(str(name), columns, rows), keys)
