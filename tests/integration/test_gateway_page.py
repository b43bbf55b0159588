"""The gateway's page in a real browser, on the real gateway, broker and warehouse: from a key to receipts.

``ARNA_TEST_CHROMIUM`` names the browser; else Chromium or Chrome from the path is taken.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Download, Page, Request, Route, expect, sync_playwright

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.processes import wait_until
from arna.settings import Settings
from arna.topics import ensure_topics
from consumers.receipts import ReceiptAnnouncer
from producers.adapters.records import flatten
from producers.gateway.file_rows import template_columns
from tests.support.gateway import RunningGateway, make_key, running_gateway
from tests.support.lander import LandingSite
from tests.support.samples import sample_data
from tests.support.stack import create_database, drop_database, role_url

pytestmark = pytest.mark.integration

NAMED = os.environ.get("ARNA_TEST_CHROMIUM")
CHROMIUM = NAMED or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: name one in ARNA_TEST_CHROMIUM")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
COLUMNS = template_columns(Entity.ENROLMENT)
NAME = "Мектептер тізілімі"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
CSV = {"Content-Type": "text/csv"}
LOCALES = {"kk": "kk-KZ", "ru": "ru-RU", "en": "en-GB"}


def columns_of(number: int, **overrides: Any) -> dict[str, Any]:
    return dict(flatten(sample_data(Entity.ENROLMENT, number=number))) | overrides


def mistyped_iin(number: int) -> str:
    iin = make_synthetic_iin(number)
    return iin[:-1] + str((int(iin[-1]) + 1) % 10)


def table(rows: list[dict[str, Any]], delimiter: str = ";", columns: tuple[str, ...] = COLUMNS) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return written.getvalue()


class Site:
    """Gateway, broker, warehouse and browser."""

    def __init__(self, landing: LandingSite, broker: EmbeddedKafka, gateway: RunningGateway, browser: Browser) -> None:
        self.landing = landing
        self.broker = broker
        self.gateway = gateway
        self.browser = browser
        self.key = make_key(landing.database_url, entities=(Entity.ENROLMENT, Entity.VACANCY), name=NAME)

    def landed(self) -> dict[str, dict[str, Any]]:
        """Lands all that was published and returns the enrolments in raw by their subject."""
        self.landing.land_all()
        return {row["subject"]: row for row in self.landing.raw(Entity.ENROLMENT)}

    def announce(self) -> None:
        settings = self.landing.settings.model_copy(update={"warehouse_url": self.landing.database_url})
        announcer = ReceiptAnnouncer(settings)
        try:
            announcer.announce_once(threading.Event())
        finally:
            announcer.close()


@pytest.fixture(scope="module")
def site(
    postgres_server_url: str,
    database_template: str,
    short_tmp: Callable[[], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    name = f"arna_page_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_server_url, name, database_template)
    broker = EmbeddedKafka(short_tmp() / "kafka")
    broker.start()
    try:
        landing = LandingSite(broker.bootstrap_servers, url, tmp_path_factory.mktemp("page"), real_topics=True)
        ensure_topics(broker.bootstrap_servers, landing.settings)
        settings = Settings(
            home=landing.settings.home,
            kafka_bootstrap_servers=broker.bootstrap_servers,
            warehouse_url=url,
            warehouse_gateway_url=role_url(url, "arna_gateway"),
            gateway_delivery_seconds=2,
        )
        with running_gateway(settings) as gateway, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield Site(landing, broker, gateway, browser)
            browser.close()
        landing.close()
    finally:
        broker.stop()
        drop_database(postgres_server_url, name)


class Person:
    """Somebody at the page."""

    def __init__(self, site: Site, context: BrowserContext) -> None:
        self.site = site
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._see)
        # Heard from the start: the browser takes a moment to hand the dialogue to the test.
        self.page.on("filechooser", lambda _: None)
        self.page.goto(site.gateway.url)
        expect(self.page.locator("body")).not_to_have_class("unready")

    def _hear(self, kind: str, text: str) -> None:
        # That a request was answered 4xx or 5xx is no mistake of the page.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.site.gateway.url, "blob:", "data:")):
            self.foreign.append(request.url)

    def __getitem__(self, element_id: str) -> Any:
        return self.page.locator(f"#{element_id}")

    def give_key(self, key: str | None = None) -> None:
        self["key"].fill(self.site.key if key is None else key)
        self["key-check"].click()
        if key is None:
            expect(self["key-accepted"]).to_be_visible()

    def choose_entity(self, entity: str = "enrolment") -> None:
        self.page.locator(f"input[name=entity][value={entity}]").check()

    def choose(self, name: str, content: str | bytes, entity: str = "enrolment") -> None:
        self.choose_entity(entity)
        data = content.encode() if isinstance(content, str) else content
        with self.page.expect_file_chooser() as chooser:
            self["choose"].click()
        chooser.value.set_files({"name": name, "mimeType": "", "buffer": data})

    def download(self, button: str) -> tuple[str, str]:
        with self.page.expect_download() as caught:
            self[button].click()
        download: Download = caught.value
        return download.suggested_filename, Path(download.path()).read_text(encoding="utf-8")

    def speak(self, language: str) -> None:
        self.page.locator(f"input[name=language][value={language}]").check()
        expect(self.page.locator("html")).to_have_attribute("lang", language)

    def check_access(self, state: str) -> None:
        """No serious barrier for anybody, and nothing wider than the screen."""
        found = Axe().run(self.page).response["violations"]
        serious = [
            (violation["id"], violation["nodes"][0]["html"])
            for violation in found
            if violation["impact"] in {"serious", "critical"}
        ]
        assert serious == [], state
        # A string would be code to the browser, which the page's policy forbids: even a test's.
        [html] = self.page.locator("html").all()
        size = html.bounding_box()
        assert size is not None
        assert html.evaluate("element => element.scrollWidth") <= size["width"], state


@pytest.fixture
def visit(site: Site) -> Iterator[Callable[..., Person]]:
    contexts: list[BrowserContext] = []
    people: list[Person] = []

    def come(language: str = "en", viewport: dict[str, int] = DESKTOP, **options: Any) -> Person:
        contexts.append(site.browser.new_context(locale=LOCALES[language], viewport=viewport, **options))  # type: ignore[arg-type]
        contexts[-1].set_default_timeout(15_000)
        people.append(Person(site, contexts[-1]))
        return people[-1]

    yield come
    for context in contexts:
        context.close()
    assert [person.complaints for person in people if person.complaints] == []
    assert [person.foreign for person in people if person.foreign] == []


@needs_browser
def test_somebody_without_a_mouse_publishes_what_passes_and_reads_what_became_of_it(
    site: Site, visit: Callable[..., Person], tmp_path: Path
) -> None:
    rows = [columns_of(number) for number in range(1, 6)]
    rows[1]["person.iin"] = mistyped_iin(2)
    rows[3]["study_form"] = "күндізгі"
    path = tmp_path / "Қабылдау.csv"
    path.write_text("\ufeff" + table(rows), encoding="utf-8")
    person = visit("kk")
    page, keys = person.page, person.page.keyboard

    keys.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(3):
        keys.press("Tab")
    expect(person["key"]).to_be_focused()
    keys.type(site.key)
    keys.press("Enter")
    expect(person["key-accepted"]).to_be_focused()
    expect(person["key-owner"]).to_contain_text(NAME)
    # The certificates, which the key may not publish, are no choice.
    expect(page.locator("input[name=entity][value=certification]")).to_be_hidden()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Space")
    expect(page.locator("input[name=entity][value=enrolment]")).to_be_checked()
    keys.press("Tab")
    expect(person["choose"]).to_be_focused()
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files(path)

    expect(person["checked-heading"]).to_be_focused()
    expect(person["checked-heading"]).to_have_text("5 жолдың 3 жолы өтеді")
    expect(person["chosen-facts"]).to_contain_text("5 жол")
    shown = person["rows"].locator("tr")
    expect(shown).to_have_count(2)
    expect(shown.nth(0)).to_contain_text("3")  # as the spreadsheet counts: the heading is row 1
    expect(shown.nth(0)).to_contain_text("ЖСН-нің бақылау разряды қате.")
    expect(shown.nth(0)).to_contain_text(mistyped_iin(2))
    expect(shown.nth(1)).to_contain_text("full_time, part_time, evening, distance")

    keys.press("Tab")
    expect(person["send"]).to_be_focused()
    keys.press("Enter")
    expect(person["confirm"]).to_be_visible()
    keys.press("Escape")
    expect(person["confirm"]).to_be_hidden()
    expect(person["send"]).to_be_focused()
    keys.press("Enter")
    keys.press("Enter")
    expect(person["sent-heading"]).to_be_focused()
    expect(person["sent-heading"]).to_have_text("3 жол қабылданды")
    # What the source sends beside the page is no concern of the page's receipts.
    with site.gateway.client(site.key) as client:
        client.post("/v1/files/enrolment?send=true", content=table([columns_of(9)], ",").encode(), headers=CSV)
    landed = site.landed()
    assert {f"enrolment-{number}" for number in (1, 3, 5, 9)} <= set(landed)
    assert not {"enrolment-2", "enrolment-4"} & set(landed)

    site.announce()
    person["receipts"].click()
    expect(page.locator("[data-outcome=landed]")).to_contain_text("3")
    person.speak("ru")
    expect(page.locator("[data-outcome=landed]")).to_contain_text("получено, ещё не загружено")
    expect(person["sent-heading"]).to_have_text("Приняты 3 строки")


@needs_browser
@pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [("kk", PHONE, "light"), ("ru", PHONE, "light"), ("en", PHONE, "light"), ("kk", DESKTOP, "dark")],
    ids=["kk-phone", "ru-phone", "en-phone", "kk-dark"],
)
def test_every_state_is_accessible_in_each_language(
    visit: Callable[..., Person], language: str, viewport: dict[str, int], scheme: str
) -> None:
    rows = [columns_of(number, **({"kato": ""} if number % 2 else {})) for number in range(100, 160)]
    person = visit(language, viewport, color_scheme=scheme)
    expect(person.page.locator("html")).to_have_attribute("lang", language)
    person.check_access("empty")
    person.give_key("arna_wrong")
    expect(person["key-error"]).not_to_be_empty()
    person.check_access("wrong key")
    person.give_key()
    person["options"].locator("summary").click()
    person.choose("rows.csv", table(rows))
    expect(person["checked"]).to_be_visible()
    person.check_access("result")
    person["send"].click()
    person.check_access("question")
    person["confirm-send"].click()
    expect(person["sent"]).to_be_visible()
    person.check_access("sent")
    person.choose("rows.csv", table(rows, columns=(*COLUMNS, "Аты-жөні")))
    expect(person["trouble"]).to_be_visible()
    person.check_access("unknown column")


@needs_browser
def test_a_long_file_is_checked_in_parts_and_only_its_bad_rows_come_back_to_be_mended(
    site: Site, visit: Callable[..., Person]
) -> None:
    rows = [columns_of(number, **({"begin_date": "2025-13-01"} if number % 100 == 7 else {})) for number in range(3000)]
    rows[2999]["kato"] = ""
    person = visit("ru")
    parts: list[str] = []
    person.page.on("request", lambda request: parts.append(request.url) if "/v1/files/" in request.url else None)
    person.give_key()
    person.choose("список.csv", table(rows, ","))
    expect(person["checked-heading"]).to_have_text("Проходит 2\u00a0969 из 3\u00a0000 строк")
    assert len(parts) > 2
    # Filter and pages.
    expect(person["rows"].locator("tr")).to_have_count(25)
    person["next"].click()
    expect(person["range"]).to_have_text("26–31 из 31")
    expect(person["rows"].locator("tr").last).to_contain_text("3\u00a0001")
    person["reasons"].select_option(index=2)
    expect(person["rows"].locator("tr")).to_have_count(1)
    expect(person["rows"]).to_contain_text("Код КАТО")

    name, text = person.download("download")
    assert name == "список-исправить.csv"
    handed_back = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["enrolment_id"] for row in handed_back[:2]] == ["enrolment-7", "enrolment-107"]
    assert handed_back[0]["arna.row"] == "9"
    assert "Дата должна быть" in handed_back[0]["arna.reason"]
    mended = text.replace("2025-13-01", "2025-10-01")
    person.choose(name, mended)
    expect(person["checked-heading"]).to_have_text("Проходит 30 из 31 строки")
    expect(person["rows"].locator("tr")).to_have_count(1)
    person["send"].click()
    person["confirm-send"].click()
    expect(person["sent-heading"]).to_have_text("Принято 30 строк")
    assert site.landed()["enrolment-107"]["data"]["begin_date"] == "2025-10-01"


@needs_browser
def test_every_kind_of_file_is_read_and_nothing_is_guessed(visit: Callable[..., Person]) -> None:
    good, bad = columns_of(201), columns_of(202, status="secret")
    nested = [sample_data(Entity.ENROLMENT, number=number) for number in (201, 202)]
    nested[1]["status"] = "secret"
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (list(good), list(good.values()), list(bad.values())):
        book.active.append(line)
    sheet = io.BytesIO()
    book.save(sheet)
    person = visit("en")
    person.give_key()
    for name, content, shows in [
        ("a.csv", table([good, bad], "|"), True),
        ("a.tsv", table([good, bad], "\t"), True),
        ("a.csv", "sep=;\r\n" + table([good, bad]), True),
        ("a.json", orjson.dumps(nested, option=orjson.OPT_INDENT_2), True),
        ("a.jsonl", b"\n".join(map(orjson.dumps, nested)), True),
        ("a.xlsx", sheet.getvalue(), False),
    ]:
        person.choose(name, content)
        expect(person["checked-heading"]).to_have_text("1 of 2 rows pass")
        expect(person["mismatch"]).to_be_hidden()
        if shows:
            expect(person["rows"]).to_contain_text("secret")
        else:
            expect(person["rows"]).not_to_contain_text("secret")

    dotted = table([good | {"begin_date": "01.09.2025", "programme.name.kk": "Қазақ тілі"}])
    person.choose("b.csv", dotted.encode("kz1048", "replace"))
    expect(person["trouble-words"]).to_contain_text("not UTF-8")
    person["encoding"].select_option("windows-1251")
    expect(person["trouble-words"]).to_contain_text("choose KZ-1048")
    person["encoding"].select_option("kz1048")
    expect(person["checked-heading"]).to_have_text("The one row does not pass")
    expect(person["rows"]).to_contain_text("01.09.2025")
    person["dates"].select_option("DD.MM.YYYY")
    expect(person["checked-heading"]).to_have_text("The one row passes")

    person.choose("c.csv", table([good], columns=(*COLUMNS, "Аты-жөні", "study_frm")))
    person["encoding"].select_option("utf-8")
    expect(person["unknown-columns"]).to_have_text("Аты-жөніstudy_frm — perhaps study_form?")
    person["leave-out"].click()
    expect(person["checked-heading"]).to_have_text("The one row passes")
    person.choose("d.pdf", b"%PDF-1.7")
    expect(person["trouble-words"]).to_contain_text("cannot be read")


@needs_browser
def test_page_and_gateway_count_the_rows_of_an_untidy_table_alike(visit: Callable[..., Person]) -> None:
    good, folded, bad = (columns_of(number) for number in (251, 252, 253))
    folded |= {"programme.name.ru": 'Химия;\r\n"общая"', "status": "folded-status"}
    bad["kato"] = "bad-kato"
    heading, first, *_ = table([good]).splitlines()
    empty = ";" * heading.count(";")
    broken = '"broken"quote' + first[first.index(";") :]
    others = table([folded, bad]).split("\r\n", 1)[1].split("\r\n")
    lines = [heading, first, empty, "", *others[:2], broken, others[2], ""]
    person = visit("en")
    person.give_key()
    person.choose("untidy.csv", "\r\n".join(lines))
    expect(person["checked-heading"]).to_have_text("1 of 4 rows pass")
    expect(person["mismatch"]).to_be_hidden()
    shown = [" ".join(row.inner_text().split()) for row in person["rows"].locator("tr").all()]
    # The heading is row 1; the empty ones count, as in a spreadsheet, and a cell of two lines is one row.
    assert [row.split()[0] for row in shown] == ["5", "6", "7"]
    assert "folded-status" in shown[0]
    assert "quotes of the line are not closed" in shown[1]
    assert "bad-kato" in shown[2]
    _, text = person.download("download")
    assert [line.partition(";")[0] for line in text.splitlines() if "enrolment" in line or "broken" in line] == [
        "\ufeffenrolment_id", "enrolment-252", '"broken"quote', "enrolment-253",
    ]  # fmt: skip


@needs_browser
def test_a_file_is_dropped_and_the_page_waits_its_turn_where_it_asks_too_often(visit: Callable[..., Person]) -> None:
    person = visit("en")
    person.give_key()
    person.choose_entity()
    answers = [429, None]

    def answer(route: Route) -> None:
        if answers.pop(0) == 429:
            route.fulfill(status=429, headers={"Retry-After": "1"}, body="{}")
        else:
            route.continue_()

    person.page.route("**/v1/files/**", answer)
    dropped = person.page.evaluate_handle(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.csv"));
            return data;
        }""",
        table([columns_of(301)]),
    )
    person["drop"].dispatch_event("dragover", {"dataTransfer": dropped})
    expect(person["drop"]).to_have_class("drop over")
    person["drop"].dispatch_event("drop", {"dataTransfer": dropped})
    expect(person["working-words"]).to_contain_text("goes on by itself in 1 s")
    expect(person["checked-heading"]).to_have_text("The one row passes")
    expect(person["chosen-name"]).to_have_text("dropped.csv")
    assert answers == []


