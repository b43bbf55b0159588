"""Who sees which rows: scopes of readers through the views, as the readers themselves."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from arna.cli.main import build_app
from arna.errors import ConfigError
from arna.readers import Scope, add_reader, list_readers, revoke_reader, set_scope
from arna.settings import get_settings
from arna.warehouse.database import Database
from tests.support.core_rows import CoreWriter, person_token
from tests.support.reading import ALMATY, ASTANA, COLLEGE, UNIVERSITY, Readers, reading, refresh_marts, settle
from tests.support.stack import create_database, drop_database

pytestmark = pytest.mark.integration

PERSON_VIEWS = ("profile.student", "profile.education_history", "profile.certificate", "profile.skill")
DEMAND_VIEWS = ("retraining.skill_demand", "retraining.occupation_demand")
REGION_VIEWS = (*DEMAND_VIEWS, "retraining.skill_supply", "retraining.skill_gap")
OF_CERTIFICATES = ("profile.certificate", "profile.skill")
DAY = "2026-03-14"
EVERYONE = {1, 2, 3, 4, 5, 6}
WITHOUT_ENROLMENT = {7}


@pytest.fixture(scope="module")
def country(postgres_server_url: str, database_template: str) -> Iterator[str]:
    """A database that the tests of this module only read."""
    name = f"arna_country_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_server_url, name, database_template)
    settle(url)
    yield url
    drop_database(postgres_server_url, name)


@pytest.fixture
def readers(request: pytest.FixtureRequest) -> Iterator[Readers]:
    made = Readers(request.getfixturevalue("country" if "country" in request.fixturenames else "database_url"))
    yield made
    made.drop()


def people(connection: psycopg.Connection, relation: str, *arguments: str) -> set[int]:
    """Numbers of the people in a view, or in what a function of a view gives."""
    query = sql.SQL("select distinct person_key from {}").format(sql.Identifier(*relation.split(".")))
    if arguments:
        query += sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, arguments)))
    return {row[0].int for row in connection.execute(query)}


def regions(connection: psycopg.Connection, view: str) -> set[str]:
    query = sql.SQL("select distinct region_code from {}").format(sql.Identifier(*view.split(".")))
    return {row[0] for row in connection.execute(query)}


@pytest.mark.parametrize(
    ("scope", "seen", "figures"),
    [
        (Scope(organisation_bins=(COLLEGE,)), {1, 2, 5, 6}, set()),
        (Scope(organisation_bins=(UNIVERSITY,)), {3, 4, 6}, set()),
        (Scope(organisation_bins=(COLLEGE, UNIVERSITY)), EVERYONE, set()),
        (Scope(region_codes=(ALMATY,)), {5, 6}, {ALMATY}),
        (Scope(organisation_bins=(COLLEGE,), region_codes=(ALMATY,)), {5, 6}, {ALMATY}),
        # Number 6 was at the college and is in Astana, but not by one enrolment.
        (Scope(organisation_bins=(COLLEGE,), region_codes=(ASTANA,)), {1, 2}, {ASTANA}),
        (Scope(region_codes=("10",)), set(), set()),
        (Scope(is_national=True), EVERYONE | WITHOUT_ENROLMENT, {ASTANA, ALMATY, "ZZ"}),
    ],
    ids=["college", "university", "both", "region", "college-there", "college-here", "elsewhere", "national"],
)
def test_a_reader_sees_the_people_with_an_enrolment_in_its_scope_and_the_figures_of_its_regions(
    scope: Scope, seen: set[int], figures: set[str], country: str, readers: Readers
) -> None:
    with reading(country, readers.add(scope)) as reader:
        for view in PERSON_VIEWS:
            expected = seen if view in OF_CERTIFICATES else seen - WITHOUT_ENROLMENT
            assert people(reader, view) == expected
            assert people(reader, f"{view}_as_known", DAY) == expected
            assert people(reader, f"{view}_as_was", DAY) == expected
        for view in REGION_VIEWS:
            # No vacancy is in an unknown place.
            assert regions(reader, view) == (figures - {"ZZ"} if view in DEMAND_VIEWS else figures)


@pytest.mark.parametrize("role", ["profile_reader", "retraining_reader", "arna_loader", "arna_engineer", "postgres"])
def test_the_reader_roles_themselves_and_the_staff_see_the_country(role: str, country: str) -> None:
    with reading(country, role) as reader:
        if role != "retraining_reader":
            assert people(reader, "profile.certificate") == EVERYONE | WITHOUT_ENROLMENT
        if role != "profile_reader":
            assert regions(reader, "retraining.skill_supply") == {ASTANA, ALMATY, "ZZ"}


@pytest.mark.parametrize(
    ("scope", "organisations"),
    [
        (Scope(organisation_bins=(COLLEGE,)), {COLLEGE}),
        (Scope(region_codes=(ALMATY,)), {COLLEGE}),
        (Scope(region_codes=(ASTANA,)), {COLLEGE, UNIVERSITY}),
        (Scope(region_codes=("10",)), set()),
    ],
)
def test_outcomes_of_programmes_are_of_the_organisations_in_scope_and_demand_is_the_countrys(
    scope: Scope, organisations: set[str], country: str, readers: Readers
) -> None:
    # Nobody here is certified often enough to say what a programme teaches.
    taught = "array(select skill_key from mart.skill where mart_group = 'retraining')"
    readers.execute(f"update mart.programme_outcome set taught_skill_keys = {taught}")
    query = "select organisation_bin, cohort_year, demand_openings_avg from profile.programme_outcome"
    with reading(country, "profile_reader") as national, reading(country, readers.add(scope)) as reader:
        everything = national.execute(query).fetchall()
        assert {row[0] for row in everything if row[2] > 0} == {COLLEGE, UNIVERSITY}
        found = reader.execute(query).fetchall()
        assert sorted(found) == sorted(row for row in everything if row[0] in organisations)


def test_sums_over_the_country_are_the_same_for_everybody(country: str, readers: Readers) -> None:
    name = readers.add(Scope(region_codes=(ALMATY,)))
    readers.execute(
        "insert into mart.pathway (from_isco_code, to_isco_code, similarity, transferability, skills_shared, "
        "skills_missing) values ('2511', 'unknown', 1, 1, '{{}}', '{{}}')"
    )
    with reading(country, "retraining_reader") as national, reading(country, name) as reader:
        for query in (
            "select to_vacancies_today from retraining.pathway",
            "select * from retraining.skill_gap_country",
        ):
            assert reader.execute(query).fetchall() == national.execute(query).fetchall()
        assert reader.execute("select to_vacancies_today from retraining.pathway").fetchall() == [(2,)]
        assert reader.execute("select sum(vacancies_today) from retraining.occupation_demand").fetchone() == (1,)


def test_occupations_that_fit_are_shown_for_people_in_scope_with_the_vacancies_of_the_country(
    country: str, readers: Readers
) -> None:
    readers.execute(
        "insert into mart.occupation_skill (isco_code, skill_key, is_essential, vacancy_count, weight, is_required) "
        "select distinct 'unknown', skill_key, true, 0, 1, true from mart.person_skill on conflict do nothing"
    )
    query = (
        "select person_key, isco_code, match_score, vacancies_in_region, vacancies_in_country from profile.career_match"
    )
    with (
        reading(country, "profile_reader") as national,
        reading(country, readers.add(Scope(organisation_bins=(COLLEGE,)))) as reader,
    ):
        everybody = national.execute(query).fetchall()
        assert {row[4] for row in everybody} == {2}
        found = reader.execute(query).fetchall()
        assert {row[0].int for row in found} == {1, 2, 5, 6}
        assert set(found) == {row for row in everybody if row[0].int in {1, 2, 5, 6}}


def test_a_look_up_of_another_day_finds_nobody_outside_the_scope(country: str, readers: Readers) -> None:
    with reading(country, readers.add(Scope(region_codes=(ALMATY,)))) as reader:
        for person, count in ((5, 1), (3, 0)):
            query = "select count(*) from profile.certificate_as_known(%s, %s)"
            assert reader.execute(query, [DAY, person_token(person)]).fetchone() == (count,)


def test_a_member_that_was_never_registered_sees_nothing(country: str, readers: Readers) -> None:
    with reading(country, readers.add(None)) as reader:
        assert not any(people(reader, view) for view in PERSON_VIEWS)
        assert not any(regions(reader, view) for view in REGION_VIEWS)


def test_a_member_of_the_staff_is_no_reader_and_sees_the_country(country: str, readers: Readers) -> None:
    name = readers.role()
    readers.execute("grant arna_engineer to {}", name)
    with reading(country, name) as reader:
        assert people(reader, "profile.student") == EVERYONE


def test_setting_another_role_lifts_no_restriction(country: str, readers: Readers) -> None:
    restricted = readers.add(Scope(region_codes=(ALMATY,)))
    with reading(country, restricted) as reader:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("set role profile_reader")
        # Even where an administrator granted the right to.
        readers.execute("grant profile_reader to {} with set true", restricted)
        reader.execute("set role profile_reader")
        assert people(reader, "profile.student") == {5, 6}
    unregistered = readers.add(None)
    with reading(country, unregistered) as reader:
        reader.execute("set role profile_reader")
        assert people(reader, "profile.student") == set()


def test_a_pool_that_becomes_a_reader_sees_what_that_reader_sees(country: str, readers: Readers) -> None:
    restricted = readers.add(Scope(region_codes=(ALMATY,)))
    pool = readers.role("login noinherit")
    readers.execute("grant {} to {} with inherit false, set true", restricted, pool)
    with reading(country, pool) as reader:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            people(reader, "profile.student")
        reader.execute(sql.SQL("set role {}").format(sql.Identifier(restricted)))
        assert people(reader, "profile.student") == {5, 6}


def test_a_voided_enrolment_opens_nothing(database_url: str, readers: Readers) -> None:
    settle(database_url)
    name = readers.add(Scope(region_codes=(ALMATY,)))
    writer = CoreWriter(database_url)
    voided = {"id": "e5", "version": 2, "person": 5, "kato_code": f"{ALMATY}0000000", "status": "voided"}
    writer.load({"enrolment": [{"organisation_bin": COLLEGE, "birth_date": "2000-01-05", **voided}]})
    writer.close()
    refresh_marts(database_url)
    with reading(database_url, name) as reader:
        assert people(reader, "profile.certificate") == {6}


def test_a_change_of_scope_holds_from_the_next_query_also_for_a_prepared_one(country: str, readers: Readers) -> None:
    name = readers.add(Scope(region_codes=(ALMATY,)))
    with reading(country, name) as reader, Database(country) as owner:
        reader.execute("prepare seen as select count(*) from profile.student")
        assert reader.execute("execute seen").fetchone() == (2,)
        set_scope(owner, name, Scope(organisation_bins=(UNIVERSITY,)))
        assert reader.execute("execute seen").fetchone() == (3,)
        set_scope(owner, name, Scope(is_national=True))
        assert reader.execute("execute seen").fetchone() == (6,)
        readers.execute("delete from ops.reader_scope")
        assert reader.execute("execute seen").fetchone() == (0,)


def test_only_the_verifier_of_a_password_is_stored(country: str, readers: Readers) -> None:
    name = readers.role("")
    with Database(country) as owner:
        added = add_reader(owner, name, ["profile"], Scope(is_national=True), note="Ministry")
        assert added.is_new_role
        assert added.password is not None
        with owner.session() as session:
            [row] = session.run_sql("select rolpassword from pg_authid where rolname = %s", [name])
            settings = session.run_sql("select setconfig from pg_db_role_setting where setrole = %s::regrole", [name])
    assert row["rolpassword"].startswith("SCRAM-SHA-256$")
    assert added.password not in row["rolpassword"]
    assert settings == [{"setconfig": ["default_transaction_read_only=on"]}]
    assert added.password not in repr(added)


def test_an_existing_role_is_registered_and_keeps_its_password(country: str, readers: Readers) -> None:
    name = readers.role("login password 'as-it-was-before'")
    before = _verifier(country, name)
    with Database(country) as owner:
        assert add_reader(owner, name, ["profile"], Scope(region_codes=(ALMATY,))).password is None
        assert _verifier(country, name) == before
        added = add_reader(owner, name, ["profile"], Scope(region_codes=(ALMATY,)), password="another-one-of-16")
        assert (added.is_new_role, added.password) == (False, None)
    assert _verifier(country, name) != before


@pytest.mark.parametrize(
    ("name", "statement", "sentence"),
    [
        ("Upper", "", "cannot be the name"),
        ("arna_loader", "", "role of Arna"),
        ("profile_reader", "", "role of Arna"),
        (None, "create role {} login superuser", "is a superuser"),
        (None, "create role {} login createrole", "may make roles"),
        (None, "create role {} login bypassrls", "bypass policies"),
        (None, "create role {} nologin", "cannot log in"),
        (None, "create role {} login in role arna_engineer", "member of arna_engineer"),
    ],
)
def test_a_role_that_may_do_more_than_read_is_no_reader(
    name: str | None, statement: str, sentence: str, country: str, readers: Readers
) -> None:
    name = name or readers.role("")
    if statement:
        readers.execute(statement, name)
    with Database(country) as owner, pytest.raises(ConfigError, match=sentence):
        add_reader(owner, name, ["profile"], Scope(is_national=True))


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        (Scope(organisation_bins=("501240000012",)), "not a BIN"),
        (Scope(region_codes=("98",)), "no region 98"),
        (Scope(), "not clear"),
        (Scope(is_national=True, region_codes=(ALMATY,)), "not clear"),
    ],
)
def test_a_scope_that_will_not_do_makes_no_role(scope: Scope, sentence: str, country: str, readers: Readers) -> None:
    name = readers.role("")
    with Database(country) as owner:
        with pytest.raises(ConfigError, match=sentence):
            add_reader(owner, name, ["profile"], scope)
        assert name not in {reader.role_name for reader in list_readers(owner)}
        assert owner.fetch_one("readers/find_role.sql", {"role_name": name}) is None


def test_revoking_ends_open_sessions_and_reading(country: str, readers: Readers) -> None:
    name = readers.add(Scope(is_national=True))
    with reading(country, name) as reader, Database(country) as owner:
        assert people(reader, "profile.student") == EVERYONE
        assert revoke_reader(owner, name) == 1
        with pytest.raises(psycopg.OperationalError):
            reader.execute("select 1")
    with reading(country, name) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        people(reader, "profile.student")
    with Database(country) as owner, pytest.raises(ConfigError, match="is no reader"):
        revoke_reader(owner, name)


def test_a_role_that_is_needed_elsewhere_is_not_dropped(country: str, readers: Readers) -> None:
    name = readers.add(Scope(is_national=True))
    readers.execute("grant usage on schema ops to {}", name)
    with Database(country) as owner:
        with pytest.raises(ConfigError, match="elsewhere on the server"):
            revoke_reader(owner, name, drop=True)
        assert name in {reader.role_name for reader in list_readers(owner)}
        readers.execute("revoke usage on schema ops from {}", name)
        revoke_reader(owner, name, drop=True)
        assert owner.fetch_one("readers/find_role.sql", {"role_name": name}) is None


def test_the_commands_add_list_restrict_unrestrict_and_revoke(
    country: str, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", country)
    get_settings.cache_clear()
    name = readers.role("")
    try:
        added = _arna("add", name, "--system", "profile", "--bin", COLLEGE, "--region", ALMATY, "--note", "Branch")
        assert added.exit_code == 0
        assert len(added.stdout.strip()) == 32
        assert f"organisations {COLLEGE} in regions {ALMATY}" in added.stderr
        assert _listed(name) == ("part", ["profile"], [COLLEGE], [ALMATY], "Branch")
        assert _arna("restrict", name, "--region", ASTANA, "--region", ALMATY).exit_code == 0
        assert _listed(name) == ("part", ["profile"], None, [ASTANA, ALMATY], "Branch")
        assert _arna("unrestrict", name, "--note", "Ministry").exit_code == 0
        assert _listed(name) == ("country", ["profile"], None, None, "Ministry")
        assert name in _arna("list").stdout
        given = _arna(
            "add", name, "--system", "retraining", "--national", "--password-stdin", given="a-password-of-20-char\n"
        )
        assert (given.exit_code, given.stdout) == (0, "")
        assert _listed(name)[1] == ["profile", "retraining"]
        readers.execute("delete from ops.reader_scope")
        assert _listed(name)[0] == "nothing"
        assert "Sessions ended: 0." in _arna("revoke", name, "--drop").stdout
        for wrong in (["add", name, "--system", "profile"], ["restrict", name]):
            refused = _arna(*wrong)
            assert refused.exit_code == 2
            assert "say what it sees" in refused.stderr
    finally:
        get_settings.cache_clear()


def _arna(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(build_app(), ["reader", *arguments], input=given, env={"COLUMNS": "200"})


def _listed(name: str) -> tuple[object, ...]:
    [reader] = [one for one in json.loads(_arna("list", "--json").stdout) if one["role_name"] == name]
    return tuple(reader[key] for key in ("sees", "systems", "organisation_bins", "region_codes", "note"))


def _verifier(url: str, name: str) -> str:
    with Database(url) as owner, owner.session() as session:
        [row] = session.run_sql("select rolpassword from pg_authid where rolname = %s", [name])
    return str(row["rolpassword"])
