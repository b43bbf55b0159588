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

from arna.errors import MartsInvalidError
from arna.marts import GROUPS, VIEWS, MartGroup, refresh
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
                {"id": "v3", "replaces_vacancy_id": "v1", "published_on": "2026-02-10", **day},
                {"id": "v4", "valid_through": "2026-01-31", **day},
                *(
                    {"id": f"{isco_code}-{number}", "occupation_scheme": "isco08", "occupation_code": isco_code}
                    | {"kato_code": "750000000", "skills": ["Python", skill], **day}
                    for isco_code, skill in (("2511", "SQL"), ("2512", "Go"))
                    for number in range(5)
                ),
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
# Figures of a past month: this month's are compared with what is behind them.
PAST = "month = '2026-01-01' and region_code = '71'"
PRESENT = "month = '2026-03-01' and region_code = '71'"
FIRST_PAIR = "from_isco_code = '2511'"


def _demand_cases(view: str) -> list[Case]:
    """Both tables of demand; the gap is made of one of them."""
    table = view.removeprefix("retraining.")
    update = f"update mart.{table} set"
    gap = ", mart.skill_gap gap_incomplete" if table == "skill_demand" else ""
    return [
        (_again(table, PAST), f"{view} key_wrong{gap}"),
        (_seen(view, ";", " offset 1;"), f"{view} rows_differ"),
        (f"{update} region_code = '99' where {PAST}", f"{view} region_unknown{gap}"),
        (f"{update} month = '2026-01-02' where {PAST}", f"{view} month_wrong{gap}"),
        (f"{update} month = '2026-04-01' where {PAST}", f"{view} month_wrong{gap}"),
        (f"{update} vacancies_raw = 0 where {PAST}", f"{view} raw_below_joined"),
        (
            f"{update} openings_known = 0, vacancies_with_unknown_openings = 0, openings_capped = 0 where {PAST}",
            f"{view} openings_below_vacancies{gap}",
        ),
        (
            f"{update} openings_capped = openings_known + vacancies_with_unknown_openings + 1 where {PAST}",
            f"{view} capped_above_openings{gap}",
        ),
        (f"{update} employers = vacancies + 1 where {PAST}", f"{view} employers_above_vacancies"),
        (f"{update} vacancies_today = 0 where {PAST}", f"{view} today_wrong"),
        (f"{update} vacancies_today = null where {PRESENT}", f"{view} today_wrong, {view} demand_drifted"),
        (f"{update} vacancies_raw = vacancies_raw + 1 where {PRESENT}", f"{view} demand_drifted"),
    ]


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
    (
        "update core.vacancy set is_current = not is_current where vacancy_id = 'v1'",
        "core.vacancy version_wrong, mart.posting posting_missing",
    ),
    (
        "update core.vacancy set occurred_at = '2026-03-11' where vacancy_id = 'v1' and record_version = 1",
        "core.vacancy versions_overlap",
    ),
    # the retraining group
    *_demand_cases("retraining.skill_demand"),
    *_demand_cases("retraining.occupation_demand"),
    (
        _again("posting", "vacancy_id = 'v4'"),
        "mart.posting key_wrong, mart.posting chain_counted_twice",
    ),
    ("update mart.posting set occurred_at = now() where vacancy_id = 'v4'", "mart.posting posting_missing"),
    ("update mart.posting set region_code = '99' where vacancy_id = 'v4'", "mart.posting region_unknown"),
    ("update mart.vacancy_span set skill_key = 'local:x' where vacancy_id = 'v4'", "mart.vacancy_span skill_unknown"),
    *(
        (
            f"update mart.{table} set counted_months = counted_months + '{{[24300,24301)}}' where vacancy_id = 'v4'",
            f"mart.{table} counted_unopened",
        )
        for table in ("posting", "vacancy_span")
    ),
    *(
        # February is the repost's.
        (
            f"update mart.{table} set counted_months = '{{[24312,24314)}}' where vacancy_id = 'v1'",
            f"mart.{table} chain_counted_twice",
        )
        for table in ("posting", "vacancy_span")
    ),
    *(
        (
            f"update mart.{table} set is_counted_today = true where vacancy_id = 'v1'",
            f"mart.{table} chain_counted_twice, retraining.{demand} demand_drifted",
        )
        for table, demand in (("posting", "occupation_demand"), ("vacancy_span", "skill_demand"))
    ),
    (
        "update mart.occupation_demand set salary_median_kzt = 500000, vacancies_with_salary = 4",
        "retraining.occupation_demand salary_of_few",
    ),
    (
        "update mart.occupation_demand set salary_median_kzt = 0, vacancies_with_salary = 5",
        "retraining.occupation_demand salary_median_kzt_out_of_range",
    ),
    (
        f"update mart.supply_span set skill_key = 'local:x' where {ONE}",
        "mart.supply_span skill_unknown, retraining.skill_supply supply_drifted",
    ),
    (
        f"update mart.supply_span set region_code = '99' where {ONE}",
        "mart.supply_span region_unknown, retraining.skill_supply supply_drifted",
    ),
    (
        "insert into mart.supply_span select person_token, person_key, skill_key, region_code, 24312, 24313 "
        f"from mart.supply_span where {ONE}",
        "mart.supply_span spans_overlap",
    ),
    (_again("skill_supply", PAST), "retraining.skill_supply key_wrong, mart.skill_gap gap_incomplete"),
    (_seen("retraining.skill_supply", ";", " offset 1;"), "retraining.skill_supply rows_differ"),
    (
        f"update mart.skill_supply set region_code = '99' where {PAST}",
        "retraining.skill_supply region_unknown, mart.skill_gap gap_incomplete",
    ),
    (
        f"update mart.skill_supply set month = '2026-01-02' where {PAST}",
        "retraining.skill_supply month_wrong, mart.skill_gap gap_incomplete",
    ),
    (
        "update mart.skill_supply set is_suppressed = false where region_code = 'ZZ'",
        "retraining.skill_supply small_count_shown, mart.skill_gap gap_incomplete",
    ),
    (
        f"update mart.skill_supply set people = people + 1 where {PRESENT}",
        "retraining.skill_supply supply_drifted, mart.skill_gap gap_incomplete",
    ),
    (_again("skill_gap", PAST), "retraining.skill_gap key_wrong, retraining.skill_gap_country country_wrong"),
    (
        _seen("retraining.skill_gap", ";", " where g.region_code <> '75';"),
        "retraining.skill_gap rows_differ",
    ),
    (
        "update mart.skill_gap set month = '2026-01-02' where region_code = '75' and month = '2026-01-01'",
        "retraining.skill_gap month_wrong, mart.skill_gap gap_incomplete, retraining.skill_gap_country country_wrong",
    ),
    (
        _seen("retraining.skill_gap", "demand_openings_capped - ", "demand_openings_capped + 1 - "),
        "retraining.skill_gap gap_wrong",
    ),
    (
        "update mart.skill_gap set is_suppressed = false where region_code = 'ZZ'; "
        "update mart.skill_supply set is_suppressed = false, people = 5 where region_code = 'ZZ'; "
        "update mart.skill_gap set supply_people = 4 where region_code = 'ZZ'",
        "retraining.skill_gap small_count_shown, retraining.skill_gap_country region_derivable, "
        "retraining.skill_gap_country country_wrong, mart.skill_gap gap_incomplete, "
        "retraining.skill_supply supply_drifted",
    ),
    (
        "update mart.skill_gap set is_suppressed = true "
        "where region_code = '75' and month = '2026-01-01' and skill_key = 'local:python'",
        "mart.skill_gap gap_incomplete",
    ),
    (
        f"update mart.skill_gap set is_suppressed = false where {PAST}; "
        f"update mart.skill_supply set is_suppressed = false where {PAST}",
        "retraining.skill_gap_country region_derivable",
    ),
    (_again("skill_gap_country"), "retraining.skill_gap_country key_wrong"),
    (_seen("retraining.skill_gap_country", ";", " offset 1;"), "retraining.skill_gap_country rows_differ"),
    (
        "update mart.skill_gap_country set month = '2026-01-02' where month = '2026-01-01'",
        "retraining.skill_gap_country month_wrong, retraining.skill_gap_country country_wrong",
    ),
    (
        _seen("retraining.skill_gap_country", "demand_openings_capped - ", "demand_openings_capped + 1 - "),
        "retraining.skill_gap_country gap_wrong",
    ),
    (
        "update mart.skill_gap_country set supply_people = 4 where supply_people > 0",
        "retraining.skill_gap_country small_count_shown, retraining.skill_gap_country country_wrong",
    ),
    (
        "update mart.skill_gap_country set demand_vacancies = demand_vacancies + 1",
        "retraining.skill_gap_country country_wrong",
    ),
    (_again("occupation_skill"), "retraining.occupation_skill key_wrong"),
    (_seen("retraining.occupation_skill", ";", " offset 1;"), "retraining.occupation_skill rows_differ"),
    *(
        (
            f"update mart.occupation_skill set {share} = 1.01, is_essential = true, weight = 1, is_required = true",
            f"retraining.occupation_skill {share}_out_of_range",
        )
        for share in ("reference_share", "vacancy_share")
    ),
    (
        "update mart.occupation_skill set vacancy_share = null, reference_share = 0.04, weight = 0.04, "
        "is_required = false, is_essential = false",
        "retraining.occupation_skill weight_out_of_range",
    ),
    (
        "update mart.occupation_skill set is_required = not is_required",
        "retraining.occupation_skill required_wrong",
    ),
    (_again("pathway"), "mart.pathway key_wrong"),
    (f"update mart.pathway set similarity = 1.01 where {FIRST_PAIR}", "mart.pathway similarity_out_of_range"),
    (f"update mart.pathway set transferability = 0.09 where {FIRST_PAIR}", "mart.pathway transferability_out_of_range"),
    (f"update mart.pathway set to_isco_code = '2511' where {FIRST_PAIR}", "mart.pathway path_to_itself"),
    ("update mart.pathway set skills_missing = skills_shared", "mart.pathway skill_shared_and_missing"),
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


