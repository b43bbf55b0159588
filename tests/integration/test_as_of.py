"""The profile as it was shown on another day, and as that day was by what is known now."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from arna.marts import rebuild, refresh
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter, person_token, with_today
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)
VIEWS = ("student", "certificate", "education_history", "skill")
DAYS = [TODAY - timedelta(days=back) for back in (60, 30, 0)]


@pytest.fixture
def writer(database_url: str) -> Iterator[CoreWriter]:
    core = CoreWriter(database_url)
    yield core
    core.close()


def _query(url: str, text: str, params: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        return connection.execute(text.encode(), params).fetchall()


def _texts(url: str, relation: str, params: tuple[Any, ...] = ()) -> list[str]:
    # Skills are named as today, and which refresh wrote a row is no part of what it says.
    text = f"select (to_jsonb(t) - 'change_seq' - 'skill_name')::text as row from {relation} as t order by 1"
    return [row["row"] for row in _query(url, text, params)]


def _refresh(url: str, day: date) -> None:
    with Database(with_today(url, day)) as db:
        refresh(db, "profile")


def _random_events(seed: int) -> list[tuple[date, str, dict[str, Any]]]:
    """Versions that happen one after the other and land late, out of order, with corrections; by day of landing."""
    rng = random.Random(seed)
    events: list[tuple[date, str, dict[str, Any]]] = []
    for number in range(60):
        entity = rng.choice(["enrolment", "certification"])
        begin = TODAY - timedelta(days=rng.randint(10, 150))
        for version in range(1, rng.choice([1, 2, 3]) + 1):
            happened = begin + timedelta(days=version * rng.randint(1, 15))
            landed = happened + timedelta(days=rng.choice([0, 0, 2, 40]))
            row: dict[str, Any] = {
                "id": f"r{number}",
                "version": version,
                "person": rng.choice([number % 12, number % 12, rng.randint(0, 12)]),
                "birth_date": rng.choice([None, None, date(2005, 1, 1), date(1999, 9, 9)]),
                "occurred_at": f"{happened}T15:00:00Z",
                "landed_at": f"{landed}T18:59:59Z",
            }
            if entity == "enrolment":
                status = rng.choice(["active", "active", "on_leave", "ended", "voided"])
                row |= {"begin_date": begin, "end_date": begin + timedelta(days=rng.randint(5, 200)), "status": status}
                row |= {"exit_type": "dropout" if status == "ended" else None}
            else:
                row |= {"awarded_on": begin, "valid_until": begin + timedelta(days=rng.randint(0, 200))}
                row |= {"status": rng.choice(["valid", "valid", "suspended", "revoked"])}
                row |= {"skills": rng.sample(["Python", "SQL", "Go"], rng.randint(0, 3))}
            events.append((landed, entity, row))
    return sorted(events, key=lambda event: event[0])


@pytest.fixture
def history(database_url: str, writer: CoreWriter) -> dict[tuple[str, date], list[str]]:
    """What the views showed at the end of each of some days, while the world went on."""
    events = _random_events(5)
    shown: dict[tuple[str, date], list[str]] = {}
    before = date.min
    for day in DAYS:
        rows: dict[str, list[dict[str, Any]]] = {}
        for landed, entity, row in events:
            if before < landed <= day:
                rows.setdefault(entity, []).append(row)
        writer.load(rows)
        _refresh(database_url, day)
        for view in VIEWS:
            shown[view, day] = _texts(with_today(database_url, day), f"profile.{view}")
        before = day
    assert all(shown.values())
    return shown


def test_as_known_is_what_the_view_showed_on_that_day(
    database_url: str, history: dict[tuple[str, date], list[str]]
) -> None:
    url = with_today(role_url(database_url, "profile_reader"), TODAY)
    for (view, day), rows in history.items():
        assert _texts(url, f"profile.{view}_as_known(%s)", (day,)) == rows, (view, day)


def test_as_was_is_what_the_view_would_have_shown_had_all_landed_in_time(
    database_url: str, writer: CoreWriter, history: dict[tuple[str, date], list[str]]
) -> None:
    day = DAYS[1]
    url = with_today(role_url(database_url, "profile_reader"), TODAY)
    told = {view: _texts(url, f"profile.{view}_as_was(%s)", (day,)) for view in VIEWS}
    assert any(told[view] != history[view, day] for view in VIEWS)
    # The world of that day: what happened later is taken out of core.
    for entity, key in (("enrolment", "enrolment_id"), ("certification", "certificate_id")):
        writer.execute(f"delete from core.{entity} where mart.local_date(occurred_at) > %s", (day,))
        writer.execute(
            f"update core.{entity} as v set is_current = record_version = (select max(n.record_version)"
            f" from core.{entity} as n where (n.source_id, n.{key}) = (v.source_id, v.{key}))"
        )
    with Database(with_today(database_url, day)) as db:
        rebuild(db, "profile")
    for view in VIEWS:
        assert _texts(with_today(database_url, day), f"profile.{view}") == told[view], view


@pytest.mark.usefixtures("history")
def test_one_person_is_found_under_any_key_they_ever_had(database_url: str) -> None:
    url = with_today(role_url(database_url, "profile_reader"), TODAY)
    current = {row["person_key"] for row in _query(database_url, "select person_key from mart.person")}
    keys: set[Any] = set()
    for view in VIEWS:
        rows = _query(url, f"select * from profile.{view}_as_known(%s)", (DAYS[0],))
        for key in {row["person_key"] for row in rows}:
            one = _query(url, f"select * from profile.{view}_as_known(%s, %s)", (DAYS[0], key))
            mine = [row for row in rows if row["person_key"] == key]
            assert sorted(map(str, one)) == sorted(map(str, mine))
            keys.add(key)
    assert keys - current, "no key of a dispute that has ended since: the world is too tame"
    assert _query(url, "select * from profile.student_as_known(%s, %s)", (TODAY, person_token(999))) == []


def test_late_news_changes_what_was_and_not_what_was_known(database_url: str, writer: CoreWriter) -> None:
    writer.load({"certification": [{"id": "a", "person": 1, "skills": ["Python"]}]})
    late = {"id": "a", "person": 1, "version": 2, "status": "revoked", "occurred_at": "2026-03-01T06:00:00Z"}
    writer.load({"certification": [late | {"landed_at": "2026-03-10T06:00:00Z"}]})
    url = with_today(role_url(database_url, "profile_reader"), TODAY)

    def status(function: str, day: str) -> str:
        [row] = _query(url, f"select status from profile.certificate_{function}(%s::date)", (day,))
        return str(row["status"])

    assert [status("as_known", day) for day in ("2026-02-28", "2026-03-05", "2026-03-10")] == [
        "valid",
        "valid",
        "revoked",
    ]
    assert [status("as_was", day) for day in ("2026-02-28", "2026-03-05", "2026-03-10")] == [
        "valid",
        "revoked",
        "revoked",
    ]
    assert _query(url, "select * from profile.skill_as_was('2026-03-05')") == []
    [skill] = _query(url, "select is_held from profile.skill_as_known('2026-03-05')")
    assert skill["is_held"] is True


def test_a_day_ends_at_midnight_in_kazakhstan(database_url: str, writer: CoreWriter) -> None:
    # 19:00 UTC is the first moment of the next day.
    for number, moment in enumerate(("18:59:59", "19:00:00"), start=1):
        row = {"id": f"e{number}", "person": number, "begin_date": "2026-01-05"}
        writer.load({"enrolment": [row | {"occurred_at": f"2026-01-10T{moment}Z"}]})
    url = with_today(role_url(database_url, "profile_reader"), TODAY)
    for function in ("as_known", "as_was"):
        rows = _query(url, f"select enrolment_id from profile.education_history_{function}('2026-01-10')")
        assert [row["enrolment_id"] for row in rows] == ["e1"]
    assert len(_query(url, "select * from profile.student_at('2026-01-11', '2026-01-11')")) == 2


@pytest.mark.parametrize("view", VIEWS)
def test_rows_have_the_columns_of_the_view_but_change_seq(view: str, database_url: str) -> None:
    query = """
        select a.attname, a.atttypid::regtype::text as type_name
        from pg_attribute as a
        where a.attrelid = %s::regclass and a.attnum > 0
        order by a.attnum
    """
    columns = [tuple(row.values()) for row in _query(database_url, query, (f"profile.{view}",))]
    row_type = [tuple(row.values()) for row in _query(database_url, query, (f"profile.{view}_row",))]
    assert columns == [*row_type, ("change_seq", "bigint")]


def test_readers_reach_the_functions_and_nothing_below_them(database_url: str) -> None:
    with psycopg.connect(connection_string(role_url(database_url, "profile_reader")), autocommit=True) as reader:
        for call in (
            "mart.student_at('2026-01-01', '2026-01-01', null)",
            "mart.enrolment_at('2026-01-01', '2026-01-01', null)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(sql.SQL("select * from {}").format(sql.SQL(call)))
    with psycopg.connect(connection_string(role_url(database_url, "retraining_reader")), autocommit=True) as reader:
        for view in VIEWS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(sql.SQL("select * from profile.{}").format(sql.SQL(f"{view}_as_was('2026-01-01')")))
