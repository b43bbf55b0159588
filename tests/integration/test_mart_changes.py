"""What a reader who pulls by change sees: every row that changed, every key that went, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from arna.marts import VIEWS, RefreshResult, rebuild, refresh
from arna.marts.publishing import KEY_LIMIT
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter, with_today

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)


@pytest.fixture
def writer(database_url: str) -> Iterator[CoreWriter]:
    core = CoreWriter(database_url)
    yield core
    core.close()


def _rows(url: str, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        return connection.execute(query.encode()).fetchall()


def _refresh(url: str, day: date = TODAY) -> RefreshResult:
    with Database(with_today(url, day)) as db:
        return refresh(db, "profile")


def _certificates(url: str) -> dict[str, int]:
    rows = _rows(url, "select certificate_id, change_seq from profile.certificate")
    return {row["certificate_id"]: row["change_seq"] for row in rows}


def test_only_rows_that_changed_get_the_number_of_the_refresh(database_url: str, writer: CoreWriter) -> None:
    writer.load({"certification": [{"id": "a", "person": 1}, {"id": "b", "person": 1}, {"id": "c", "person": 2}]})
    _refresh(database_url)
    assert _certificates(database_url) == {"a": 1, "b": 1, "c": 1}
    # The person of "a" and "b" is recomputed; only "a" says something else now.
    writer.load({"certification": [{"id": "a", "version": 2, "person": 1, "issuer_name": "Another name"}]})
    result = _refresh(database_url)
    assert _certificates(database_url) == {"a": 2, "b": 1, "c": 1}
    assert (result.changes["certificate"].updated, result.changes["certificate"].growth) == (1, 0)
    with Database(with_today(database_url, TODAY)) as db:
        rebuild(db, "profile")
    assert _certificates(database_url) == {"a": 2, "b": 1, "c": 1}


def test_a_refresh_that_changes_nothing_has_no_number(database_url: str, writer: CoreWriter) -> None:
    writer.load({"certification": [{"id": "a", "person": 1}]})
    _refresh(database_url)
    writer.load({"enrolment": [{"id": "e", "person": 3, "status": "voided"}]})
    assert not any(_refresh(database_url).changes.values())
    writer.load({"certification": [{"id": "b", "person": 1}]})
    _refresh(database_url)
    assert _certificates(database_url)["b"] == 2


def test_a_removed_row_leaves_its_key_and_a_row_that_comes_back_outdoes_it(
    database_url: str, writer: CoreWriter
) -> None:
    writer.load({"enrolment": [{"id": "e", "person": 1}]})
    _refresh(database_url)
    writer.load({"enrolment": [{"id": "e", "person": 1, "version": 2, "status": "voided"}]})
    _refresh(database_url)
    query = "select key ->> 'person_key' as person_key, change_seq from mart.tombstone where table_name = 'student'"
    [gone] = _rows(database_url, query)
    assert gone["change_seq"] == 2
    assert _rows(database_url, "select * from profile.student") == []
    writer.load({"enrolment": [{"id": "e", "person": 1, "version": 3}]})
    _refresh(database_url)
    [back] = _rows(database_url, "select person_key::text as person_key, change_seq from profile.student")
    assert (back["person_key"], back["change_seq"]) == (gone["person_key"], 3)


def test_a_certificate_that_expires_changes_on_its_day_and_not_before(database_url: str, writer: CoreWriter) -> None:
    writer.load({"certification": [{"id": "a", "person": 1, "valid_until": TODAY}]})
    _refresh(database_url)
    assert not _refresh(database_url).changes.get("certificate")
    _refresh(database_url, TODAY + timedelta(days=1))
    assert _certificates(database_url) == {"a": 2}


def test_labels_of_a_skill_are_a_change_of_the_rows_that_show_them(database_url: str, writer: CoreWriter) -> None:
    writer.execute("insert into ref.skill (framework, skill_code, name_en) values ('esco', 'S1', 'weaving')")
    writer.load({"certification": [{"id": "a", "person": 1, "skills": [{"framework": "esco", "code": "S1"}]}]})
    _refresh(database_url)
    writer.execute("update ref.skill set name_ru = 'ткачество' where skill_code = 'S1'")
    writer.execute("update ref.skill_state set revision = revision + 1")
    _refresh(database_url)
    [row] = _rows(database_url, "select skill_name_ru, change_seq from profile.skill")
    assert row == {"skill_name_ru": "ткачество", "change_seq": 2}


def test_each_changed_view_is_announced_with_its_keys(database_url: str, writer: CoreWriter) -> None:
    writer.load({"enrolment": [{"id": "e", "person": 1}], "certification": [{"id": "a", "person": 1, "skills": []}]})
    _refresh(database_url)
    announced = _rows(database_url, "select * from ops.mart_change order by view_name")
    assert [(row["view_name"], row["change_seq"], row["changed_count"]) for row in announced] == [
        ("profile.certificate", 1, 1),
        ("profile.education_history", 1, 1),
        ("profile.programme_outcome", 1, 1),
        ("profile.student", 1, 1),
    ]
    assert [sorted(row["keys"][0]) for row in announced] == [
        ["certificate_id", "source_id"],
        ["enrolment_id", "source_id"],
        ["cohort_year", "organisation_bin", "programme_code"],
        ["person_key"],
    ]
    writer.load({"enrolment": [{"id": "e", "person": 1, "version": 2, "status": "voided"}]})
    _refresh(database_url)
    removed = _rows(database_url, "select * from ops.mart_change where change_seq = 2 order by view_name")
    assert [row["view_name"] for row in removed] == [row["view_name"] for row in announced[1:]]
    assert [(row["changed_count"], row["removed_count"]) for row in removed] == [(0, 1)] * 3
    assert [row["keys"] for row in removed] == [row["keys"] for row in announced[1:]]


def test_many_changes_are_announced_without_keys(database_url: str, writer: CoreWriter) -> None:
    writer.load({"enrolment": [{"person": number} for number in range(KEY_LIMIT + 1)]})
    _refresh(database_url)
    [told] = _rows(database_url, "select * from ops.mart_change where view_name = 'profile.student'")
    assert (told["changed_count"], told["keys"]) == (KEY_LIMIT + 1, None)


def test_a_changed_label_is_announced_for_the_views_that_show_it(database_url: str, writer: CoreWriter) -> None:
    writer.execute("insert into ref.skill (framework, skill_code, name_en) values ('esco', 'S1', 'weaving')")
    writer.load(
        {
            "enrolment": [{"id": "e", "person": 1}],
            "certification": [{"id": "a", "person": 1, "skills": [{"framework": "esco", "code": "S1"}]}],
        }
    )
    _refresh(database_url)
    writer.execute("update ref.skill set name_ru = 'ткачество' where skill_code = 'S1'")
    writer.execute("update ref.skill_state set revision = revision + 1")
    _refresh(database_url)
    query = "select view_name, changed_count, removed_count, keys from ops.mart_change where change_seq = 2"
    assert sorted(tuple(row.values()) for row in _rows(database_url, query)) == [
        ("profile.skill", 0, 0, None),
        ("retraining.course", 0, 0, None),
    ]
    fresh = _rows(database_url, "select view_name, change_seq from ops.freshness where mart_group = 'profile'")
    changed = [row["view_name"] for row in fresh if row["change_seq"] == 2]
    assert sorted(changed) == ["profile.skill", "retraining.course"]
    # A birth date that another source declares is a change of the person beside the enrolment.
    writer.load({"certification": [{"id": "a", "person": 1, "version": 2, "birth_date": date(2005, 1, 1)}]})
    _refresh(database_url)
    told = _rows(database_url, "select view_name from ops.mart_change where change_seq = 3 order by 1")
    assert "profile.student" in [row["view_name"] for row in told]


def test_the_registry_names_every_table_whose_number_a_view_shows(database_url: str) -> None:
    query = """
        with recursive used as (
            select v.oid as view_id, d.refobjid as relation_id
            from pg_class as v
            join pg_rewrite as r on r.ev_class = v.oid
            join pg_depend as d on d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.oid
            where v.relkind = 'v'
        ), reached as (
            select u.view_id, u.relation_id from used as u
            union
            select r.view_id, u.relation_id from reached as r join used as u on u.view_id = r.relation_id
        )
        select r.view_id::regclass::text as view_name, array_agg(t.relname::text) as tables
        from reached as r
        join pg_class as t on t.oid = r.relation_id and t.relkind = 'r' and t.relnamespace = 'mart'::regnamespace
        join pg_attribute as a on a.attrelid = t.oid and a.attname = 'change_seq'
        group by r.view_id
    """
    found = {row["view_name"]: set(row["tables"]) for row in _rows(database_url, query)}
    for views in VIEWS.values():
        for name, view in views.items():
            if view.table is not None:
                at_reading = {"skill_demand"} if view.untracked == ("demand_openings_avg",) else set()
                assert found[name] == {view.table, *view.beside} | at_reading, name
