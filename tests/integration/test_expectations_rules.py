"""Each rule, on real PostgreSQL: one event that breaks it, among events that do not."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from arna import batches
from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.settings import Settings
from arna.warehouse.database import Database, connection_string
from expectations.runner import load_batch, validate_batch
from expectations.suites import quality_rules
from tests.support.landed import land, register_source
from tests.support.samples import SAMPLE_TIME, sample_data, sample_event
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

_UNTESTABLE = {
    "batch_volume",  # see test_batches: the stage cannot differ from the ledger without a fault
    "source_wrong",
    "isced_level_unknown",  # the contract refuses what the reference does not have
    "education_level_unknown",
}


def _nested(entity, field, **values):
    return {field: sample_data(entity)[field] | values}


def _school(**values):
    return {
        "organisation": sample_data(Entity.ENROLMENT)["organisation"] | {"kind": "school"},
        "programme": sample_data(Entity.ENROLMENT)["programme"] | {"isced_level": 2},
        "year_of_study": None,
        "grade": 7,
    } | values


E, C, V = Entity.ENROLMENT, Entity.CERTIFICATION, Entity.VACANCY
_SALARY = {"currency": "KZT", "period": "month", "gross": True}

CASES = [
    (E, "end_before_begin", "ended", {"end_date": "2025-08-31", "exit_type": "withdrawn"}),
    (E, "begin_before_birth", None, {"begin_date": "1790-01-01"}),
    (E, "begin_far_ahead", None, {"begin_date": "2028-01-01"}),
    (E, "ended_without_exit", "ended", {"exit_type": None}),
    (E, "ended_without_end_date", "ended", {"end_date": None}),
    (E, "exit_while_active", "changed", {"exit_type": "dropout"}),
    (E, "voided_with_exit", "voided", {"exit_type": "other"}),
    (E, "grade_outside_school", None, {"grade": 12, "programme": _nested(E, "programme", isced_level=3)["programme"]}),
    (E, "grade_level_mismatch", None, _school(grade=11)),
    (E, "grade_missing", None, _school(grade=None)),
    (E, "year_of_study_in_school", None, _school(year_of_study=2)),
    (E, "level_organisation_mismatch", None, _nested(E, "programme", isced_level=1)),
    (E, "year_of_study_implausible", None, {"year_of_study": 9}),
    (E, "region_unknown", None, {"kato": "991010000"}),
    (E, "kato_unknown", None, {"kato": "759999999"}),
    (E, "state_language_name_missing", None, _nested(E, "programme", name={"en": "Data"})),
    (C, "until_before_from", None, {"valid_until": "2026-04-30"}),
    (C, "awarded_in_future", None, {"awarded_on": "2026-06-03", "valid_from": "2026-06-03"}),
    (C, "award_before_birth", None, {"awarded_on": "1790-01-01"}),
    (C, "valid_before_award", None, {"valid_from": "2026-04-29"}),
    (C, "revoked_without_reason", "revoked", {"revocation_reason": None}),
    (C, "reason_while_valid", None, {"revocation_reason": "typo"}),
    (C, "score_negative", None, {"result": {"kind": "score", "value": -1, "max": 10}}),
    (C, "score_above_max", None, {"result": {"kind": "score", "value": 11, "max": 10}}),
    (C, "percent_out_of_range", None, {"result": {"kind": "percent", "value": 120}}),
    (C, "score_without_max", None, {"result": {"kind": "score", "value": 7}}),
    (C, "achievement_type_not_allowed", None, _nested(C, "achievement", type="ResearchDoctorate")),
    (C, "hours_implausible", None, _nested(C, "achievement", hours=0)),
    (C, "licence_without_expiry", None, _nested(C, "achievement", type="License") | {"valid_until": None}),
    (C, "skills_missing", None, _nested(C, "achievement", skills=[])),
    (C, "evidence_not_https", None, {"evidence_url": "http://example.kz/1"}),
    (C, "state_language_name_missing", None, _nested(C, "achievement", name={"en": "Data"})),
    (V, "deadline_before_publication", None, {"published_on": "2026-05-02", "valid_through": "2026-05-01"}),
    (V, "published_in_future", None, {"published_on": "2026-06-03", "valid_through": "2026-07-01"}),
    (V, "open_past_deadline", None, {"published_on": "2026-01-01", "valid_through": "2026-02-01"}),
    (V, "salary_min_above_max", None, {"salary": {"min": 900_000, "max": 500_000, **_SALARY}}),
    (V, "currency_unknown", None, {"salary": {"min": 500_000, **_SALARY, "currency": "XYZ"}}),
    (V, "salary_not_positive", None, {"salary": {"max": 0, **_SALARY, "currency": "USD"}}),
    (V, "salary_without_amount", None, {"salary": _SALARY}),
    (V, "salary_below_minimum", None, {"salary": {"max": 40_000, **_SALARY}}),
    (V, "occupation_unknown", None, {"occupation": {"code": "9999-9", "scheme": "nkz"}}),
    (V, "skills_missing", None, {"skills": []}),
    (V, "openings_implausible", None, {"openings": 5_000}),
    (V, "experience_implausible", None, {"experience_months": 600}),
    (V, "title_without_letters", None, {"title": "12-34"}),
    (V, "replaces_itself", None, {"replaces_vacancy_id": "vacancy-1"}),
    (V, "replaced_vacancy_unknown", None, {"replaces_vacancy_id": "vacancy-999"}),
    (V, "region_unknown", None, {"kato": "991010000"}),
    (V, "kato_unknown", None, {"kato": "759999999"}),
]


@pytest.fixture
def warehouse(database_url, tmp_path):
    settings = Settings(
        home=tmp_path, warehouse_url=database_url, warehouse_loader_url=role_url(database_url, "arna_loader")
    )
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute(
            "insert into ref.kato (kato_code, valid_from, region_code) "
            "select code, '2020-01-01', left(code, 2) from unnest(%s::text[]) as code",
            (["100000000", "110000000", "351000000", "630000000", "711000000", "751000000", "791000000"],),
        )
        connection.execute(
            "insert into ref.occupation (scheme, occupation_code, valid_from) values ('nkz', '2512-1', '2020-01-01')"
        )
    register_source(database_url, achievement_types=["Course", "License"])
    with Database(settings.warehouse_loader_url) as db:
        yield database_url, db, settings


def process(warehouse, entity):
    """Claims, validates and loads one batch; returns its number and its settlement."""
    _, db, settings = warehouse
    batch = batches.claim(db, entity, settings.batch_max_events)
    assert batch is not None
    validate_batch(db, settings, batch.batch_id)
    return batch.batch_id, load_batch(db, settings, batch.batch_id)


def query(url, statement, *params):
    with psycopg.connect(connection_string(url)) as connection:
        return connection.execute(statement, params).fetchall()


def test_every_rule_has_a_case():
    covered = {(entity, rule_id) for entity, rule_id, _, _ in CASES}
    elsewhere = _UNTESTABLE | {"birth_date_disagrees", "time_runs_back", "version_repeated"}
    missing = {
        (entity, quality.rule.rule_id)
        for entity in Entity
        for quality in quality_rules(entity)
        if quality.rule.rule_id not in elsewhere
    } - covered
    assert not missing


@pytest.mark.parametrize("entity", list(Entity))
def test_only_the_events_that_break_a_rule_are_marked_with_it(warehouse, entity):
    url, _, _ = warehouse
    cases = [case for case in CASES if case[0] is entity]
    good = [sample_event(entity, number=1000 + number) for number in range(len(cases) * 2)]
    # Every event of the batch is at once the good neighbour of all the others.
    broken = [
        sample_event(entity, number=number, action=action, **(overrides | _itself(rule_id, number)))
        for number, (_, rule_id, action, overrides) in enumerate(cases, start=1)
    ]
    offsets = land(url, entity, [*good, *broken])[len(good) :]
    _, settlement = process(warehouse, entity)
    rules = {quality.rule.rule_id: quality for quality in quality_rules(entity)}
    rejected = dict(query(url, 'select "offset", array[rule_id] || also_failed from ops.rejection'))
    warned = dict(query(url, f'select "offset", warnings from core.{entity} where warnings <> %s', []))
    for offset, (_, rule_id, _, _) in zip(offsets, cases, strict=True):
        if rules[rule_id].is_critical:
            assert rejected.pop(offset) == [rule_id], rule_id
        else:
            assert set(warned.pop(offset)) == {rule_id}, rule_id
    assert rejected == {}
    assert warned == {}
    assert settlement.loaded == len(good) + sum(not rules[case[1]].is_critical for case in cases)


def _itself(rule_id, number):
    return {"replaces_vacancy_id": f"vacancy-{number}"} if rule_id == "replaces_itself" else {}


def test_rejection_tells_class_pointer_and_three_languages(warehouse):
    url, _, _ = warehouse
    land(url, E, [sample_event(E, kato="991010000"), sample_event(E, number=2, action="ended", exit_type=None)])
    process(warehouse, E)
    rows = query(
        url,
        "select rejection_class, rule_id, pointer, stage, severity, message_kk <> '' and message_ru <> '' "
        "and message_en <> '', source_uri is not null, event_id is not null, topic_name from ops.rejection order by 2",
    )
    assert rows == [
        ("rule_failed", "ended_without_exit", "/exit_type", "load", "critical", True, True, True, "arna.enrolment.v1"),
        ("reference_unknown", "region_unknown", "/kato", "load", "critical", True, True, True, "arna.enrolment.v1"),
    ]
    # Invariant C8: each rejection has its dead letter.
    assert query(url, "select count(*) from ops.outbox where topic_name = 'dlq.arna.enrolment.v1'") == [(2,)]


def test_another_birth_date_for_the_same_number_is_flagged_in_the_batch_and_against_core(warehouse):
    url, _, _ = warehouse
    person = {"iin": make_synthetic_iin(7), "birth_date": "1899-01-02"}
    land(url, E, [sample_event(E, number=1, person=person)])
    process(warehouse, E)
    land(
        url,
        C,
        [
            sample_event(C, number=1, person=person),
            sample_event(C, number=2, person=person | {"birth_date": "1898-01-02"}),
            sample_event(C, number=3, person={"iin": person["iin"]}),
            sample_event(C, number=4),
        ],
    )
    process(warehouse, C)
    assert query(url, "select certificate_id, warnings from core.certification order by 1") == [
        ("certificate-1", ["birth_date_disagrees"]),
        ("certificate-2", ["birth_date_disagrees"]),
        ("certificate-3", []),
        ("certificate-4", []),
    ]


def test_time_that_runs_back_is_flagged_in_the_batch_and_against_core(warehouse):
    url, _, _ = warehouse
    later = SAMPLE_TIME + timedelta(days=2)
    land(url, V, [sample_event(V, number=1, occurred_at=later), sample_event(V, number=2, occurred_at=later)])
    process(warehouse, V)
    land(
        url,
        V,
        [
            sample_event(V, number=1, record_version=2, action="amended", occurred_at=SAMPLE_TIME),
            sample_event(V, number=3, record_version=1, occurred_at=later),
            sample_event(V, number=3, record_version=2, action="amended", occurred_at=SAMPLE_TIME),
            sample_event(V, number=4),
        ],
    )
    process(warehouse, V)
    assert query(
        url, "select vacancy_id, record_version, warnings from core.vacancy where warnings <> %s order by 1, 2", []
    ) == [("vacancy-1", 2, ["time_runs_back"]), ("vacancy-3", 2, ["time_runs_back"])]


def test_results_and_data_docs_hold_counts_and_no_values(warehouse, tmp_path):
    url, _, _ = warehouse
    bad = sample_event(C, number=5, result={"kind": "percent", "value": 777}, evidence_url="http://secret.kz/x")
    land(url, C, [bad, sample_event(C, number=6)])
    batch_id, _ = process(warehouse, C)
    results = dict(
        query(url, "select rule_id, (is_success, unexpected_count, evaluated_count)::text from ops.validation")
    )
    assert results["percent_out_of_range"] == "(f,1,2)"
    assert results["until_before_from"] == "(t,0,2)"
    assert results["batch_reject_ratio"] == "(t,1,2)"
    page = (tmp_path / "data_docs" / "certification" / f"batch-{batch_id}.html").read_text()
    assert "percent_out_of_range" in page
    assert "1 of 2" in page
    person = query(url, "select person_token::text, birth_date::text from core.certification")[0]
    for value in (*person, "777", "secret.kz", "certificate-5", "certificate-6"):
        assert value not in page
