"""The report's page as a file: what stands in it, what does not, in each language."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
import string

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from arna.reporting.charts import ACCENT, Bar, draw_bars, draw_trend
from arna.reporting.data import Gap, months_until
from arna.reporting.page import render_page
from arna.reporting.skill_sections import describe_gaps
from arna.reporting.words import LANGUAGES, Language, Shown, Words
from tests.support.reports import MONTH, PYTHON, WELDING, empty_report, sample_report

pytestmark = pytest.mark.unit

HIDDEN: dict[Language, str] = {"kk": "жасырылған", "ru": "скрыто", "en": "hidden"}
SECTIONS = ("gaps", "regions", "trend", "occupations", "programmes", "quality", "about")
WITH_CHARTS = SECTIONS[:5]


@pytest.fixture(scope="module")
def text() -> str:
    return render_page(sample_report())


@pytest.fixture(scope="module")
def page(text: str) -> HTMLParser:
    return HTMLParser(text)


def one(parent: HTMLParser | Node, selector: str) -> Node:
    found = parent.css(selector)
    assert len(found) == 1, selector
    return found[0]


def rows_of(table: Node) -> list[list[str]]:
    return [[cell.text(strip=True) for cell in row.css("th, td")] for row in table.css("tbody tr")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_whole_page(page: HTMLParser, language: Language) -> None:
    edition = one(page, f"main#{language}")
    assert edition.attributes["lang"] == language
    assert one(edition, "h1").text() == Words(language)("title")
    assert [section.attributes["id"] for section in edition.css("section")] == [f"{language}-{key}" for key in SECTIONS]
    assert [link.attributes["href"] for link in edition.css(".contents a")] == [
        f"#{language}-{key}" for key in SECTIONS
    ]
    one(page, f".languages a[href='#{language}']")


@pytest.mark.parametrize(
    ("language", "first", "follows"),
    [(None, "kk", True), ("kk", "kk", False), ("ru", "ru", False), ("en", "en", False)],
)
def test_the_page_opens_in_the_language_chosen(language: Language | None, first: str, follows: bool) -> None:
    text = render_page(empty_report(), language)
    root = one(HTMLParser(text), "html")
    assert root.attributes["lang"] == root.attributes["data-first"] == first
    assert ("data-follows-reader" in root.attributes) is follows
    # Without a script and without a fragment the style sheet shows this one.
    assert f":has(.edition:target, .edition :target)) #{first} {{ display: block; }}" in text
    title = one(HTMLParser(text), "title").text()
    assert title.startswith(Words(first)("title"))  # type: ignore[arg-type]


def test_nothing_is_asked_of_another_host(text: str, page: HTMLParser) -> None:
    targets = [
        node.attributes[name]
        for node in page.css("*")
        for name in ("src", "href", "srcset", "data")
        if name in node.attributes
    ]
    assert targets
    assert {target for target in targets if not (target or "").startswith("#")} == {"data:,"}
    assert not re.search(r"https?:|@import|url\(|//[a-z]+\.", text)
    script = one(page, "script").text(strip=False)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = one(page, "meta[http-equiv=Content-Security-Policy]").attributes["content"] or ""
    assert f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in policy


def test_every_chart_has_a_text_and_its_figures_as_a_table(page: HTMLParser) -> None:
    figures = page.css("figure")
    # Gaps, regions and one region, two trends, occupations, programmes.
    assert len(figures) == 7 * len(LANGUAGES)
    for figure in figures:
        drawings = figure.css("svg[role=img]")
        assert len(drawings) in {1, 2}
        assert all(len(drawing.attributes["aria-label"] or "") > 20 for drawing in drawings)
        assert rows_of(one(figure, "details table"))
        assert one(figure, "figcaption").text(strip=True)
    assert len(page.css("svg")) == len(page.css("figure svg"))


def test_ids_are_unique(page: HTMLParser) -> None:
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hidden_figure_is_a_word_and_never_a_zero(page: HTMLParser, language: Language) -> None:
    hidden = HIDDEN[language]
    country = rows_of(one(page, f"#{language}-gaps table"))
    assert [row[3:] for row in country][1] == [hidden, hidden]
    region = rows_of(page.css(f"#{language}-regions .cards table")[0])
    assert region[1][3:] == [hidden, hidden]
    trend = rows_of(page.css(f"#{language}-trend table")[1])
    assert [row[2] for row in trend] == [hidden, "6"] * 6
    programme = rows_of(one(page, f"#{language}-programmes table"))[1]
    assert programme[5:7] == [hidden, hidden]
    # Who holds none of a skill is told: nobody is behind a zero.
    assert country[2][3:] == ["0", "31"]
    for key in ("gaps", "regions", "trend", "programmes"):
        assert Words(language)("note.hidden") in [note.text() for note in page.css(f"#{language}-{key} .notes li")]
    assert Words(language)("note.hidden") not in one(page, f"#{language}-occupations").text()


def test_a_hidden_gap_draws_no_bar_and_no_number() -> None:
    drawn = HTMLParser(draw_bars([Bar("a", 5, 7, "5"), Bar("b", None, 9, "hidden")], 320, "text"))
    assert len(drawn.css(f"[fill='{ACCENT}']")) == 1
    assert [text.text() for text in drawn.css("text")] == ["a", "b", "5", "hidden"]


def test_a_hidden_month_breaks_the_line() -> None:
    def line(people: list[int | None]) -> str:
        form = Words("en").number_form
        svg = HTMLParser(draw_trend(["a", "b", "c", "d", "e"], [9] * 5, people, form, "text"))
        return next(node.attributes["d"] or "" for node in svg.css("path[stroke-dasharray]"))

    assert line([6, 7, 8, 9, 10]).count("M") == 1
    assert line([6, 7, None, 9, 10]).count("M") == 2
    # Two that stand alone are points.
    alone = HTMLParser(draw_trend(["a", "b", "c"], [9] * 3, [6, None, 8], Words("en").number_form, "text"))
    assert len(alone.css("path[fill=white]")) == 2
    first = HTMLParser(draw_trend(["a"], [9], [6], Words("en").number_form, "text"))
    assert len(first.css(f"path[fill='{ACCENT}']")) == len(first.css("path[fill=white]")) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_is_nothing_a_sentence_says_so(language: Language) -> None:
    page = HTMLParser(render_page(empty_report()))
    words = Words(language)
    assert page.css("svg, figure, .facts") == []
    for key in WITH_CHARTS:
        assert one(page, f"#{language}-{key} .empty").text() == words(f"{key}.empty")
    assert page.css(f"#{language}-quality table") == []
    assert len(page.css(f"#{language}-quality .empty")) == 7
    assert words("no_month", date="").rstrip(" .") in one(page, f"#{language} .made").text()


def test_a_missing_name_is_shown_in_another_language_and_marked(page: HTMLParser) -> None:
    for language, expected in (("kk", ["Сварка [ru]"]), ("ru", ["Сварка"]), ("en", ["Сварка [ru]"])):
        rows = page.css(f"#{language}-gaps tbody th")
        assert [" ".join(rows[1].text().split())] == expected
        assert "†" in rows[2].text()
        assert "[" not in rows[0].text()
    spans = page.css("#en-gaps tbody th span[lang=ru]")
    assert [span.text() for span in spans] == ["Сварка"]
    code = page.css("#ru-programmes tbody th")[1].text()
    assert " ".join(code.split()) == "B057 [код]"
    marked = Words("ru")("note.marks")
    assert marked in one(page, "#ru-programmes .notes").text()
    assert marked in one(page, "#ru-occupations .notes").text()


def test_no_note_on_names_where_all_are_in_the_language() -> None:
    data = sample_report(country_gaps=(Gap(PYTHON, 1, 9, 5, 4),))
    assert Words("kk")("note.marks") not in describe_gaps(data, Words("kk")).notes


def test_names_are_text_and_never_markup(text: str, page: HTMLParser) -> None:
    assert "Crane &lt;b&gt;driving&lt;/b&gt; &amp; lifting" in text
    assert page.css("section b, figure b") == []
    assert any("Crane <b>driving</b> & lifting †" in node.text() for node in page.css("svg text"))


def test_a_long_name_is_cut_in_the_drawing_alone() -> None:
    label = dataclasses.replace(PYTHON, en="word " * 40)
    [figure] = describe_gaps(sample_report(country_gaps=(Gap(label, 1, 9, 5, 4),)), Words("en")).figures
    drawn = [node.text() for drawing in figure.drawings for node in HTMLParser(drawing).css("text")]
    assert sorted(len(text) for text in drawn if text.endswith("…")) == pytest.approx([41, 87], abs=5)
    assert all(len(text) <= 90 for text in drawn)
    assert figure.table.rows[0][0].shown == Shown(label.en or "")


def test_numbers_and_dates_are_in_the_form_of_the_language(page: HTMLParser) -> None:
    shown = {
        language: (
            rows_of(one(page, f"#{language}-gaps table"))[0][2],
            rows_of(one(page, f"#{language}-programmes table"))[0][4],
            " ".join(one(page, f"#{language} .made").text().split()),
        )
        for language in LANGUAGES
    }
    assert shown == {
        "kk": ("12\xa0345", "81,2%", "2026 ж. наурыз — жасалған күні 2026 ж. 15 наурыз"),
        "ru": ("12\xa0345", "81,2\xa0%", "Март 2026 г. — составлено 15 марта 2026 г."),
        "en": ("12,345", "81.2%", "March 2026 — made on 15 March 2026"),
    }


def test_the_current_month_is_said_to_be_unfinished() -> None:
    words = Words("en")
    assert words("note.partial") in describe_gaps(sample_report(), words).notes
    later = sample_report(today=MONTH.replace(month=4))
    assert words("note.partial") not in describe_gaps(later, words).notes


def test_quality_adds_up_and_names_what_it_knows(page: HTMLParser) -> None:
    tables = page.css("#en-quality table")
    events, reasons, _, checks, failed, views, sources = map(rows_of, tables)
    assert events == [
        ["Enrolments", "10,000", "9,500", "100", "150", "250", "0"],
        ["Vacancies", "20", "0", "0", "0", "20", "0"],
        ["In all", "10,020", "9,500", "100", "150", "270", "0"],
    ]
    # A class that the texts do not have yet shows its code.
    assert reasons == [["rule broken", "250", "0", "250"], ["a_class_of_tomorrow", "0", "20", "20"]]
    assert checks == [["enrolment.v1", "2", "24", "3", "250"]]
    assert [row[4] for row in failed] == ["250", "—"]
    assert [(row[1], row[4]) for row in views] == [("33,345", "3 days"), ("—", "never")]
    assert sources == [
        ["Register of schools", "10,000", "250", "14 Mar 2026, 20:30", "5 h"],
        ["Old portal (disabled)", "0", "0", "never", "never"],
        ["source not told", "20", "20", "never", "never"],
    ]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_languages_have_the_same_texts() -> None:
    texts = {language: Words(language)._texts for language in LANGUAGES}
    for language in LANGUAGES:
        assert set(texts[language]) == set(texts["en"])
        for key, text in texts[language].items():
            assert text.strip(), key
            assert _placeholders(text) == _placeholders(texts["en"][key]), (language, key)


def test_every_rejection_class_has_a_name() -> None:
    from arna.contracts.rules import RejectionClass

    for language in LANGUAGES:
        assert all(Words(language).or_code(f"class.{each}", "") for each in RejectionClass)


def test_months_go_over_the_turn_of_the_year() -> None:
    months = months_until(MONTH, 15)
    assert [month.isoformat()[:7] for month in (months[0], months[2], months[3], months[-1])] == [
        "2025-01",
        "2025-03",
        "2025-04",
        "2026-03",
    ]


def test_a_name_of_the_second_language_is_preferred_to_what_was_sent() -> None:
    assert str(Words("kk").name(WELDING)) == "Сварка [ru]"
