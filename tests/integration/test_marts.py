"""Marts as a whole: same content whatever way it came, one at a time, nothing half, nothing for nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from arna.errors import ConfigError
from arna.marts import GROUPS, VIEWS, MartGroup, rebuild, refresh
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter, with_today
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)
ALL_VIEWS = [view for group in GROUPS for view in VIEWS[group]]


@pytest.fixture
def writer(database_url: str) -> Iterator[CoreWriter]:
    core = CoreWriter(database_url)
    yield core
    core.close()


def _contents(url: str) -> dict[str, list[str]]:
    contents = {}
    with psycopg.connect(connection_string(url)) as connection:
        for view in ALL_VIEWS:
            # Which refresh changed a row last, and when the last was, is its history, not its content.
            query = sql.SQL(
                "select (to_jsonb(t) - array['change_seq', 'data_as_of'])::text from {} as t order by 1"
            ).format(sql.Identifier(*view.split(".")))
            contents[view] = [row[0] for row in connection.execute(query)]
    return contents


def _random_events(seed: int) -> list[tuple[str, dict[str, Any]]]:
    """A small world with versions, corrections, reposts, disputes, voids and revocations."""
    rng = random.Random(seed)
    skills = ["Python", "SQL", "Go", "python ", "Деректер"]
    kato = ["710000000", "750000000", "990000000", "110000000"]

    def day(low: int = -200, high: int = 20) -> date:
        return TODAY + timedelta(days=rng.randint(low, high))

    events: list[tuple[str, dict[str, Any]]] = []
    for number in range(60):
        begin = day()
        for version in range(1, rng.choice([1, 1, 2, 3]) + 1):
            status = rng.choice(["active", "active", "active", "on_leave", "ended", "voided"])
            events.append(
                (
                    "enrolment",
                    {
                        "id": f"e{number}",
                        "version": version,
                        "person": rng.choice([number % 25, number % 25, rng.randint(0, 25)]),
                        "birth_date": rng.choice([None, None, date(2005, 1, 1), date(1999, 9, 9)]),
                        "source_id": 1 + number % 2,
                        "kato_code": rng.choice(kato),
                        "begin_date": begin,
                        "end_date": rng.choice([None, begin + timedelta(days=rng.randint(1, 150))]),
                        "status": status,
                        "programme_code": rng.choice(["B057", "B057", "B099"]),
                        "exit_type": rng.choice(["graduated", "dropout", "transferred"]) if status == "ended" else None,
                        "occurred_at": f"{begin + timedelta(days=version * 10)}T06:00:00Z",
                    },
                )
            )
    for number in range(90):
        start = day()
        for version in range(1, rng.choice([1, 1, 2, 3]) + 1):
            events.append(
                (
                    "certification",
                    {
                        "id": f"c{number}",
                        "version": version,
                        "person": rng.choice([number % 25, number % 25, number % 25, rng.randint(0, 25)]),
                        "birth_date": rng.choice([None, None, None, date(2005, 1, 1)]),
                        "achievement_code": f"AI-{rng.choice([1, 1, 2])}",
                        "skills": rng.sample(skills, rng.randint(0, 3)),
                        "awarded_on": start,
                        "valid_until": rng.choice([None, start + timedelta(days=rng.randint(0, 150))]),
                        "status": rng.choice(["valid", "valid", "suspended", "revoked"]) if version > 1 else "valid",
                        "occurred_at": f"{start + timedelta(days=version * 15)}T06:00:00Z",
                    },
                )
            )
    # Few employers, titles and texts, so that many a vacancy says what another says, from its source or another.
    for number in range(70):
        start = day()
        text = rng.choice([None, 10, 20])
        occupation = rng.choice([(None, None), ("isco08", "2512"), ("esco", "dev"), ("esco", "ops"), ("nkz", "1")])
        for version in range(1, rng.choice([1, 1, 2]) + 1):
            events.append(
                (
                    "vacancy",
                    {
                        "id": f"v{number}",
                        "version": version,
                        "source_id": 1 + number % 2,
                        "employer_id": f"50124000040{number % 3}",
                        "title": rng.choice(["Developer", "developer ", "Разработчик"]),
                        "experience_months": text,
                        "occupation_scheme": occupation[0],
                        "occupation_code": occupation[1],
                        "skills": ["Python", "SQL"] if text else rng.sample(skills, rng.randint(0, 3)),
                        "kato_code": "710000000" if text else rng.choice([*kato, None]),
                        "is_remote": rng.random() < 0.2,
                        "openings": rng.choice([None, 1, 3, 30]),
                        **rng.choice(
                            [{}, {"salary_min": 300000, "salary_currency_code": "KZT", "salary_period": "month"}]
                        ),
                        "published_on": start,
                        "valid_through": rng.choice([None, start + timedelta(days=rng.randint(0, 90))]),
                        "status": rng.choice(["open", "closed"]) if version > 1 else "open",
                        "replaces_vacancy_id": rng.choice([None, None, None, f"v{rng.randint(0, 75)}"]),
                        "occurred_at": f"{start + timedelta(days=version * 15)}T06:00:00Z",
                    },
                )
            )
    return events


def _teach_occupations(writer: CoreWriter) -> None:
    """Occupations of two groups, one of which begins while the days pass, as does the crosswalk of a third."""
    for scheme, code, isco in (("isco08", "2512", "2512"), ("esco", "dev", "2512"), ("esco", "ops", "2522")):
        writer.execute(
            "insert into ref.occupation (scheme, occupation_code, valid_from, isco_code) values (%s, %s, %s, %s)",
            (scheme, code, "2020-01-01", isco),
        )
    for code, skill, since in (("dev", "x", "2020-01-01"), ("ops", "x", "2020-01-01"), ("ops", "y", "2026-03-10")):
        writer.execute(
            "insert into ref.occupation_skill (scheme, occupation_code, framework, skill_code, valid_from) "
            "values ('esco', %s, 'esco', %s, %s)",
            (code, skill, since),
        )
    writer.execute(
        "insert into ref.occupation_crosswalk "
        "(from_scheme, from_code, to_scheme, to_code, valid_from, valid_to, match_type) "
        "values ('nkz', '1', 'isco08', '2522', '2020-01-01', '2026-03-05', 'narrow')"
    )


def _load_in_batches(writer: CoreWriter, events: list[tuple[str, dict[str, Any]]], refresh_urls: list[str]) -> None:
    size = -(-len(events) // len(refresh_urls))
    for position, url in enumerate(refresh_urls):
        rows: dict[str, list[dict[str, Any]]] = {}
        for entity, row in events[position * size : (position + 1) * size]:
            rows.setdefault(entity, []).append(row)
        writer.load(rows)
        with Database(url) as db:
            for group in GROUPS:
                refresh(db, group)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_cut_of_batches_gives_what_a_rebuild_gives(
    seed: int, database_url: str, writer: CoreWriter
) -> None:
    events = _random_events(seed)
    _teach_occupations(writer)
    random.Random(seed + 100).shuffle(events)
    # The days pass between the batches, a month begins, and at the end all of it is seen from the same day.
    days = [TODAY - timedelta(days=back) for back in (40, 25, 15, 14, 3, 0)]
    _load_in_batches(writer, events, [with_today(database_url, day) for day in days])
    url = with_today(database_url, TODAY)
    incremental = _contents(url)
    assert all(incremental.values())
    with Database(url) as db:
        for group in GROUPS:
            result = rebuild(db, group)
            assert result.is_rebuild
            assert not any(result.changes.values()), "a rebuild found a row that the refreshes had got wrong"
    assert _contents(url) == incremental
    _assert_freshness_counts(url, incremental)


def test_two_histories_of_the_same_events_end_alike(database_url: str, writer: CoreWriter) -> None:
    url = with_today(database_url, TODAY)
    events = _random_events(7)
    _teach_occupations(writer)
    _load_in_batches(writer, events, [url])
    whole = _contents(url)
    for table in ("enrolment", "certification", "vacancy"):
        writer.execute(f"delete from core.{table}")
    writer.execute("truncate ops.mart_batch, ops.mart_state")
    for table in ("person", "student", "certificate", "person_skill", "skill", "supply_span", "supply_change"):
        writer.execute(f"delete from mart.{table}")
    for table in ("education_history", "programme_count", "programme_skill", "programme_outcome"):
        writer.execute(f"delete from mart.{table}")
    for table in ("course", "course_count", "course_skill"):
        writer.execute(f"delete from mart.{table}")
    for table in ("skill_supply", "skill_demand", "skill_gap", "skill_gap_country", "vacancy_span", "posting"):
        writer.execute(f"delete from mart.{table}")
    for table in ("occupation_demand", "occupation_skill", "pathway"):
        writer.execute(f"delete from mart.{table}")
    random.Random(1).shuffle(events)
    _load_in_batches(writer, events, [url] * 9)
    assert _contents(url) == whole


def test_without_news_nothing_is_recomputed(database_url: str, writer: CoreWriter) -> None:
    url = with_today(database_url, TODAY)
    writer.load({"enrolment": [{"person": 1}, {"person": 2}], "certification": [{"person": 1}]})
    with Database(url) as db:
        assert refresh(db, "profile").persons == 2
        again = refresh(db, "profile")
        writer.load({"certification": [{"person": 2}]})
        one = refresh(db, "profile")
    assert (again.batches, again.persons, dict(again.rows)) == (0, 0, {})
    assert (one.batches, one.persons, one.is_rebuild) == (1, 1, False)


def test_a_batch_that_commits_late_is_not_missed(database_url: str, writer: CoreWriter) -> None:
    with psycopg.connect(connection_string(database_url)) as late, Database(with_today(database_url, TODAY)) as db:
        # The lower batch id is given out first and committed last.
        late.execute("insert into ops.batch (entity, state) values ('certification', 'loaded')")
        writer.load({"certification": [{"person": 1}]})
        assert refresh(db, "profile").batches == 1
        late.commit()
        assert refresh(db, "profile").batches == 1
        assert refresh(db, "profile").batches == 0


def test_a_batch_not_loaded_is_not_taken_in(database_url: str, writer: CoreWriter) -> None:
    writer.execute("insert into ops.batch (entity, state) values ('certification', 'held')")
    writer.execute("insert into ops.batch (entity, state) values ('vacancy', 'loaded')")
    with Database(with_today(database_url, TODAY)) as db:
        assert refresh(db, "profile").batches == 0
        assert refresh(db, "retraining").batches == 1


@pytest.mark.parametrize("group", GROUPS)
def test_refreshes_at_once_take_turns(group: MartGroup, database_url: str, writer: CoreWriter) -> None:
    writer.load({"enrolment": [{"person": n} for n in range(50)], "certification": [{"person": n} for n in range(50)]})
    taken: list[int] = []

    def work() -> None:
        with Database(with_today(database_url, TODAY)) as db:
            taken.append(refresh(db, group).batches)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == [0, 0, 0, 2]


def test_a_reader_keeps_the_old_state_until_a_rebuild_commits(database_url: str, writer: CoreWriter) -> None:
    url = with_today(database_url, TODAY)
    writer.load({"enrolment": [{"person": n} for n in range(20)]})
    with Database(url) as db:
        refresh(db, "profile")
        with psycopg.connect(connection_string(role_url(url, "profile_reader"))) as reader:
            reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            before = reader.execute("select count(*) from profile.student").fetchone()
            rebuild(db, "profile")
            after = reader.execute("select count(*) from profile.student").fetchone()
    assert before == after == (20,)


def test_the_loader_refreshes_and_readers_read_their_views_only(database_url: str, writer: CoreWriter) -> None:
    _teach_occupations(writer)
    url = with_today(database_url, TODAY)
    lapsed = {"person": 2, "achievement_code": "SQL-1", "skills": ["SQL"], "valid_until": TODAY - timedelta(days=1)}
    wanted = {"skills": ["Python", "SQL"], "occupation_scheme": "isco08", "occupation_code": "2512"}
    writer.load(
        {
            "enrolment": [{"person": 1}],
            "certification": [{"person": 1}, lapsed],
            "vacancy": [{"title": f"t{number}"} | wanted for number in range(5)],
        }
    )
    with Database(role_url(url, "arna_loader")) as db:
        for group in GROUPS:
            assert refresh(db, group).is_rebuild
    for group in GROUPS:
        # A reader is of a schema; a view in it may be refreshed with the other group.
        foreign = [name for name in ALL_VIEWS if not name.startswith(group)]
        with psycopg.connect(connection_string(role_url(url, f"{group}_reader")), autocommit=True) as reader:
            for view in (name for name in ALL_VIEWS if name.startswith(group)):
                assert reader.execute(sql.SQL("select * from {}").format(sql.Identifier(*view.split(".")))).fetchall()
            for relation in ("mart.person", "core.enrolment", "ops.freshness", *foreign):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reader.execute(sql.SQL("select * from {}").format(sql.Identifier(*relation.split("."))))


def test_an_unknown_group_is_refused(database_url: str) -> None:
    with Database(database_url) as db, pytest.raises(ConfigError, match="no such group"):
        refresh(db, "nothing")  # type: ignore[arg-type]


def test_every_mart_relation_and_column_has_a_comment(database_url: str) -> None:
    with psycopg.connect(connection_string(database_url)) as connection:
        bare = connection.execute(
            """
            select n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
            from pg_class as c
            join pg_namespace as n on n.oid = c.relnamespace
            left join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where n.nspname in ('mart', 'profile', 'retraining') and c.relkind in ('r', 'v')
                and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)
            """
        ).fetchall()
    assert bare == []


def _assert_freshness_counts(url: str, contents: dict[str, list[str]]) -> None:
    with psycopg.connect(connection_string(url)) as connection:
        counts = dict(connection.execute("select view_name, row_count from ops.freshness").fetchall())
    derived = {name for group in GROUPS for name, view in VIEWS[group].items() if view.table is None}
    assert counts == {view: None if view in derived else len(rows) for view, rows in contents.items()}
