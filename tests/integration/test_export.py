"""Exports on a real warehouse: exact values, whole files, and increments that add up to the whole."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg.rows import dict_row
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.errors import ConfigError
from arna.exporting import ExportOptions, Manifest, export, export_all, export_view, read_manifest
from arna.marts import GROUPS, VIEWS, find_view, refresh
from arna.warehouse.database import Database, StatementError, connection_string
from tests.support.core_rows import CoreWriter, with_today
from tests.support.exports import PULLED, Copy, full_rows
from tests.support.stack import role_url
from tests.support.worlds import add_reference, random_steps

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)
ALL_VIEWS = [view for group in GROUPS for view in VIEWS[group]]
DERIVED = [view for view in ALL_VIEWS if find_view(view)[1].table is None]
AWKWARD = 'Кеңсе "Жас",\n\t2-қабат\\ ;\r\n'


@pytest.fixture
def writer(database_url: str) -> Iterator[CoreWriter]:
    core = CoreWriter(database_url)
    yield core
    core.close()


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with Database(with_today(database_url, TODAY)) as database:
        yield database


def fill(writer: CoreWriter, db: Database) -> None:
    """People, certificates and vacancies with awkward values, and the marts of them."""
    certificates = [
        {"id": "a", "person": 1, "issuer_name": AWKWARD, "skills": ["Go", "SQL", AWKWARD], "hours": Decimal("72.5")},
        {
            "id": "b",
            "person": 1,
            "valid_until": TODAY,
            "evidence_url": "",
            "occurred_at": "2026-01-10T06:00:00.123456Z",
        },
        *({"id": f"c{number}", "person": 2 + number, "skills": ["Go"]} for number in range(6)),
    ]
    writer.load(
        {
            "enrolment": [{"id": f"e{number}", "person": number} for number in range(4)],
            "certification": certificates,
            "vacancy": [
                {
                    "id": f"v{number}",
                    "title": f"Work {number}",
                    "skills": ["Go", AWKWARD],
                    "occupation_scheme": "isco08",
                    "occupation_code": ("2511", "2512")[number % 2],
                }
                for number in range(10)
            ],
        }
    )
    refresh_all(db)


def refresh_all(db: Database) -> None:
    for group in GROUPS:
        refresh(db, group)


def rows_in(folder: Path) -> list[dict[str, Any]]:
    manifest = read_manifest(folder)
    return [row for file in manifest.files for row in pq.read_table(folder / file.name).to_pylist()]


def removed_in(folder: Path) -> list[dict[str, Any]]:
    manifest = read_manifest(folder)
    assert manifest.removed is not None
    return pq.read_table(folder / manifest.removed.name).to_pylist()


def as_parquet_has_it(value: Any, type_name: str = "") -> Any:
    if type_name == "jsonb":
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [as_parquet_has_it(one) for one in value]
    return in_utc(value)


def in_utc(value: Any) -> Any:
    """Two names of UTC are no difference."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def test_every_view_is_exported_value_by_value(
    database_url: str, writer: CoreWriter, db: Database, tmp_path: Path
) -> None:
    fill(writer, db)
    url = connection_string(with_today(database_url, TODAY))
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute("set timezone to 'UTC'")
        for view in ALL_VIEWS:
            manifest = export_view(db, view, tmp_path / view)
            expected = connection.execute(f"select * from {view}".encode()).fetchall()
            types = {column.name: column.type_name for column in manifest.columns}
            wanted = [{name: as_parquet_has_it(value, types[name]) for name, value in row.items()} for row in expected]
            found = [{name: in_utc(value) for name, value in row.items()} for row in rows_in(tmp_path / view)]
            assert sorted(found, key=str) == sorted(wanted, key=str), view
            assert expected, view
            assert manifest.rows == len(expected)
            assert [column.name for column in manifest.columns] == list(expected[0])


