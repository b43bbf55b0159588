"""Ways round a restriction: conditions that tell what they see, errors that quote, statistics, shadowed names."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from arna.readers import Scope
from tests.support.reading import ASTANA, COLLEGE, Readers, reading, settle
from tests.support.stack import create_database, drop_database

pytestmark = pytest.mark.integration

# The learners of the college in Astana are 1 and 2; their programmes are named by numbers, others by a secret.
SCOPE = Scope(organisation_bins=(COLLEGE,), region_codes=(ASTANA,))
SEEN = {1, 2}
SECRET = "Тайна"
VIEWS = {
    "profile.student": "person_key",
    "profile.education_history": "person_key",
    "profile.certificate": "person_key",
    "profile.skill": "person_key",
    "retraining.skill_supply": "region_code",
    "retraining.skill_demand": "region_code",
    "retraining.occupation_demand": "region_code",
    "retraining.skill_gap": "region_code",
}


@pytest.fixture(scope="module")
def country(postgres_server_url: str, database_template: str) -> Iterator[str]:
    name = f"arna_leaks_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_server_url, name, database_template)
    settle(url)
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as owner:
        owner.execute("analyze")
    yield url
    drop_database(postgres_server_url, name)


@pytest.fixture(scope="module")
def readers(country: str) -> Iterator[Readers]:
    made = Readers(country)
    yield made
    made.drop()


@pytest.fixture(scope="module")
def restricted(readers: Readers) -> str:
    """A restricted reader that an administrator let make temporary functions."""
    name = readers.add(SCOPE)
    readers.execute("grant temporary on database {} to {}", _database(readers.url), name)
    readers.execute("alter role {} reset default_transaction_read_only", name)
    return name


def _database(url: str) -> str:
    return psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", "", 1))["dbname"]


STATEMENTS = {
    "where": "select * from {view} where pg_temp.tell({column}::text)",
    "join": "select count(*) from {view} as a full join {view} as b using ({column}) "
    "where pg_temp.tell({column}::text)",
    "exists": "select * from {view} as v where exists ("
    "select from {view} as w where w.{column} = v.{column} and pg_temp.tell(w.{column}::text))",
    "filter": "select max({column}::text) filter (where pg_temp.tell({column}::text)) from {view}",
    "order": "select * from {view} order by pg_temp.tell({column}::text) limit 1",
}


def _overheard(url: str, role: str, view: str, column: str) -> dict[str, set[str]]:
    """What a function in a condition is given when a role reads a view, told by notices; by kind of statement."""
    heard: dict[str, set[str]] = {}
    with reading(url, role) as reader:
        # As cheap as can be, so that the planner would call it first.
        reader.execute(
            "create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0000001 "
            "as $$ begin raise notice '%', $1; return true; end $$"
        )
        for kind, statement in STATEMENTS.items():
            told = heard[kind] = set()

            def listen(notice: psycopg.errors.Diagnostic, told: set[str] = told) -> None:
                told.add(notice.message_primary or "")

            reader.add_notice_handler(listen)
            names = {"view": sql.Identifier(*view.split(".")), "column": sql.Identifier(column)}
            reader.execute(sql.SQL(statement).format(**names)).fetchall()
            reader.remove_notice_handler(listen)
    return heard


@pytest.mark.parametrize("view", VIEWS)
def test_a_function_in_a_condition_is_given_no_hidden_row(view: str, country: str, restricted: str) -> None:
    column = VIEWS[view]
    seen = {str(uuid.UUID(int=person)) for person in SEEN} if column == "person_key" else {ASTANA}
    told = _overheard(country, restricted, view, column)
    assert told == dict.fromkeys(STATEMENTS, seen)
    # The ear works: in the owner's session it hears everybody.
    assert all(heard > seen for heard in _overheard(country, "postgres", view, column).values())


def test_a_cast_quotes_no_hidden_value(country: str, restricted: str) -> None:
    query = "select programme_name_ru::integer from profile.student where programme_name_ru::integer > 0"
    with reading(country, restricted) as reader:
        assert sorted(row[0] for row in reader.execute(query)) == [101, 202]
    with reading(country, "profile_reader") as reader, pytest.raises(psycopg.DataError, match=SECRET):
        reader.execute(query)


def test_a_division_by_zero_tells_nothing_of_hidden_rows(country: str, restricted: str) -> None:
    query = "select count(*) from profile.student where 1 / (extract(day from birth_date)::integer - 3) < 2"
    with reading(country, restricted) as reader:
        assert reader.execute(query).fetchone() == (2,)
    with reading(country, "profile_reader") as reader, pytest.raises(psycopg.DataError):
        reader.execute(query)


@pytest.mark.parametrize("view", VIEWS)
def test_a_plan_shows_no_hidden_value(view: str, country: str, restricted: str) -> None:
    query = sql.SQL("explain (analyze, verbose, format json) select * from {} where true").format(
        sql.Identifier(*view.split("."))
    )
    with reading(country, restricted) as reader:
        [(plan,)] = reader.execute(query).fetchall()
    text = json.dumps(plan, ensure_ascii=False)
    assert "reader_scope" in text
    assert SECRET not in text
    assert not [person for person in (3, 4, 5) if str(uuid.UUID(int=person)) in text]


def test_statistics_are_not_shown(country: str, restricted: str) -> None:
    with reading(country, restricted) as reader:
        shown = reader.execute("select distinct schemaname from pg_stats").fetchall()
        assert {row[0] for row in shown} <= {"pg_catalog", "information_schema", "ref"}
        assert reader.execute("select count(*) from pg_stats_ext").fetchone() == (0,)


def test_names_of_the_readers_own_shadow_nothing(country: str, restricted: str) -> None:
    with reading(country, restricted) as reader:
        reader.execute("create temporary table reader_scope (role_name text, is_national boolean)")
        reader.execute("insert into pg_temp.reader_scope values (current_user, true)")
        reader.execute("create temporary table person_place as select person_key from profile.student")
        reader.execute("create function pg_temp.reader_scope(out is_national boolean) language sql as 'select true'")
        reader.execute(
            "create function pg_temp.current_setting(text) returns text language sql as 'select ''postgres'''"
        )
        reader.execute("set search_path = pg_temp, pg_catalog, mart, ops")
        assert _count(reader, "profile.student") == 2


@pytest.mark.parametrize(
    "setting",
    [
        "role = 'none'",
        "arna.today = '2020-01-01'",
        "row_security = off",
        "search_path = ''",
        "session_replication_role = replica",
    ],
)
def test_no_setting_opens_more(setting: str, country: str, restricted: str) -> None:
    with reading(country, restricted) as reader:
        try:
            reader.execute("set " + setting)
        except psycopg.errors.InsufficientPrivilege:
            return
        try:
            assert _count(reader, "profile.student") == 2
        except psycopg.errors.InsufficientPrivilege:
            # Told to do without policies, PostgreSQL refuses where they would hold.
            assert setting == "row_security = off"


def test_a_cursor_and_a_copy_obey(country: str, restricted: str) -> None:
    with reading(country, restricted) as reader, reader.cursor() as cursor:
        with cursor.copy("copy (select person_key from profile.certificate) to stdout") as copy:
            assert {uuid.UUID(row[0]).int for row in copy.rows()} == {1, 2}
        with reader.transaction():
            reader.execute("declare seen scroll cursor for select person_key from profile.skill")
            assert {row[0].int for row in reader.execute("fetch all from seen")} == {1, 2}


def _count(reader: psycopg.Connection[Any], view: str) -> int:
    [(number,)] = reader.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(*view.split("."))))
    return int(number)
