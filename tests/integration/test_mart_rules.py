"""Each rule of the marts, on real PostgreSQL: a world in which all hold, and one mistake after another.

Great Expectations runs once a group on the good world, and once on one with mistakes of each kind. What it looks for
(its own queries of failing rows, and ours) then judges each mistake within a transaction that is rolled back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import great_expectations.expectations as gxe
import psycopg
import pytest
from psycopg import sql

from arna.marts import GROUPS, MartGroup, refresh
from arna.marts.validating import begin_validation
from arna.settings import Settings
from arna.warehouse.database import Database, connection_string
from expectations.mart_runner import MartReport, validate_marts
from expectations.running import open_source, run_suite
from expectations.suites import mart_suites
from tests.support.core_rows import CoreWriter, person_token, with_today
from tests.support.stack import create_database, drop_database, role_url

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)
PEOPLE = range(1, 9)
CERTIFIED_ONLY = 9
"""A person with a certificate and no enrolment."""
NOBODY = uuid.UUID(int=0xDEAD)


def _fill(url: str) -> None:
    """Eight people who study and are certified, one who is certified only; a record of each entity has versions."""
    day = {"occurred_at": "2026-03-10T06:00:00+00:00"}
    earlier = {"occurred_at": "2026-03-09T06:00:00+00:00"}
    writer = CoreWriter(url)
    writer.load(
        {
            "enrolment": [
                {"id": "e1", "person": 1, **earlier},
                {"id": "e1", "version": 2, "person": 1, **day},
                *({"id": f"e{number}", "person": number, **day} for number in PEOPLE if number > 1),
            ],
            "certification": [
                {"id": "c1", "person": 1, **earlier},
                {"id": "c1", "version": 2, "person": 1, **day},
                *({"id": f"c{number}", "person": number, **day} for number in (*PEOPLE, CERTIFIED_ONLY) if number > 1),
            ],
            "vacancy": [
                {"id": "v1", **earlier},
                {"id": "v1", "version": 2, "openings": 3, **day},
                {"id": "v2", "kato_code": "750000000", "employer_id": "501240000508", **day},
            ],
        }
    )
    writer.close()


@dataclass(frozen=True)
class World:
    """A warehouse in which all rules hold.

    Attributes:
        url: as the owner, on the day of the tests.
        settings: as the loader, on the same day.
    """

    url: str
    settings: Settings

    def validate(self, group: MartGroup) -> MartReport:
        with Database(str(self.settings.warehouse_loader_url)) as db:
            run = begin_validation(db, group)
            assert run is not None
            return validate_marts(db, self.settings, run)

    def begin(self, group: MartGroup) -> int | None:
        with Database(str(self.settings.warehouse_loader_url)) as db:
            return begin_validation(db, group)


def _make_world(url: str, home: Path) -> World:
    _fill(url)
    today = with_today(role_url(url, "arna_loader"), TODAY)
    with Database(today) as db:
        for group in GROUPS:
            refresh(db, group)
    return World(with_today(url, TODAY), Settings(home=home, warehouse_loader_url=today))


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> World:
    return _make_world(database_url, tmp_path)


@pytest.fixture(scope="module")
def good_world(
    postgres_server_url: str, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    name = f"rules_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_server_url, name, database_template)
    yield _make_world(url, tmp_path_factory.mktemp("home"))
    drop_database(postgres_server_url, name)


Queries = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def failing_rows(good_world: World) -> Queries:
    """The query of failing rows of each rule, after Great Expectations has found each to hold."""
    queries: Queries = {}
    url = str(good_world.settings.warehouse_loader_url)
    for group in GROUPS:
        with Database(url) as db, open_source(db, url, group) as add_asset:
            for suite in mart_suites(group):
                relation = suite.relation
                counted = f"(select count(*) from {'.'.join(relation.counted)})"
                rows = _rows(good_world.url, f"select {counted}")[0][0]
                result = run_suite(
                    add_asset(*relation.schema_and_name),
                    suite.build(),
                    key=relation.key,
                    parameters={"table_rows": rows},
                )
                assert [each.expectation_config.meta["rule_id"] for each in result.results if not each.success] == []
                found = {each.expectation_config.meta["rule_id"]: each.result for each in result.results}
                for rule in suite.rules:
                    if isinstance(rule.expectation, gxe.ExpectTableRowCountToEqual):
                        query = f"select 1 where {counted} <> (select count(*) from {relation.name})"
                    else:
                        query = rule.sql or found[rule.rule.rule_id]["unexpected_index_query"].rstrip(";")
                    where = f"{relation.name} {group}" if relation.name == "ops.freshness" else relation.name
                    queries[where, rule.rule.rule_id] = query
    return queries


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(connection_string(url)) as connection:
        return connection.execute(query.encode()).fetchall()


def _again(table: str, condition: str = "true") -> str:
    """A row of a table stands there twice."""
    return (
        f"alter table mart.{table} drop constraint {table}_pkey cascade; "
        f"insert into mart.{table} select * from mart.{table} where {condition} limit 1"
    )


def _seen(view: str, old: str, new: str) -> tuple[str, str, str]:
    """The view says something else."""
    return view, old, new


Mistake = str | tuple[str, str, str]
Case = tuple[Mistake, str]

OTHER = f"person_key = '{person_token(CERTIFIED_ONLY)}'"
ONE = f"person_key = '{person_token(1)}'"
LAST_MONTH = "month = '2026-02-01' and region_code = '71'"
THIS_MONTH = "month = '2026-03-01' and region_code = '71'"

CASES: list[Case] = [
    # the profile group
    (
        f"{_again('person', OTHER)}; update mart.person set is_identity_disputed = true where {OTHER}",
        "mart.person key_wrong",
    ),
    (
        "insert into mart.person (person_key, person_token, is_identity_disputed) "
        f"values ('{NOBODY}', '{NOBODY}', false)",
        "mart.person person_without_event",
    ),
    (
        f"update core.certification set person_token = '{NOBODY}' where certificate_id = 'c2'",
        "mart.person person_missing",
    ),
    (f"update mart.person set is_identity_disputed = true where {ONE}", "mart.person identity_wrong"),
    (_again("student"), "profile.student key_wrong"),
    (_seen("profile.student", ";", " limit 1;"), "profile.student rows_differ"),
    (f"delete from mart.student where {ONE}", "profile.student student_missing"),
    (f"update mart.student set region_code = '99' where {ONE}", "profile.student region_unknown"),
    (f"update mart.student set enrolment_count = 0 where {ONE}", "profile.student enrolment_count_out_of_range"),
    (f"update mart.student set isced_level = 9 where {ONE}", "profile.student isced_level_out_of_range"),
    (_seen("profile.student", "THEN NULL", "THEN 101"), "profile.student progress_percent_out_of_range"),
    (_again("certificate"), "profile.certificate key_wrong"),
    (_seen("profile.certificate", ";", " limit 1;"), "profile.certificate rows_differ"),
    (
        f"update mart.certificate set person_key = '{NOBODY}' where certificate_id = 'c1'",
        "profile.certificate person_unknown",
    ),
    ("delete from mart.certificate where certificate_id = 'c1'", "profile.certificate certificate_missing"),
    ("update mart.certificate set status = 'lost' where certificate_id = 'c1'", "profile.certificate status_unknown"),
    (
        "update mart.certificate set result_percent = 101 where certificate_id = 'c1'",
        "profile.certificate result_percent_out_of_range",
    ),
    (_again("person_skill"), "profile.skill key_wrong"),
    (_seen("profile.skill", ";", " limit 1;"), "profile.skill rows_differ"),
    (f"update mart.person_skill set valid_certificate_count = 2 where {ONE}", "profile.skill valid_above_all"),
    (_seen("profile.skill", "valid_certificate_count > 0", "valid_certificate_count > 1"), "profile.skill held_wrong"),
    (f"update mart.person_skill set person_key = '{NOBODY}' where {ONE}", "mart.person_skill person_unknown"),
    (
        f"update mart.person_skill set skill_key = 'local:x' where {ONE}",
        "mart.person_skill skill_unknown, profile.skill rows_differ",
    ),
    (f"update mart.person_skill set source_ids = '{{}}' where {ONE}", "mart.person_skill evidence_wrong"),
    (_again("education_history"), "profile.education_history key_wrong, profile.education_history order_broken, "
     "mart.programme_count entered_wrong"),
    (_seen("profile.education_history", ";", " limit 1;"), "profile.education_history rows_differ"),
    (
        f"update mart.education_history set person_key = '{NOBODY}' where {ONE}",
        "profile.education_history person_unknown, profile.student student_missing",
    ),
    (f"update mart.education_history set region_code = '99' where {ONE}", "profile.education_history region_unknown"),
    (
        f"update mart.education_history set record_version = 1 where {ONE}",
        "profile.education_history enrolment_missing",
    ),
    (f"update mart.education_history set sequence_number = 2 where {ONE}", "profile.education_history order_broken"),
    (
        _seen("profile.education_history", "mart.enrolment_outcome(", "'un' || mart.enrolment_outcome("),
        "profile.education_history outcome_unknown",
    ),
    ("update mart.programme_count set active = active - 1", "mart.programme_count parts_wrong"),
    (
        "update mart.programme_count set entered = entered + 1, active = active + 1",
        "mart.programme_count entered_wrong",
    ),
    (
        "update mart.programme_count set certified = entered + 1",
        "mart.programme_count certified_above_entered, mart.programme_count entered_wrong",
    ),
    (_again("programme_outcome"), "mart.programme_outcome key_wrong"),
    *(
        (f"update mart.programme_outcome set {rate} = 1.01", f"mart.programme_outcome {rate}_out_of_range")
        for rate in ("completion_rate", "dropout_rate", "certified_rate")
    ),
    ("update mart.programme_outcome set active = 4, completed = 4", "mart.programme_outcome small_count_shown"),
    ("update mart.programme_outcome set active = null", "mart.programme_outcome count_derivable"),
    (
        "update mart.programme_outcome set entered = 20, active = null, other = null, completed = 18",
        "mart.programme_outcome count_derivable",
    ),
    ("update mart.programme_outcome set entered = 10, active = 10", "mart.programme_outcome count_derivable"),
    ("update mart.programme_outcome set certified = null", "mart.programme_outcome count_derivable"),
    (_again("course_skill"), "retraining.course key_wrong"),
    (_seen("retraining.course", ";", " offset 1;"), "retraining.course rows_differ"),
    ("update mart.course_skill set people_valid = people_certified + 1", "retraining.course valid_above_all"),
    ("delete from mart.course", "mart.course_skill course_unknown, retraining.course rows_differ"),
    (
        "update mart.course_skill set skill_key = 'local:x'",
        "mart.course_skill skill_unknown, retraining.course rows_differ",
    ),
    ("update mart.course_skill set people_valid = 4", "mart.course_skill small_count_shown"),
    ("update mart.course_skill set people_valid = null", "mart.course_skill small_count_shown"),
    # both groups
    *(
        (
            f"update ops.mart_batch set included_at = null where mart_group = '{group}'; "
            "update ops.batch set settled_at = now() - interval '31 minutes'",
            f"ops.freshness {group} batch_waits",
        )
        for group in GROUPS
    ),
    *(
        (
            f"update ops.freshness set refreshed_at = now() - interval '25 hours' where mart_group = '{group}'; "
            "update ops.batch set settled_at = now()",
            f"ops.freshness {group} refresh_late",
        )
        for group in GROUPS
    ),
    *(
        (
            f"update ops.freshness set last_event_at = '2026-03-07' where mart_group = '{group}'",
            f"ops.freshness {group} events_stopped",
        )
        for group in GROUPS
    ),
    ("update core.enrolment set is_current = false where enrolment_id = 'e1'", "core.enrolment version_wrong"),
    (
        "update core.enrolment set occurred_at = '2026-03-11' where enrolment_id = 'e1' and not is_current",
        "core.enrolment versions_overlap",
    ),
    ("update core.certification set is_current = true where certificate_id = 'c1'", "core.certification version_wrong, "
     "profile.certificate certificate_missing"),
    (
        "update core.certification set occurred_at = '2026-03-11' where certificate_id = 'c1' and not is_current",
        "core.certification versions_overlap",
    ),
    ("update core.vacancy set is_current = not is_current where vacancy_id = 'v1'", "core.vacancy version_wrong"),
    (
        "update core.vacancy set occurred_at = '2026-03-11' where vacancy_id = 'v1' and record_version = 1",
        "core.vacancy versions_overlap",
    ),
]  # fmt: skip


def _id(case: Case) -> str:
    return case[1].replace(" ", "-").replace(",", "")


def _make(connection: psycopg.Connection, mistake: Mistake) -> None:
    if isinstance(mistake, str):
        # Nothing but the primary keys keeps the tables from such mistakes; checks are left out with them.
        connection.execute(mistake.encode())
        return
    view, old, new = mistake
    (definition,) = connection.execute("select pg_get_viewdef(%s::regclass)", (view,)).fetchone() or ("",)
    assert old in definition
    name = sql.Identifier(*view.split("."))
    connection.execute(sql.SQL("create or replace view {} as ").format(name) + sql.SQL(definition.replace(old, new)))


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_mistake_breaks_its_rule_and_no_other(good_world: World, failing_rows: Queries, case: Case) -> None:
    mistake, expected = case
    with psycopg.connect(connection_string(good_world.url)) as connection:
        _make(connection, mistake)
        checks = ", ".join(f"exists ({query})" for query in failing_rows.values())
        [found] = connection.execute(f"select array[{checks}]".encode()).fetchone() or ([],)
        connection.rollback()
    broken = {" ".join(rule) for rule, is_broken in zip(failing_rows, found, strict=True) if is_broken}
    assert broken == set(expected.split(", "))
