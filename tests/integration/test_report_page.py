"""The report in a real browser, from file://: in each language, on a phone, without a script, on paper.

``ARNA_TEST_CHROMIUM`` names the browser; else Chromium or Chrome from the path is taken.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from arna.reporting.page import render_page
from arna.reporting.words import LANGUAGES, Language, Words
from tests.support.reports import sample_report

NAMED = os.environ.get("ARNA_TEST_CHROMIUM")
CHROMIUM = NAMED or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: name one in ARNA_TEST_CHROMIUM"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
LOCALES = {"kk": "kk-KZ", "ru": "ru-RU", "en": "en-GB"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a page that opens in its reader's language."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_page(sample_report()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


class Reader:
    """Somebody who opens the file."""

    def __init__(
        self, browser: Browser, address: str, language: str = "en", viewport: dict[str, int] = DESKTOP
    ) -> None:
        context = browser.new_context(locale=LOCALES[language], viewport=viewport)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def shown(self) -> list[str]:
        return [edition for edition in LANGUAGES if self.page.locator(f"#{edition}").is_visible()]

    def overflow(self) -> int:
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_accessible_and_fits_a_phone_in_each_language(browser: Browser, address: str, language: Language) -> None:
    reader = Reader(browser, address, language, PHONE)
    assert reader.shown() == [language]
    expect(reader.page.locator("html")).to_have_attribute("lang", language)
    assert reader.overflow() == 0
    for figures in reader.page.locator(f"#{language} details").all():
        figures.locator("summary").click()
    assert reader.overflow() == 0
    found = Axe().run(reader.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}] == []
    # A drawing is shown as large as it was made: letters keep their size.
    for drawing in reader.page.locator(f"#{language} svg").all():
        box = drawing.bounding_box()
        if box is not None:
            assert box["width"] >= 0.98 * float(drawing.get_attribute("width") or 0)
    assert (reader.complaints, len(reader.requests)) == ([], 1)


def test_the_language_changes_without_loading_and_stays_in_the_address(browser: Browser, address: str) -> None:
    reader = Reader(browser, address, "ru")
    page, keys = reader.page, reader.page.keyboard
    assert reader.shown() == ["ru"]
    page.locator("#ru .contents a").nth(3).click()
    expect(page.locator("#ru-occupations h2")).to_be_in_viewport()
    link = page.locator("[data-language=kk]")
    link.focus()
    keys.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    assert reader.shown() == ["kk"]
    assert page.url == f"{address}#kk-occupations"
    expect(page.locator("#kk-occupations h2")).to_be_in_viewport()
    expect(page).to_have_title(re.compile(Words("kk")("title")))
    expect(link).to_have_attribute("aria-current", "true")
    page.reload()
    assert reader.shown() == ["kk"]
    page.go_back()
    assert reader.shown() == ["ru"]


def test_everything_is_reached_by_keyboard(browser: Browser, address: str) -> None:
    reader = Reader(browser, f"{address}#en")
    page, keys = reader.page, reader.page.keyboard
    summary = page.locator("#en-gaps summary")
    summary.focus()
    keys.press("Enter")
    expect(page.locator("#en-gaps details table")).to_be_visible()
    keys.press("Tab")
    expect(page.locator("#en-gaps .table")).to_be_focused()


def test_without_a_script_the_fragment_chooses_all_the_same(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(sample_report(), "ru"), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    for fragment, expected in (("", "ru"), ("#en", "en"), ("#kk-quality", "kk")):
        page.goto("about:blank")
        page.goto(f"{path.as_uri()}{fragment}")
        assert [each for each in LANGUAGES if page.locator(f"#{each}").is_visible()] == [expected]
    page.locator("[data-language=ru]").click()
    expect(page.locator("#ru")).to_be_visible()
    expect(page.locator("#kk")).to_be_hidden()


def test_it_prints_on_a4_with_no_chart_cut(browser: Browser, address: str) -> None:
    reader = Reader(
        browser, f"{address}#en", viewport={"width": 680, "height": 1000}
    )  # 180 mm, the sheet less its margins
    reader.page.emulate_media(media="print")
    assert reader.overflow() == 0
    for drawing in reader.page.locator("#en svg:visible").all():
        box = drawing.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 680
        assert box["height"] <= 980
    expect(reader.page.locator(".languages")).to_be_hidden()
    paper = reader.page.pdf(format="A4", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    assert len(paper) > 20_000
