"""What is said about the data itself: what became of events, why some were refused, how old everything is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from arna.reporting.data import Ledger, Reason, ReportData, Validation
from arna.reporting.model import Cell, Part, Section, Table, count_cell, number_cell
from arna.reporting.words import Words

_OUTCOMES = ("landed", "loaded", "superseded", "duplicate", "rejected", "waiting")
_REASONS = 10


def describe_quality(data: ReportData, words: Words) -> Section:
    """Data quality and freshness."""
    parts = [
        _events(words, data.ledger),
        _reasons(words, data.reasons),
        _commonest(words, data.reasons),
        _checks(words, data.validations),
        _failed(words, data.validations),
        _views(words, data),
        _sources(words, data),
    ]
    return Section("quality", words("quality.title"), words("quality.intro"), parts=parts)


def describe_figures(words: Words) -> Section:
    """What the figures mean."""
    keys = ("opening", "person", "skill", "region", "privacy", "source")
    return Section("about", words("about.title"), paragraphs=[words(f"about.{key}") for key in keys])


def _part(
    words: Words,
    key: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    intro: str = "",
    notes: Sequence[str] = (),
) -> Part:
    title = words(f"quality.{key}")
    table = Table(title, [words(f"column.{column}") for column in columns], rows)
    return Part(title, table, words(f"quality.{key}_empty"), intro, notes)


def _numbers(words: Words, values: Iterable[int]) -> list[Cell]:
    return [number_cell(words, value) for value in values]


def _events(words: Words, ledger: Sequence[Ledger]) -> Part:
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * len(_OUTCOMES))
    for line in ledger:
        for place, outcome in enumerate(_OUTCOMES):
            sums[line.entity][place] += getattr(line, outcome)
    rows = [[Cell(words.or_code(f"entity.{entity}", entity)), *_numbers(words, sums[entity])] for entity in sums]
    if rows:
        totals = [sum(column) for column in zip(*sums.values(), strict=True)]
        rows.append([Cell(words("quality.total")), *_numbers(words, totals)])
    return _part(words, "events", ("entity", *_OUTCOMES), rows)


def _reasons(words: Words, reasons: Sequence[Reason]) -> Part:
    by_class: Counter[tuple[str, str]] = Counter()
    for reason in reasons:
        by_class[reason.rejection_class, reason.entity] += reason.events
    entities = sorted({reason.entity for reason in reasons})
    totals = {name: sum(by_class[name, entity] for entity in entities) for name, _ in by_class}
    rows = [
        [
            Cell(words.or_code(f"class.{name}", name)),
            *_numbers(words, [by_class[name, entity] for entity in entities]),
            number_cell(words, total),
        ]
        for name, total in sorted(totals.items(), key=lambda each: (-each[1], each[0]))
    ]
    title = words("quality.reasons")
    columns = [words("column.class"), *(words.or_code(f"entity.{entity}", entity) for entity in entities)]
    return Part(title, Table(title, [*columns, words("quality.total")], rows), words("quality.reasons_empty"))


def _commonest(words: Words, reasons: Sequence[Reason]) -> Part:
    rows = [
        [
            Cell(words.name(reason.message)),
            Cell(words.or_code(f"entity.{reason.entity}", reason.entity)),
            number_cell(words, reason.events),
        ]
        for reason in reasons[:_REASONS]
    ]
    more = len(reasons) - len(rows)
    title = words("quality.rules")
    columns = [words("column.message"), words("column.entity"), words("column.events")]
    notes = [words("quality.more", count=words.number(more))] if more else []
    return Part(title, Table(title, columns, rows), words("quality.reasons_empty"), notes=notes)


def _checks(words: Words, validations: Sequence[Validation]) -> Part:
    by_suite: dict[str, list[Validation]] = defaultdict(list)
    for validation in validations:
        by_suite[validation.suite].append(validation)
    rows = [
        [
            Cell(suite),
            *_numbers(
                words,
                (
                    len(found),
                    sum(each.runs for each in found),
                    sum(each.failed_runs for each in found),
                    sum(each.unexpected or 0 for each in found),
                ),
            ),
        ]
        for suite, found in sorted(by_suite.items())
    ]
    columns = ("suite", "rules", "runs", "failed", "unexpected")
    return _part(words, "checks", columns, rows, words("quality.checks_intro"))


def _failed(words: Words, validations: Sequence[Validation]) -> Part:
    failed = sorted(
        (each for each in validations if each.failed_runs),
        key=lambda each: (each.severity, -(each.unexpected or 0), each.suite, each.rule_id),
    )
    rows = [
        [
            Cell(each.rule_id),
            Cell(each.suite),
            Cell(words.or_code(f"severity.{each.severity}", each.severity)),
            number_cell(words, each.failed_runs),
            count_cell(words, each.unexpected),
        ]
        for each in failed
    ]
    return _part(words, "failed", ("rule", "suite", "severity", "failed", "unexpected"), rows)


def _views(words: Words, data: ReportData) -> Part:
    rows = [
        [
            Cell(view.view),
            count_cell(words, view.rows),
            Cell(words.moment(view.last_event_at)),
            Cell(words.moment(view.refreshed_at)),
            Cell(words.age(view.last_event_at, data.read_at)),
        ]
        for view in data.views
    ]
    return _part(words, "views", ("view", "rows", "last_event", "refreshed", "age"), rows)


def _sources(words: Words, data: ReportData) -> Part:
    landed: Counter[int | None] = Counter()
    rejected: Counter[int | None] = Counter()
    last: dict[int | None, datetime] = {}
    for line in data.ledger:
        landed[line.source_id] += line.landed
        rejected[line.source_id] += line.rejected
        if line.last_claimed_at is not None:
            last[line.source_id] = max(line.last_claimed_at, last.get(line.source_id, line.last_claimed_at))
    named: list[tuple[int | None, str]] = [
        (source.source_id, source.name if source.is_enabled else f"{source.name} {words('quality.disabled')}")
        for source in data.sources
    ]
    if landed[None]:
        named.append((None, words("quality.source_unknown")))
    rows = [
        [
            Cell(name),
            *_numbers(words, (landed[source_id], rejected[source_id])),
            Cell(words.moment(last.get(source_id))),
            Cell(words.age(last.get(source_id), data.read_at)),
        ]
        for source_id, name in named
    ]
    columns = ("source", "landed", "rejected", "last_taken", "ago")
    return _part(words, "sources", columns, rows, words("quality.sources_intro"))
