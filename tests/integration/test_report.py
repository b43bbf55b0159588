"""The report of a small loaded warehouse: read with the readers' rights, small groups unreachable, one file written."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from selectolax.lexbor import LexborHTMLParser
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.errors import ConfigError
from arna.marts import GROUPS, refresh
from arna.reporting.data import ReportData, read_report
from arna.reporting.page import render_page
from arna.warehouse.database import Database, StatementError, connection_string
from tests.support.core_rows import CoreWriter, with_today
from tests.support.stack import create_database, drop_database

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)
ASTANA, ALMATY = "710000000", "750000000"
EMPLOYERS = ("501240000409", "501240000508")


def _certificates(skill: str, people: range) -> list[dict[str, Any]]:
    awarded = {"awarded_on": "2026-01-10", "skills": [skill]}
    return [{"id": f"{skill}-{person}", "person": person, **awarded} for person in people]


def _load_small_world(url: str) -> None:
    """Twelve people of one programme; seven hold Python, three hold Rust; more openings than people for both and Go."""
    writer = CoreWriter(url)
    ended = {"status": "ended", "end_date": "2026-02-01"}
    writer.load(
        {
            "enrolment": [
                {"id": f"e{person}", "person": person, "kato_code": ASTANA, **ended, "exit_type": left}
                for person, left in ((n, "graduated" if n <= 7 else "withdrawn") for n in range(1, 13))
            ],
            "certification": _certificates("Python", range(1, 8)) + _certificates("Rust", range(1, 4)),
            "vacancy": [
                {
                    "id": f"{skill}-{number}",
                    "title": f"{skill} {number}",
                    "skills": [skill],
                    "openings": openings,
                    "employer_id": EMPLOYERS[number],
                    "kato_code": kato,
                    "occupation_scheme": "isco08",
                    "occupation_code": "2512",
                }
                for skill, openings in (("Python", 15), ("Rust", 17), ("Go", 11))
                for number, kato in enumerate((ASTANA, ALMATY))
            ],
        }
    )
    writer.close()
    with Database(with_today(url, TODAY)) as database:
        for group in GROUPS:
            refresh(database, group)


@pytest.fixture(scope="module")
def warehouse(postgres_server_url: str, database_template: str) -> Iterator[str]:
    """URL of the small world on its day; the tests leave it as it is."""
    name = f"arna_report_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_server_url, name, database_template)
    _load_small_world(url)
    yield with_today(url, TODAY)
    drop_database(postgres_server_url, name)


def _read(url: str, **options: Any) -> ReportData:
    with Database(url) as database:
        return read_report(database, **options)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute(statement)


def test_the_report_says_what_was_loaded(warehouse: str) -> None:
    data = _read(warehouse)
    assert (data.month, data.today) == (date(2026, 3, 1), TODAY)
    gaps = {row.skill.sent: (row.openings, row.people, row.gap) for row in data.country_gaps}
    # Three people are hidden, and the gap with them; none is a plain zero.
    assert gaps == {"Python": (30, 7, 23), "Rust": (34, None, None), "Go": (22, 0, 22)}
    assert [row.skill.sent for row in data.country_gaps] == ["Rust", "Python", "Go"]
    assert (data.counts.in_demand, data.counts.short, data.counts.hidden) == (3, 2, 1)
    astana, almaty = data.regions
    assert [(row.skill.sent, row.people, row.gap) for row in astana.gaps] == [
        ("Rust", None, None),
        ("Go", 0, 11),
        ("Python", 7, 8),
    ]
    assert [(row.skill.sent, row.gap) for row in almaty.gaps] == [("Rust", 17), ("Python", 15), ("Go", 11)]
    python = next(trend for trend in data.trends if trend.skill.sent == "Python")
    assert [(point.month.month, point.openings, point.people) for point in python.points] == [
        (1, 30, 7),
        (2, 30, 7),
        (3, 30, 7),
    ]
    # An employer counts with 20 openings of an occupation in a region, of the 43 that each has.
    assert [(row.isco_code, row.vacancies, row.openings) for row in data.occupations] == [("2512", 6, 40)]
    [programme] = data.programmes
    assert (programme.entered, programme.cohort_year) == (12, 2025)
    assert (data.vacancies, data.openings, data.vacancies_unknown) == (6, 86, 0)
    assert {view.view for view in data.views} >= {"profile.student", "retraining.skill_gap"}
    assert {line.entity: line.loaded for line in data.ledger} == {"enrolment": 12, "certification": 10, "vacancy": 6}


def test_a_group_under_five_cannot_be_read_from_the_file(warehouse: str) -> None:
    page = LexborHTMLParser(render_page(_read(warehouse), "en"))
    shown = [[cell.text(strip=True) for cell in row.css("th, td")] for row in page.css("#en-gaps tbody tr")]
    assert shown[0] == ["Rust†", "2", "34", "hidden", "hidden"]
    # Nor beside the figure: neither the people nor the gap of 31, in any table, drawing, alternative or heading.
    region = page.css("#en-regions .cards figure")[0]
    assert region.css("tbody tr")[0].text(strip=True) == "Rust†117hiddenhidden"
    for figure in (*page.css("#en-gaps figure"), region):
        said = [figure.text(separator=" "), *(drawing.attributes["aria-label"] or "" for drawing in figure.css("svg"))]
        assert not {"3", "14", "31"} & set(re.findall(r"\d+", " ".join(said)))
    for trend in page.css("#en-trend figure"):
        if "Rust" in trend.css("figcaption")[0].text():
            people = {row.css("td")[1].text() for row in trend.css("tbody tr")}
            assert people == {"hidden"}


def test_it_reads_with_the_rights_of_the_readers(warehouse: str) -> None:
    _read(warehouse)
    for view, role in (
        ("retraining.skill_gap_country", "retraining_reader"),
        ("profile.programme_outcome", "profile_reader"),
    ):
        _execute(warehouse, f"revoke select on {view} from {role}")
        with pytest.raises(StatementError, match="permission denied"):
            _read(warehouse)
        _execute(warehouse, f"grant select on {view} to {role}")


def test_a_month_and_a_number_of_rows_may_be_chosen(warehouse: str) -> None:
    data = _read(warehouse, month=date(2026, 1, 20), top=1)
    assert data.month == date(2026, 1, 1)
    assert [len(data.country_gaps), len(data.trends), len(data.regions[0].gaps)] == [1, 1, 1]
    assert [point.month for point in data.trends[0].points] == [data.month]
    with pytest.raises(ConfigError, match="nothing of 2024-06"):
        _read(warehouse, month=date(2024, 6, 1))


def test_an_empty_warehouse_makes_a_page_too(database_url: str) -> None:
    data = _read(with_today(database_url, TODAY))
    assert data.month is None
    assert "There is no programme yet" in render_page(data)


def test_the_command_writes_one_file(warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", warehouse)
    to = tmp_path / "report.html"
    result = CliRunner().invoke(build_app(), ["report", "--to", str(to), "--language", "ru", "--month", "2026-03"])
    assert result.exit_code == 0, result.output
    assert "2026-03" in result.output
    page = LexborHTMLParser(to.read_text(encoding="utf-8"))
    assert page.css("html")[0].attributes["lang"] == "ru"
    assert list(tmp_path.iterdir()) == [to]


@pytest.mark.parametrize(
    "options",
    [["--language", "de"], ["--month", "March"], ["--month", "2026-13"], ["--to", "/nowhere/report.html"]],
    ids=lambda options: options[1],
)
def test_what_cannot_be_is_said_plainly(warehouse: str, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", warehouse)
    result = CliRunner().invoke(build_app(), ["report", *options])
    assert isinstance(result.exception, ConfigError)
    assert options[0] in str(result.exception)


def test_days_of_a_source_count_from_its_last_batch(warehouse: str) -> None:
    data = _read(warehouse)
    ages = {line.entity: data.read_at - line.last_claimed_at for line in data.ledger if line.last_claimed_at}
    assert set(ages) == {"enrolment", "certification", "vacancy"}
    assert all(timedelta(0) <= age < timedelta(hours=1) for age in ages.values())
