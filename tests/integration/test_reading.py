"""Contracts against real catalogues, and the data dictionary: fresh, complete, and usable in a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright

from arna.reading.__main__ import main
from arna.reading.catalogue import READER_SCHEMAS, Catalogue, read_catalogue
from arna.reading.checking import check_promises, check_rows
from arna.reading.contracts import file_name
from arna.reading.dictionary import FOLDER, LANGUAGES, read_words, render_pages, stale_pages, write_pages
from arna.reading.lineage import Tracer
from arna.reading.throwaway import throwaway_warehouse
from arna.warehouse.database import connection_string
from tests.support.promises import promises

pytestmark = pytest.mark.integration
CHROMIUM = os.environ.get("ARNA_TEST_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SKILL = file_name("profile.skill")
RECREATE = """
    alter view profile.skill rename to skill_before;
    alter view profile.skill_before set schema mart;
    create view profile.skill as select {columns} from mart.skill_before as s {more};
    comment on view profile.skill is 'Again. Grain: one. Key: person_key, skill_key.';
    grant select on profile.skill to profile_reader;
"""


def recreate(change: Callable[[str], str | None] = lambda column: column, more: str = "") -> str:
    """SQL that makes profile.skill anew with other columns or rows, as a careless migration would."""
    relation = next(promise.relation for promise in promises() if promise.view == "profile.skill")
    columns = [f"{change(str(column.name))}" for column in relation.properties or [] if change(str(column.name))]
    return RECREATE.format(columns=", ".join(columns), more=more)


def run(url: str, statement: str) -> None:
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="module")
def catalogue(postgres_url: str) -> Catalogue:
    return read_catalogue(postgres_url)


def test_committed_contracts_hold(catalogue: Catalogue, postgres_url: str) -> None:
    report = check_promises(promises(), catalogue)
    assert report.problems == []
    assert report.notes == []
    assert check_rows(promises(), postgres_url).problems == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (recreate(lambda name: None if name == "is_held" else name),
         f"{SKILL}: column is_held: expected boolean, found no such column"),
        ("alter view profile.skill rename column skill_name to name",
         f"{SKILL}: column skill_name: expected text, found no such column"),
        (recreate(lambda name: f"{name}::text as {name}" if name == "last_awarded_on" else name),
         f"{SKILL}: column last_awarded_on: expected date, found text"),
        ("comment on view profile.skill is 'Skills. Grain: one skill. Key: skill_key.'",
         f"{SKILL}: key: expected person_key, skill_key, found skill_key in the view's comment"),
        ("revoke select on profile.skill from profile_reader",
         f"{SKILL}: role profile_reader: expected that it may select, found that it may not"),
        ("revoke usage on schema profile from profile_reader",
         f"{SKILL}: role profile_reader: expected that it may select, found that it may not"),
        ("alter view profile.skill rename to gone; alter view profile.gone set schema mart",
         f"{SKILL}: expected the view profile.skill, found none"),
        ("create view profile.extra as select 1 as one",
         "profile.extra.odcs.yaml: expected a contract for the view profile.extra, found none; "
         "run python -m arna.reading --write profile.extra"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_told(
    database_url: str, damage: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(database_url, damage)
    assert main(["--check", "--url", database_url]) == 1
    assert sentence in capsys.readouterr().err.splitlines()


def test_a_new_column_is_a_note_until_it_is_promised(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(database_url, RECREATE.format(columns="s.*, 1 as extra", more=""))
    assert main(["--check", "--url", database_url]) == 0
    assert f"note: {SKILL}: column extra (integer) is promised to nobody yet" in capsys.readouterr().err


FILL = """
    insert into mart.skill (mart_group, skill_key, framework, name) values ('profile', 'local:a', 'local', 'a');
    insert into mart.person_skill (
        person_key, skill_key, valid_certificate_count, certificate_count, certificate_ids, source_ids,
        first_awarded_on, last_awarded_on
    )
    values ('00000000-0000-0000-0000-000000000001', 'local:a', 1, 1, '{c}', '{1}', '2026-01-01', '2026-01-01');