def test_types_are_those_of_the_catalogue(writer: CoreWriter, db: Database, tmp_path: Path) -> None:
    fill(writer, db)
    writer.execute("drop view profile.skill")
    writer.execute(
        """
        create view profile.skill as
        select
            k.*, 12.345::numeric(10, 4) as amount, array[1.5, null] as marks, array['2026-01-01'::date] as days,
            '{"a": 1}'::jsonb as extra, '2026-01-01 05:00+05'::timestamptz as at, null::text as nothing,
            ''::text as empty, true as yes
        from mart.person_skill as k
        where k.skill_key = 'local:sql'
        """
    )
    export_view(db, "profile.skill", tmp_path / "x")
    [row] = rows_in(tmp_path / "x")
    assert {name: row[name] for name in ("amount", "marks", "days", "extra", "at", "nothing", "empty", "yes")} == {
        "amount": Decimal("12.3450"),
        "marks": [1.5, None],
        "days": ["2026-01-01"],
        "extra": '{"a": 1}',
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "nothing": None,
        "empty": "",
        "yes": True,
    }
    types = {field.name: field.type for field in pq.read_schema(tmp_path / "x" / "part-00001.parquet")}
    assert types["amount"] == pa.decimal128(10, 4)
    assert (types["source_ids"], types["last_awarded_on"]) == (pa.list_(pa.int32()), pa.date32())
    assert (types["person_key"], types["best_result_percent"]) == (pa.string(), pa.float64())


def test_every_view_that_has_a_table_names_its_rows_by_the_key_of_the_table(
    writer: CoreWriter, db: Database, tmp_path: Path
) -> None:
    fill(writer, db)
    for view in PULLED:
        manifest = export_view(db, view, tmp_path / view)
        columns = {column.name for column in manifest.columns}
        assert set(manifest.key) < columns, view
        assert "change_seq" in columns, view
        keys = [tuple(row[name] for name in manifest.key) for row in rows_in(tmp_path / view)]
        assert len(set(keys)) == len(keys) > 0, view
        assert manifest.change_seq == 1
        assert set(manifest.untracked) < columns, view