def test_a_file_can_be_sent_without_the_page(site: Site) -> None:
    rows = [columns_of(number) for number in (401, 402)]
    rows[1]["kato"] = ""
    path = "/v1/files/enrolment"
    with site.gateway.client(site.key, **{"Accept-Language": "kk"}) as client:
        checked = client.post(path, content=table(rows, ",").encode(), headers=CSV)
        sent = client.post(f"{path}?send=true", content=table(rows, ",").encode(), headers=CSV)
        none = client.post(f"{path}?send=true", content=table(rows[1:], ",").encode(), headers=CSV)
        again = client.post(f"{path}?send=true", content=table(rows[:1], ",").encode(), headers=CSV)
        foreign = client.post("/v1/files/certification", content=b"x", headers=CSV)
        large = client.post(path, content=b"x" * 9_000_000, headers=CSV)
        other = client.post(path, content=b"x", headers={"Content-Type": "application/pdf"})
        template = client.get(path)
        page = client.get("/")
        script = client.get("/page/page.js")
    assert [answer.status_code for answer in (checked, sent, none, again, foreign, large, other)] == [
        200, 207, 422, 202, 403, 413, 415,
    ]  # fmt: skip
    assert (sent.json()["accepted"], sent.json()["refused"]) == (1, 1)
    [row] = checked.json()["rows"]
    assert (row["row"], row["rule"], row["column"]) == (2, "field_missing", "kato")
    assert row["message"].startswith("Міндетті өріс жоқ")
    assert row["mend"]
    assert checked.json()["events"] == []
    [event] = sent.json()["events"]
    assert event["row"] == 1
    assert none.headers["content-type"] == "application/problem+json"
    for answer in (page, script):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert template.text.split(",")[0] == "enrolment_id"
    landed = site.landed()
    assert str(landed["enrolment-401"]["event_id"]) == event["id"]
    assert "enrolment-402" not in landed