def test_every_rule_has_a_mistake() -> None:
    made = {rule for _, expected in CASES for rule in expected.split(", ")}
    rules = {
        f"{suite.relation.name}{f' {group}' if suite.relation.name == 'ops.freshness' else ''} {each.rule.rule_id}"
        for group in GROUPS
        for suite in mart_suites(group)
        for each in suite.rules
    }
    assert rules == made


def test_a_good_world_is_valid_and_not_looked_at_twice(world: World) -> None:
    for group in GROUPS:
        report = world.validate(group)
        assert [each.describe() for each in report.findings if each.unexpected_count] == []
        assert report.page is not None
        assert world.begin(group) is None
    views = {view for group in GROUPS for view in VIEWS[group]}
    query = "select view_name from ops.freshness where is_valid and validated_at is not null"
    assert {row[0] for row in _rows(world.url, query)} == views
    assert _rows(world.url, "select count(*) from ops.mart_validation where is_valid and change_seq = 1") == [(2,)]


def test_a_run_is_due_after_a_change_a_day_an_hour_or_a_failure(good_world: World) -> None:
    finish = "update ops.mart_validation set finished_at = now(), is_valid = true where mart_validation_id = %s"
    for change in (
        "update ops.mart_state set change_seq = change_seq + 1",
        "update ops.mart_state set as_of_date = as_of_date - 1",
        "update ops.mart_validation set finished_at = finished_at - interval '61 minutes'",
        "update ops.mart_validation set is_valid = false where is_valid",
    ):
        with psycopg.connect(connection_string(good_world.url), autocommit=True) as connection:
            connection.execute(finish, (good_world.begin("profile"),))
            assert good_world.begin("profile") is None, change
            connection.execute(change.encode())
            assert good_world.begin("profile") is not None, change
            connection.execute("delete from ops.mart_validation")