"""


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("", None),
        (recreate(more="cross join generate_series(1, 3)"), f"{SKILL}: key is unique: expected 0, found 2"),
        (recreate(lambda name: f"nullif({name}, 'local') as {name}" if name == "framework" else name),
         f"{SKILL}: column framework: expected no nulls, found 1"),
        ("insert into ops.freshness (view_name, mart_group, refreshed_at) "
         "values ('profile.skill', 'profile', now() - interval '20 minutes')",
         f"{SKILL}: refresh is not late: expected at most 15, found 20"),
        ("insert into ops.freshness (view_name, mart_group, refreshed_at) values ('profile.skill', 'profile', now())",
         None),
    ],
)  # fmt: skip
def test_rows_are_held_against_the_rules(database_url: str, damage: str, sentence: str | None) -> None:
    run(database_url, FILL + damage)
    problems = check_rows([promise for promise in promises() if promise.view == "profile.skill"], database_url).problems
    if sentence is None:
        assert problems == []
    else:
        assert len(problems) == 1
        assert problems[0].startswith(sentence)


def test_the_throw_away_warehouse_is_what_migrations_make(catalogue: Catalogue) -> None:
    with throwaway_warehouse() as url:
        assert read_catalogue(url) == catalogue
    with pytest.raises(Exception, match="does not answer"):
        read_catalogue(url)


@pytest.fixture(scope="module")
def pages(catalogue: Catalogue) -> dict[str, str]:
    return render_pages(catalogue)


def test_the_pages_are_fresh(pages: dict[str, str], tmp_path: Path) -> None:
    assert stale_pages(pages) == []
    write_pages(pages, tmp_path)
    assert stale_pages(pages, tmp_path) == []
    (tmp_path / "core.md").write_text("old", encoding="utf-8")
    (tmp_path / "gone.md").write_text("old", encoding="utf-8")
    assert stale_pages(pages, tmp_path) == ["core.md", "gone.md"]
    write_pages(pages, tmp_path)
    assert stale_pages(pages, tmp_path) == []


def test_the_pages_tell_of_every_relation_but_the_vault(catalogue: Catalogue, pages: dict[str, str]) -> None:
    for name in catalogue.relations:
        assert (f"## {name}\n" in pages.get(f"{name.partition('.')[0]}.md", "")) is (not name.startswith("stage."))
    assert "vault.person" not in "".join(pages.values())
    assert all(texts.keys() == set(LANGUAGES) for texts in read_words().values())


@pytest.fixture(scope="module")
def tracer(catalogue: Catalogue) -> Tracer:
    return Tracer(catalogue)


def test_every_column_that_readers_see_is_traced(catalogue: Catalogue, tracer: Tracer) -> None:
    assert tracer.unread == []
    for name, view in catalogue.views(READER_SCHEMAS).items():
        for column in view.columns:
            found = tracer.trace(name, column.name)
            assert found, f"{name}.{column.name}"
            assert not found.untraced, f"{name}.{column.name}"


@pytest.mark.parametrize(
    ("column", "core", "events"),
    [
        ("profile.student.region_code", {"core.enrolment.kato_code"}, {"enrolment /data/kato"}),
        ("profile.student.programme_name_kk", {"core.enrolment.programme_name_kk"},
         {"enrolment /data/programme/name/kk"}),
        ("profile.student.event_at", {"core.enrolment.occurred_at"}, {"enrolment /time"}),
        ("profile.certificate.result_percent",
         {"core.certification.result_kind", "core.certification.result_number", "core.certification.result_max"},
         {"certification /data/result/kind", "certification /data/result/value", "certification /data/result/max"}),
        ("profile.skill.skill_key", {"core.certification.skills"},
         {f"certification /data/achievement/skills/*/{part}" for part in ("framework", "code", "name")}),
        ("core.vacancy.is_remote", set(), {"vacancy /data/remote"}),
        ("core.enrolment_current.person_token", {"core.enrolment.person_token"}, {"enrolment /data/person/iin"}),
    ],
)  # fmt: skip
def test_lineage_reaches_the_fields_of_events(tracer: Tracer, column: str, core: set[str], events: set[str]) -> None:
    relation, _, name = column.rpartition(".")
    found = tracer.trace(relation, name)
    assert set(found.core) == core
    assert {str(each) for each in found.events} == events


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: name one in ARNA_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_searched_from_a_file_by_keyboard(browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="ru-RU")
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((FOLDER / "index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("Словарь данных")
    page.keyboard.press("/")
    page.keyboard.type("profile.student KATO_code")
    row = page.locator("#profile-student tbody tr:visible").first
    expect(row).to_contain_text("/data/kato")
    expect(page.locator("details.relation:visible")).to_have_count(2)  # profile.student, and mart.student behind it
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    expect(page.locator("#retraining-skill_gap")).to_be_visible()
    page.get_by_role("button", name="Қазақша").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Деректер сөздігі")
    page.keyboard.press("/")
    page.keyboard.type("nothing-like-this")
    expect(page.locator("#nothing")).to_be_visible()
    if width == 1280:  # the layout with the list of schemas beside
        page.keyboard.press("Escape")
        page.locator("#profile-skill summary").click()
        assert Axe().run(page).response["violations"] == []
    assert len(asked) == 1, "the page asks for nothing but itself"
    assert said == []
    context.close()
