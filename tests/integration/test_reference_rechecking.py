"""Rows that waited for a code: once it is in the reference the warning goes, and what it was can still be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from arna.marts import refresh
from arna.reference import Recheck, recheck_warnings
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter, with_today

pytestmark = pytest.mark.integration

TODAY = "2026-03-15"
PLACE = "insert into ref.kato (kato_code, valid_from, region_code) values (%s, '2020-01-01', left(%s, 2))"
OCCUPATION = "insert into ref.occupation (scheme, occupation_code, valid_from) values ('nkz', '2512-1', '2020-01-01')"


@pytest.fixture
def writer(database_url: str) -> Iterator[CoreWriter]:
    core = CoreWriter(database_url)
    core.load(
        {
            "enrolment": [
                {"id": "e1", "kato_code": "711111111", "warnings": ["time_runs_back", "kato_unknown"]},
                {"id": "e2", "kato_code": "719999999", "warnings": ["kato_unknown"]},
                {"id": "e3", "kato_code": "710000000"},
            ],
            "vacancy": [
                {
                    "id": "v1",
                    "kato_code": "711111111",
                    "occupation_scheme": "nkz",
                    "occupation_code": "2512-1",
                    "warnings": ["occupation_unknown", "kato_unknown"],
                }
            ],
        }
    )
    yield core
    core.close()


def _query(url: str, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        return connection.execute(statement).fetchall()


def _warnings(url: str) -> dict[str, list[str]]:
    rows = _query(
        url,
        "select enrolment_id as id, warnings from core.enrolment "
        "union all select vacancy_id, warnings from core.vacancy",
    )
    return {row["id"]: row["warnings"] for row in rows}


def test_a_code_that_appears_takes_its_warning_back_and_no_other(database_url: str, writer: CoreWriter) -> None:
    before = _warnings(database_url)
    with Database(database_url) as db:
        assert recheck_warnings(db) == [
            Recheck("enrolment", "kato_unknown", 2, 0),
            Recheck("vacancy", "kato_unknown", 1, 0),
            Recheck("vacancy", "occupation_unknown", 1, 0),
        ]
        assert _warnings(database_url) == before
        writer.execute(PLACE, ("711111111", "711111111"))
        assert recheck_warnings(db) == [
            Recheck("enrolment", "kato_unknown", 2, 1),
            Recheck("vacancy", "kato_unknown", 1, 1),
            Recheck("vacancy", "occupation_unknown", 1, 0),
        ]
        writer.execute(OCCUPATION)
        recheck_warnings(db)
    assert _warnings(database_url) == {"e1": ["time_runs_back"], "e2": ["kato_unknown"], "e3": [], "v1": []}


def test_what_was_taken_back_is_kept(database_url: str, writer: CoreWriter) -> None:
    writer.execute(PLACE, ("711111111", "711111111"))
    with Database(database_url) as db:
        recheck_warnings(db)
        recheck_warnings(db)
    cleared = _query(
        database_url,
        "select entity, rule_id, source_id, subject_id, record_version from ops.cleared_warning order by cleared_id",
    )
    assert cleared == [
        {"entity": entity, "rule_id": "kato_unknown", "source_id": 1, "subject_id": subject, "record_version": 1}
        for entity, subject in (("enrolment", "e1"), ("vacancy", "v1"))
    ]
    findings = _query(
        database_url,
        "select evaluated_count, unexpected_count, is_success from ops.validation "
        "where suite_name = 'reference.recheck' and entity = 'enrolment' order by validation_id",
    )
    assert [tuple(row.values()) for row in findings] == [(2, 1, False), (1, 1, False)]


def test_the_marts_take_those_batches_in_again(database_url: str, writer: CoreWriter) -> None:
    with Database(with_today(database_url, TODAY)) as db:
        assert refresh(db, "profile").batches == 1
        assert refresh(db, "retraining").batches == 2
        writer.execute(PLACE, ("711111111", "711111111"))
        recheck_warnings(db)
        again = refresh(db, "profile")
        assert (again.batches, again.is_rebuild) == (1, False)
        assert refresh(db, "retraining").batches == 2
        recheck_warnings(db)
        assert refresh(db, "profile").batches == 0


def test_a_batch_that_is_staged_does_not_bring_the_old_warning(database_url: str, writer: CoreWriter) -> None:
    columns = ", ".join(
        row["name"]
        for row in _query(
            database_url,
            "select quote_ident(column_name) as name from information_schema.columns where table_schema = 'stage' "
            "and table_name = 'enrolment' and column_name not in ('is_duplicate', 'failures')",
        )
    )
    writer.execute(f"insert into stage.enrolment ({columns}) select {columns} from core.enrolment")
    writer.execute(PLACE, ("711111111", "711111111"))
    with Database(database_url) as db:
        recheck_warnings(db)
    staged = _query(database_url, "select enrolment_id as id, warnings from stage.enrolment order by 1")
    assert [row["warnings"] for row in staged] == [["time_runs_back"], ["kato_unknown"], []]
