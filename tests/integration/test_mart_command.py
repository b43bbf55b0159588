"""``arna mart``: how the views stand, and a rebuild that checks the refreshes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.errors import ConfigError
from arna.marts import GROUPS, VIEWS, find_view, overview
from arna.settings import get_settings
from arna.warehouse.database import Database
from tests.support.core_rows import CoreWriter, with_today
from tests.support.worlds import add_reference, random_steps

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)


@pytest.fixture
def writer(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CoreWriter]:
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", with_today(database_url, TODAY))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    core = CoreWriter(database_url)
    yield core
    core.close()
    get_settings.cache_clear()


def run(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(build_app(), ["mart", *arguments])
    assert result.exit_code == code, result.output
    return result


def fill(writer: CoreWriter) -> None:
    add_reference(writer)
    for step in random_steps(3, TODAY, 6):
        step(writer)


def test_views_are_listed_with_how_fresh_they_are(writer: CoreWriter) -> None:
    assert run("list").output.count("never") == sum(map(len, VIEWS.values()))
    fill(writer)
    assert "profile: rebuilt as of 2026-03-15; " in run("refresh", "profile").output
    found = {row["view"]: row for row in json.loads(run("list", "--json").stdout)}
    assert {name for name, row in found.items() if row["is_refreshed"]} == set(VIEWS["profile"])
    assert (found["profile.student"]["change_seq"], found["profile.student"]["as_of_date"]) == (1, "2026-03-15")
    assert found["profile.student"]["rows"] > 0
    # A view means the group it is refreshed with.
    assert run("refresh", "retraining.skill_gap").output.count("retraining: ") == 2
    assert "no row changed" in run("refresh").output
    listed = run("list").output
    assert all(view in listed for views in VIEWS.values() for view in views)
    writer.execute("update ops.freshness set validated_at = now(), is_valid = false where view_name = 'profile.skill'")
    assert run("list").output.count("FAILED") == 1
    derived = [view for group in GROUPS for view in VIEWS[group] if find_view(view)[1].table is None]
    assert [name for name, row in found.items() if row["change_seq"] is None and row["is_refreshed"]] == [
        view for view in derived if view in VIEWS["profile"]
    ]


def test_a_rebuild_of_what_was_refreshed_makes_no_difference(writer: CoreWriter) -> None:
    fill(writer)
    result = run("rebuild", "all", "--check")
    assert result.output.count("no row changed") == len(GROUPS)
    assert "differs" not in result.output
    assert "[2/2] rebuilding the group retraining" in result.output
    assert "the group profile, of which profile.skill is a part" in run("rebuild", "profile.skill").output


def test_a_rebuild_tells_what_it_had_to_put_right(writer: CoreWriter) -> None:
    fill(writer)
    run("refresh")
    writer.execute("update mart.student set programme_code = 'wrong'")
    writer.execute(
        "delete from mart.certificate where certificate_id = (select min(certificate_id) from mart.certificate)"
    )
    result = run("rebuild", "profile", "--check", "--json", code=1)
    [report] = json.loads(result.stdout[result.stdout.index("[\n") :])
    assert report["differing"] == ["profile.student", "profile.certificate"]
    assert report["changes"]["certificate"] == {"added": 1, "updated": 0, "removed": 0}
    assert report["is_sure"]
    assert report["view_rows"]["profile.student"] > 0
    writer.execute("update mart.student set programme_code = 'wrong'")
    assert "differs" in run("rebuild", "profile").output
    run("rebuild", "profile", "--check")


def test_batches_that_come_in_between_are_no_difference(writer: CoreWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(writer)
    hash_views, calls = overview._hash_views, []

    def hash_and_load(db: Database, group: Any) -> dict[str, str]:
        calls.append(group)
        if len(calls) == 1:
            writer.load({"enrolment": [{"id": "late", "person": 70}]})
        return hash_views(db, group)

    monkeypatch.setattr(overview, "_hash_views", hash_and_load)
    assert "no row changed" in run("rebuild", "profile", "--check").output
    assert len(calls) == 4


def test_changes_are_listed_latest_first(writer: CoreWriter) -> None:
    writer.load({"enrolment": [{"id": "e", "person": 1}], "certification": [{"id": "a", "person": 1}]})
    run("refresh", "profile")
    writer.load({"enrolment": [{"id": "e", "person": 1, "version": 2, "status": "voided"}]})
    run("refresh", "profile")
    found = json.loads(run("changes", "--json").stdout)
    numbers = [row["change_seq"] for row in found]
    assert numbers == sorted(numbers, reverse=True)
    assert ("profile.student", 2, 1) in [(row["view"], row["change_seq"], row["removed"]) for row in found]
    assert len(json.loads(run("changes", "profile.student", "--json").stdout)) == 2
    assert len(json.loads(run("changes", "--limit", "1", "--json").stdout)) == 1
    assert "waits" in run("changes").output


@pytest.mark.parametrize("arguments", [("refresh", "nothing"), ("rebuild", "profile.nothing"), ("changes", "x.y")])
def test_an_unknown_name_is_refused(writer: CoreWriter, arguments: tuple[str, ...]) -> None:
    assert isinstance(run(*arguments, code=1).exception, ConfigError)