def test_the_manifest_tells_what_was_written(
    writer: CoreWriter, db: Database, tmp_path: Path, monkeypatch: Any
) -> None:
    fill(writer, db)
    # A chunk of rows is not a file, and a file's end lies within a chunk.
    monkeypatch.setattr(export, "_CHUNK_ROWS", 3)
    told: list[tuple[str, int]] = []

    def progress(view: str, count: int) -> None:
        told.append((view, count))
        assert not (tmp_path / "x" / "manifest.json").exists()

    options = ExportOptions(rows_per_file=2)
    export_view(db, "profile.certificate", tmp_path / "x", options=options, progress=progress)
    manifest = json.loads((tmp_path / "x" / "manifest.json").read_text())
    assert [file["name"] for file in manifest["files"]] == [f"part-{number:05d}.parquet" for number in range(1, 5)]
    assert [file["rows"] for file in manifest["files"]] == [2, 2, 2, 2]
    assert told == [("profile.certificate", 3), ("profile.certificate", 3), ("profile.certificate", 2)]
    for file in manifest["files"]:
        content = (tmp_path / "x" / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    assert len({row["certificate_id"] for row in rows_in(tmp_path / "x")}) == manifest["rows"] == 8
    assert (manifest["since"], manifest["change_seq"], manifest["removed"]) == (None, 1, None)
    assert (manifest["key"], manifest["as_of_date"]) == (["source_id", "certificate_id"], "2026-03-15")
    assert manifest["freshness"]["last_event_at"] == "2026-01-10T06:00:00.123456+00:00"
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == sorted(
        ["manifest.json", *(file["name"] for file in manifest["files"])]
    )


def test_an_increment_has_what_changed_and_what_went(writer: CoreWriter, db: Database, tmp_path: Path) -> None:
    fill(writer, db)
    first = export_view(db, "profile.student", tmp_path / "1")
    nothing = export_view(db, "profile.student", tmp_path / "2", since=first)
    assert (nothing.rows, nothing.removed and nothing.removed.rows, len(nothing.files)) == (0, 0, 1)
    held = {row["enrolment_id"]: row["person_key"] for row in rows_in(tmp_path / "1")}
    changes = [
        {"id": "e1", "version": 2, "person": 1, "status": "voided"},
        {"id": "e2", "version": 2, "person": 2, "grade": 9},
    ]
    writer.load({"enrolment": [*changes, {"id": "e3", "version": 2, "person": 3, "status": "voided"}]})
    refresh_all(db)
    second = export_view(db, "profile.student", tmp_path / "3", since=1)
    assert (second.since, second.change_seq) == (1, 2)
    assert [row["enrolment_id"] for row in rows_in(tmp_path / "3")] == ["e2"]
    gone = [{"person_key": held[name], "change_seq": 2} for name in ("e1", "e3")]
    assert sorted(removed_in(tmp_path / "3"), key=str) == sorted(gone, key=str)
    # One comes back: it is a row again, and no removed key.
    writer.load({"enrolment": [{"id": "e3", "version": 3, "person": 3}]})
    refresh_all(db)
    export_view(db, "profile.student", tmp_path / "4", since=first)
    assert sorted(row["enrolment_id"] for row in rows_in(tmp_path / "4")) == ["e2", "e3"]
    assert removed_in(tmp_path / "4") == [{"person_key": held["e1"], "change_seq": 2}]


def test_a_refresh_in_the_middle_of_an_export_is_in_the_next_one(
    database_url: str, writer: CoreWriter, db: Database, tmp_path: Path
) -> None:
    fill(writer, db)

    def refresh_meanwhile(_view: str, _count: int) -> None:
        writer.load({"enrolment": [{"id": "e1", "person": 1, "version": 2, "status": "voided"}]})
        with Database(with_today(database_url, TODAY)) as other:
            refresh_all(other)

    first = export_view(db, "profile.student", tmp_path / "1", since=0, progress=refresh_meanwhile)
    assert (first.rows, first.change_seq, first.removed and first.removed.rows) == (4, 1, 0)
    second = export_view(db, "profile.student", tmp_path / "2", since=first)
    assert (second.rows, second.change_seq, second.removed and second.removed.rows) == (0, 2, 1)


def test_full_and_increments_are_the_full_at_the_end_while_refreshes_go_on(
    database_url: str, writer: CoreWriter, tmp_path: Path
) -> None:
    add_reference(writer)
    day, midnight = [TODAY], threading.Lock()
    steps = random_steps(1, TODAY, 18)
    errors: list[BaseException] = []
    is_done = threading.Event()

    def play() -> None:
        try:
            for number, step in enumerate(steps):
                step(writer)
                if number == len(steps) // 2:
                    with midnight:
                        day[0] = TODAY + timedelta(days=1)
                with Database(with_today(database_url, day[0])) as db:
                    refresh_all(db)
        except BaseException as error:
            errors.append(error)
        finally:
            is_done.set()

    with Database(with_today(database_url, TODAY)) as db:
        refresh_all(db)
    copies = {view: Copy(view, tmp_path) for view in PULLED}
    player = threading.Thread(target=play)
    player.start()
    while not is_done.is_set():
        # It is the same day for who reads and who refreshes.
        with midnight, Database(with_today(database_url, day[0])) as db:
            for copy in copies.values():
                copy.pull(db)
    player.join()
    assert errors == []
    with Database(with_today(database_url, day[0])) as db:
        for view, copy in copies.items():
            copy.pull(db)
            assert copy.rows() == full_rows(db, view, tmp_path / f"{view}-full"), view
    assert min(copy.pulls for copy in copies.values()) > 3
    assert min(copy.change_seq for copy in copies.values()) > 3


def test_what_cannot_be_pulled_is_refused_and_says_why(writer: CoreWriter, db: Database, tmp_path: Path) -> None:
    fill(writer, db)
    student = export_view(db, "profile.student", tmp_path / "student")

    def refused(view: str, since: int | Manifest, match: str) -> None:
        with pytest.raises(ConfigError, match=match):
            export_view(db, view, tmp_path / "refused", since=since)
        assert not (tmp_path / "refused").exists()

    for view in DERIVED:
        assert export_view(db, view, tmp_path / view).change_seq is None
        refused(view, 0, "derived at each reading")
    refused("profile.student", 2, "no change above 1 yet")
    refused("profile.student", -1, "number from 0")
    refused("profile.skill", student, r"is of profile\.student, not of profile\.skill")
    refused("profile.student", replace(student, series_id=uuid.uuid4()), "made anew")
    refused("profile.student", replace(student, columns=student.columns[1:]), "columns")
    with pytest.raises(ConfigError, match="no view"):
        export_view(db, "profile.nothing", tmp_path / "refused")


def test_a_folder_that_is_not_empty_is_refused_and_replaced_by_force(
    writer: CoreWriter, db: Database, tmp_path: Path
) -> None:
    fill(writer, db)
    export_view(db, "profile.certificate", tmp_path / "x", options=ExportOptions(rows_per_file=1))
    (tmp_path / "x" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"holds an export already.*--force"):
        export_view(db, "profile.student", tmp_path / "x")
    export_view(db, "profile.student", tmp_path / "x", options=ExportOptions(is_forced=True))
    names = sorted(path.name for path in (tmp_path / "x").iterdir())
    assert names == ["manifest.json", "notes.txt", "part-00001.parquet"]
    (tmp_path / "x" / "manifest.json").unlink()
    with pytest.raises(ConfigError, match="not empty"):
        export_view(db, "profile.student", tmp_path / "x")


def test_an_export_that_breaks_off_leaves_nothing(
    writer: CoreWriter, db: Database, tmp_path: Path, monkeypatch: Any
) -> None:
    fill(writer, db)
    monkeypatch.setattr(export, "_CHUNK_ROWS", 2)

    def fail(_view: str, _count: int) -> None:
        if len(list((tmp_path / "x").glob("part-*"))) >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_view(db, "profile.certificate", tmp_path / "x", options=ExportOptions(rows_per_file=1), progress=fail)
    assert list((tmp_path / "x").iterdir()) == []
    # The connection is as good as before.
    assert export_view(db, "profile.certificate", tmp_path / "x").rows == 8


def test_all_views_are_of_one_moment_and_follow_each_other(writer: CoreWriter, db: Database, tmp_path: Path) -> None:
    fill(writer, db)
    first = export_all(db, tmp_path / "1")
    assert [manifest.view for manifest in first] == ALL_VIEWS
    writer.load({"enrolment": [{"id": "e1", "version": 2, "person": 1, "status": "voided"}]})
    refresh_all(db)
    second = {manifest.view: manifest for manifest in export_all(db, tmp_path / "2", since=tmp_path / "1")}
    assert {view for view, manifest in second.items() if manifest.since is None} == set(DERIVED)
    assert second["profile.student"].removed is not None
    assert (second["profile.student"].rows, second["profile.student"].removed.rows) == (0, 1)
    with pytest.raises(ConfigError, match="one number would not do"):
        export_all(db, tmp_path / "3", since=tmp_path / "1" / "profile.student" / "manifest.json")
    with pytest.raises(ConfigError, match="already"):
        export_all(db, tmp_path / "2")


# -- readers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "schema"), [("profile_reader", "profile"), ("retraining_reader", "retraining")])
def test_a_reader_exports_what_it_may_see_and_gets_the_keys_that_went(
    database_url: str, writer: CoreWriter, db: Database, tmp_path: Path, role: str, schema: str
) -> None:
    fill(writer, db)
    own = [view for view in ALL_VIEWS if view.startswith(f"{schema}.")]
    other = next(view for view in ALL_VIEWS if view not in own)
    with Database(role_url(with_today(database_url, TODAY), role)) as reader:
        assert [manifest.view for manifest in export_all(reader, tmp_path / "1")] == own
        with pytest.raises(ConfigError, match="may not read"):
            export_view(reader, other, tmp_path / "other")
        writer.load({"enrolment": [{"id": "e1", "version": 2, "person": 1, "status": "voided"}],
                     "vacancy": [{"id": f"v{n}", "version": 2, "skills": ["Go"]} for n in range(10)]})  # fmt: skip
        refresh_all(db)
        export_all(reader, tmp_path / "2", since=tmp_path / "1")
    relation = {"profile": "profile.student", "retraining": "retraining.skill_demand"}[schema]
    assert len(removed_in(tmp_path / "2" / relation)) > 0


def test_who_sees_a_part_is_told_to_export_in_full(
    database_url: str, writer: CoreWriter, db: Database, tmp_path: Path
) -> None:
    fill(writer, db)
    writer.execute(
        "create or replace function mart.is_national_reader() returns boolean language sql stable"
        " security definer as $$ select session_user <> 'profile_reader' $$"
    )
    with Database(role_url(with_today(database_url, TODAY), "profile_reader")) as reader:
        full = export_view(reader, "profile.student", tmp_path / "full")
        assert full.rows == 4
        with pytest.raises(ConfigError, match=r"sees a part.*Export in full"):
            export_view(reader, "profile.student", tmp_path / "x", since=full)
        with pytest.raises(StatementError, match="42501"), reader.session() as session:
            session.run_sql("select * from profile.removed('profile.student', 0)")
        assert reader.fetch_one("export/get_freshness.sql", {"view_name": "profile.student"}, {"schema": "profile"})[
            "row_count"
        ] is None  # fmt: skip
    assert export_view(db, "profile.student", tmp_path / "owner", since=full).rows == 0


def test_a_reader_gets_at_nothing_else(database_url: str, writer: CoreWriter, db: Database) -> None:
    fill(writer, db)
    statements = (
        "select * from mart.tombstone",
        "select * from ops.freshness",
        "select * from ops.mart_state",
        "select * from ops.mart_change",
        "select * from retraining.removed('retraining.skill_demand', 0)",
        "select * from mart.removed_keys('profile', 'profile.student', 0)",
        "select * from profile.removed('retraining.skill_demand', 0)",
        "select * from profile.removed('profile.nothing', 0)",
    )
    url = connection_string(role_url(database_url, "profile_reader"))
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType)):
                connection.execute(statement.encode())


