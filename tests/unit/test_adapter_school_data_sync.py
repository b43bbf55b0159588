"""School Data Sync, all three versions: which is which, dates, roles, and what is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from arna.contracts.identifiers import make_synthetic_iin
from arna.errors import ConfigError
from producers.adapters import school_data_sync
from producers.adapters.roster_events import RosterOptions
from producers.identities import Identities
from producers.rows import AdaptedRow, Draft
from producers.versions import VersionMemory
from tests.support.rosters import Files, write_set, zip_set

pytestmark = pytest.mark.unit

OPTIONS = RosterOptions(
    "urn:kz:bin:500140000077",
    Identities(synthetic=True),
    {"kato": "710000000", "language": "en", "funding": "other"},
)


def v1() -> Files:
    return {
        "School": [{"SIS ID": "s1", "Name": "Example High"}],
        "Section": [{"SIS ID": "c1", "School SIS ID": "s1", "Section Name": "Algebra 1", "Term StartDate": "7/1/2025",
                     "Term EndDate": "6/30/2026", "Course SIS ID": "m1", "Course Name": "Algebra",
                     "Course Number": "101", "Status": "Active"}],
        "Student": [{"SIS ID": f"p{number}", "School SIS ID": "s1", "Username": f"u{number}", "State ID": "",
                     "Grade": "9", "Status": "Active", "Birthdate": "4/2/1899"} for number in (1, 2)],
        "StudentEnrollment": [{"Section SIS ID": "c1", "SIS ID": f"p{number}"} for number in (1, 2)],
        "TeacherRoster": [{"Section SIS ID": "c1", "SIS ID": "t1"}],
    }  # fmt: skip


def v21() -> Files:
    return {
        "orgs": [{"sourcedId": "uni", "name": "Example", "type": "university", "parentSourcedId": ""},
                 {"sourcedId": "dep", "name": "Example", "type": "department", "parentSourcedId": "uni"}],
        "users": [{"sourcedId": f"p{number}", "username": f"u{number}"} for number in (1, 2, 3)],
        "roles": [{"userSourcedId": f"p{number}", "orgSourcedId": "dep", "role": role, "sessionSourcedId": "fall",
                   "grade": grade, "isPrimary": "TRUE", "roleStartDate": "", "roleEndDate": ""}
                  for number, role, grade in ((1, "student", "ps2"), (2, "student", "postgraduate"),
                                              (3, "professor", ""))],
        "classes": [{"sourcedId": "c1", "orgSourcedId": "dep", "title": "Computing", "sessionSourcedIds": "fall",
                     "courseSourcedId": "m1"}],
        "courses": [{"sourcedId": "m1", "orgSourcedId": "dep", "title": "Computing 101", "code": "CS101"}],
        "academicSessions": [{"sourcedId": "fall", "title": "Fall", "type": "semester", "schoolYear": "2025",
                              "startDate": "20250901", "endDate": "2025-12-01"}],
        "demographics": [{"userSourcedId": "p1", "sex": "male", "birthDate": "1899-07-02"}],
        "enrollments": [{"classSourcedId": "c1", "userSourcedId": f"p{number}", "role": role}
                        for number, role in ((1, "student"), (2, "Student"), (3, "professor"))],
    }  # fmt: skip


def v2() -> Files:
    files = v21()
    del files["roles"], files["courses"], files["academicSessions"], files["demographics"]
    files["users"] = [{**user, "orgSourcedIds": "uni", "role": role, "grade": "undergraduate"} for user, role in
                      zip(files["users"], ("Student", "Student", "Faculty"), strict=True)]  # fmt: skip
    files["classes"] = [{"sourcedId": "c1", "orgSourcedId": "uni", "title": "Computing"}]
    files["enrollments"][2]["role"] = "Faculty"
    return files


def read(*paths: Path, **options: Any) -> list[AdaptedRow]:
    return list(school_data_sync.read_enrolments(list(paths), replace(OPTIONS, **options)))


def drafts(*paths: Path, **options: Any) -> dict[str, Draft]:
    return {row.draft.subject: row.draft for row in read(*paths, **options) if row.draft}


def outcomes(rows: list[AdaptedRow]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.draft is not None:
            row.draft.check()
            found["ok"] += 1
        elif row.refusal is not None:
            found[f"{row.file} {row.row} {row.refusal.rule_id} {row.refusal.pointer}"] += 1
    return found


def test_v1_joins_section_school_and_student(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", v1(), mode=None)
    assert outcomes(read(folder)) == {"ok": 2, "TeacherRoster.csv 1 role_is_not_student ": 1}
    draft = drafts(folder)["c1:p1"]
    assert draft.data["programme"] == {"code": "101", "name": {"en": "Algebra"}, "isced_level": 2}
    assert (draft.data["grade"], draft.data["organisation"]["kind"]) == (9, "school")
    assert draft.data["person"]["birth_date"] == "1899-04-02"
    # 30 June is the last day of the term; an end is the first day after it.
    assert (draft.data["begin_date"], draft.data["end_date"]) == ("2025-07-01", "2026-07-01")


def test_v21_takes_roles_sessions_and_courses(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", v21(), mode=None)
    assert outcomes(read(folder)) == {"ok": 2, "enrollments.csv 3 role_is_not_student /role": 1}
    first, second = drafts(folder).values()
    assert first.data["programme"] == {"code": "CS101", "name": {"en": "Computing 101"}, "isced_level": 6}
    assert (first.data["year_of_study"], second.data["programme"]["isced_level"]) == (2, 7)
    assert (first.data["begin_date"], first.data["end_date"]) == ("2025-09-01", "2025-12-01")
    assert (first.data["organisation"]["kind"], "grade" in first.data) == ("university", False)


def test_v2_has_no_dates_so_they_must_be_given(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", v2(), mode=None)
    assert "begin_date" not in drafts(folder)["c1:p1"].data
    given = {**OPTIONS.defaults, "begin_date": "2025-09-01"}
    found = outcomes(read(folder, defaults=given))
    assert found == {"ok": 2, "enrollments.csv 3 role_is_not_student /role": 1}


def test_a_zip_gives_what_its_folder_gives(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", v1(), mode=None)
    assert read(zip_set(folder)) == read(folder)


def test_the_end_of_the_term_ends_the_enrolment(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", v1(), mode=None)
    before, after = (drafts(folder, as_of=date(2026, month, 1))["c1:p1"] for month in (6, 7))
    assert [(draft.action, draft.record_version) for draft in (before, after)] == [("started", 1), ("ended", 2)]


def test_a_later_export_raises_only_what_changed(tmp_path: Path) -> None:
    files = v1()
    with VersionMemory(tmp_path / "versions") as memory:
        first = drafts(write_set(tmp_path / "1", files, mode=None), memory=memory)
        files["Student"][1]["Grade"] = "10"
        second = drafts(write_set(tmp_path / "2", files, mode=None), memory=memory)
    assert {subject: draft.record_version for subject, draft in second.items()} == {"c1:p1": 1, "c1:p2": 2}
    assert second["c1:p1"] == first["c1:p1"]


def test_several_sets_are_read_one_by_one(tmp_path: Path) -> None:
    first, second = write_set(tmp_path / "1", v1(), mode=None), write_set(tmp_path / "2", v21(), mode=None)
    rows = read(first, second)
    assert [row.draft for row in rows] == [row.draft for row in [*read(first), *read(second)]]
    assert {row.file for row in rows} == {
        "1/StudentEnrollment.csv", "1/TeacherRoster.csv", "2/enrollments.csv"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("Section", {"Term StartDate": "1.7.2025"}, "Section.csv 1 date_malformed /Term StartDate"),
        ("Section", {"Term EndDate": "30/6/2026"}, "Section.csv 1 date_malformed /Term EndDate"),
        ("Section", {"Status": "Archived"}, "Section.csv 1 value_not_listed /Status"),
        ("Student", {"Birthdate": "2/30/1899"}, "Student.csv 2 date_malformed /Birthdate"),
        ("Student", {"Status": "Inactive"}, "Student.csv 2 value_not_listed /Status"),
        ("Student", {"Grade": "ninth"}, "StudentEnrollment.csv 2 value_not_listed /Grade"),
        ("StudentEnrollment", {"SIS ID": "nobody"}, "StudentEnrollment.csv 2 user_not_found /SIS ID"),
        ("StudentEnrollment", {"SIS ID": ""}, "StudentEnrollment.csv 2 field_missing /sourcedId"),
        ("StudentEnrollment", {"Section SIS ID": "x"}, "StudentEnrollment.csv 2 class_not_found /Section SIS ID"),
    ],
)
def test_what_is_wrong_is_named_by_the_column_of_the_file(
    tmp_path: Path, name: str, cells: dict[str, str], expected: str
) -> None:
    files = v1()
    files[name][-1] |= cells
    assert outcomes(read(write_set(tmp_path / "set", files, mode=None)))[expected] == 1


@pytest.mark.parametrize("written", ["2025-07-01", "20250701", "07/01/2025", "7/1/2025"])
def test_the_four_documented_ways_to_write_a_date_are_read(tmp_path: Path, written: str) -> None:
    files = v1()
    files["Section"][0]["Term StartDate"] = written
    found = drafts(write_set(tmp_path / "set", files, mode=None))
    assert {draft.data["begin_date"] for draft in found.values()} == {"2025-07-01"}


def test_a_slash_date_in_v21_is_refused_because_its_order_is_not_documented(tmp_path: Path) -> None:
    files = v21()
    files["academicSessions"][0]["startDate"] = "9/1/2025"
    found = outcomes(read(write_set(tmp_path / "set", files, mode=None)))
    assert found["academicSessions.csv 1 date_malformed /startDate"] == 1


def test_an_iin_stands_in_a_column_of_the_users(tmp_path: Path) -> None:
    files = v1()
    for number, student in enumerate(files["Student"], 1):
        student["IIN"] = make_synthetic_iin(number)
    found = drafts(write_set(tmp_path / "set", files, mode=None), identities=Identities(), iin_column="IIN")
    assert [draft.data["person"]["iin"] for draft in found.values()] == [make_synthetic_iin(1), make_synthetic_iin(2)]


def test_what_is_no_such_set_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no School Data Sync set"):
        read(write_set(tmp_path / "a", {"orgs": v21()["orgs"]}, mode=None))
    with pytest.raises(ConfigError, match="--from oneroster"):
        read(write_set(tmp_path / "b", v21()))
    files = v1()
    del files["School"]
    with pytest.raises(ConfigError, match=r"School\.csv is not in e"):
        read(write_set(tmp_path / "e", files, mode=None))