def test_a_failed_run_marks_its_views_and_says_rule_count_and_remedy(world: World) -> None:
    # One rule that is a query, one of Great Expectations' own, one of a row count, and a warning.
    with psycopg.connect(connection_string(world.url)) as connection:
        connection.execute("update mart.person_skill set source_ids = '{}' where certificate_ids <> '{c1}'")
        connection.execute("update mart.certificate set status = 'lost' where certificate_id in ('c1', 'c2', 'c3')")
        connection.execute("delete from mart.course")
        connection.execute("update ops.freshness set last_event_at = '2026-01-01' where view_name = 'profile.student'")
    with pytest.raises(MartsInvalidError) as failed:
        world.validate("profile")
    told = str(failed.value)
    assert "profile.certificate: status_unknown (3 rows). The status of a certificate is none of those known." in told
    assert "mart.person_skill: evidence_wrong (8 rows)." in told
    assert "retraining.course: rows_differ (1 row)." in told
    assert told.count("`arna mart rebuild`") == 4
    assert "events_stopped" not in told
    failing = _rows(
        world.url,
        "select entity, rule_id, severity, unexpected_count, evaluated_count from ops.validation "
        "where not is_success order by 1, 2",
    )
    assert failing == [
        ("mart.course_skill", "course_unknown", "critical", 1, 1),
        ("mart.person_skill", "evidence_wrong", "critical", 8, 9),
        ("ops.freshness", "events_stopped", "warning", 1, sum(map(len, VIEWS.values()))),
        ("profile.certificate", "status_unknown", "critical", 3, 9),
        ("retraining.course", "rows_differ", "critical", 1, 1),
    ]
    assert _rows(
        world.url, "select view_name from ops.freshness where mart_group = 'profile' and not is_valid order by 1"
    ) == [("profile.certificate",), ("profile.skill",), ("retraining.course",)]
    assert _rows(world.url, "select is_valid from ops.mart_validation") == [(False,)]
    assert world.begin("profile") is not None
    page = (world.settings.home / "data_docs" / "profile" / "run-1.html").read_text()
    assert "3 of 9 rows of profile.certificate" in page
    for value in (str(person_token(1)), "'lost'", "501240000013", "urn:test"):
        assert value not in page
        assert value not in told