@needs_browser
def test_a_key_is_kept_in_the_tab_alone_and_the_language_for_the_next_visit(visit: Callable[..., Person]) -> None:
    person = visit("en")
    person.give_key("arna_" + "a" * 12 + "_" + "b" * 43)
    expect(person["key-error"]).to_contain_text("does not know this key")
    person.speak("kk")
    expect(person["key-error"]).to_contain_text("кілтті танымайды")
    person.give_key()
    person.page.reload()
    expect(person["key-accepted"]).to_be_visible()
    expect(person.page.locator("html")).to_have_attribute("lang", "kk")
    stored = person.page.context.storage_state()
    assert stored["cookies"] == []
    assert "arna_" not in str(stored["origins"])  # local storage; a tab's own is not among it
    person.page.route("**/page/texts/*", lambda route: route.abort())
    person.page.reload()
    expect(person["unloaded"]).to_be_visible()
    person.page.unroute("**/page/texts/*")
    person.page.reload()
    person["key-change"].click()
    expect(person["key"]).to_be_focused()
    person.page.reload()
    expect(person["key-accepted"]).to_be_hidden()


@needs_browser
def test_a_broker_that_goes_away_while_sending_loses_nothing_and_sends_nothing_again(
    site: Site, visit: Callable[..., Person]
) -> None:
    # A source that may send little at once sends in parts of twenty rows.
    source = f"urn:kz:bin:{make_synthetic_bin(77)}"
    key = make_key(site.landing.database_url, source, (Entity.ENROLMENT,), name="Шағын мектеп", events_per_second=10)
    rows = [columns_of(number) for number in range(5_000, 5_030)]
    person = visit("en")
    person.give_key(key)
    # What is the only choice is chosen.
    expect(person.page.locator("input[name=entity][value=enrolment]")).to_be_checked()
    person.choose("rows.csv", table(rows))
    expect(person["checked-heading"]).to_have_text("All 30 rows pass")
    sendings: list[str] = []

    def stop_broker(route: Route) -> None:
        sendings.append(route.request.url)
        if len(sendings) == 2:
            site.broker.stop()
        route.continue_()

    person.page.route("**/v1/files/*send=true*", stop_broker)
    try:
        person["send"].click()
        person["confirm-send"].click()
        expect(person["trouble-words"]).to_contain_text("20 rows are sent, the rest is not yet. Nothing is lost")
        expect(person["retry"]).to_have_text("Go on sending")
        person.check_access("broker away")
    finally:
        site.broker.start()
    with site.gateway.client() as client:
        assert wait_until(lambda: client.get("/readyz").status_code == 200, 30)
    person["retry"].click()
    expect(person["sent-heading"]).to_have_text("30 rows were taken")
    assert len(sendings) == 3
    assert {f"enrolment-{number}" for number in range(5_000, 5_030)} <= set(site.landed())