# -- command line -----------------------------------------------------------------------------------------------


def test_the_command_exports_and_goes_on_from_a_folder(
    database_url: str, writer: CoreWriter, db: Database, tmp_path: Path
) -> None:
    fill(writer, db)
    app, runner = build_app(), CliRunner()

    def run(*arguments: str) -> Any:
        return runner.invoke(app, ["export", *arguments, "--url", with_today(database_url, TODAY)])

    result = run("profile.certificate", "--to", str(tmp_path / "1"), "--rows-per-file", "5", "--compression", "gzip")
    assert result.exit_code == 0, result.output
    assert "profile.certificate" in result.output
    assert len(list((tmp_path / "1").glob("part-*.parquet"))) == 2
    result = run("profile.certificate", "--to", str(tmp_path / "2"), "--since", str(tmp_path / "1"), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["since"] == 1
    result = run("all", "--to", str(tmp_path / "all"), "--json")
    assert [json.loads(line)["view"] for line in result.stdout.splitlines()] == ALL_VIEWS
    for arguments in (
        ("profile.certificate", "--to", str(tmp_path / "1")),
        ("profile.certificate", "--to", str(tmp_path / "3"), "--since", str(tmp_path / "nowhere")),
        ("profile.certificate", "--to", str(tmp_path / "3"), "--since", "77"),
        ("profile.nothing", "--to", str(tmp_path / "3")),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, arguments
        assert isinstance(result.exception, ConfigError), arguments
    assert not (tmp_path / "3").exists()


def test_a_manifest_of_something_else_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"format": "other"}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(ConfigError, match="--since"):
            read_manifest(tmp_path)
