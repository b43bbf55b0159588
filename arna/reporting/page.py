"""Makes one HTML file of a report: it asks for nothing outside itself, and works without its script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup

from arna.reporting.data import ReportData
from arna.reporting.model import Fact, Section
from arna.reporting.quality_section import describe_figures, describe_quality
from arna.reporting.skill_sections import describe_gaps, describe_regions, describe_trends
from arna.reporting.words import LANGUAGES, Language, Words
from arna.reporting.work_sections import describe_occupations, describe_programmes

_KAZAKHSTAN = timezone(timedelta(hours=5))
FIRST: Language = "kk"
"""The language of a page that follows its reader's, where the script cannot look for it."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The page in one language."""

    language: Language
    words: Words
    made: str
    facts: Sequence[Fact]
    sections: Sequence[Section]


def render_page(data: ReportData, language: Language | None = None) -> str:
    """The page, with every language in it.

    Args:
        data: what it shows.
        language: the one it opens in; None: its reader's.
    """
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script, style = _read("report.js"), _read("report.css")
    return environment.get_template("report.html.j2").render(
        editions=[_edition(data, each) for each in LANGUAGES],
        first=language or FIRST,
        follows_reader=language is None,
        script=Markup(script),  # noqa: S704 (our own file)
        style=Markup(style),  # noqa: S704 (our own file)
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@cache
def _read(name: str) -> str:
    return resources.files("arna.reporting").joinpath("page", name).read_text(encoding="utf-8")


def _edition(data: ReportData, language: Language) -> Edition:
    words = Words(language)
    made_on = words.date(data.read_at.astimezone(_KAZAKHSTAN).date())
    if data.month is None:
        made = words("no_month", date=made_on)
    else:
        made = words("made", month=words.month_as_title(data.month), date=made_on)
    sections = (
        describe_gaps(data, words),
        describe_regions(data, words),
        describe_trends(data, words),
        describe_occupations(data, words),
        describe_programmes(data, words),
        describe_quality(data, words),
        describe_figures(words),
    )
    return Edition(language, words, made, _facts(data, words), sections)


def _facts(data: ReportData, words: Words) -> list[Fact]:
    facts = []
    if data.vacancies:
        note = words("facts.openings_note", vacancies=words.number(data.vacancies))
        facts.append(Fact(words("facts.openings"), words.number(data.openings), note))
    if data.counts.in_demand:
        note = words("facts.short_note", count=words.number(data.counts.in_demand))
        facts.append(Fact(words("facts.short"), words.number(data.counts.short), note))
    known = [row for row in data.country_gaps if row.gap is not None]
    if known:
        widest = {"openings": words.number(known[0].openings), "people": words.number(known[0].people)}
        facts.append(Fact(words("facts.widest"), words.name(known[0].skill), words("facts.widest_note", **widest)))
    landed = sum(line.landed for line in data.ledger)
    if landed:
        rejected = sum(line.rejected for line in data.ledger)
        taken = sum(line.loaded + line.superseded + line.duplicate for line in data.ledger)
        note = words("facts.loaded_note", rejected=words.number(rejected))
        facts.append(Fact(words("facts.loaded"), words.percent(taken / landed), note))
    return facts
