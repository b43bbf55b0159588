"""OneRoster JSON pages: enrolments where there are some, students of a school where there are none."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from arna.contracts.identifiers import make_synthetic_iin
from arna.errors import ConfigError
from producers.adapters import oneroster, oneroster_json
from producers.adapters.roster_events import RosterOptions, to_milliseconds
from producers.identities import Identities
from producers.rows import AdaptedRow, parse_moment
from tests.support.rosters import full_set, write_set

pytestmark = pytest.mark.unit

OPTIONS = RosterOptions(
    "urn:kz:bin:500140000077",
    Identities(synthetic=True),
    {"kato": "710000000", "language": "kk", "funding": "state_grant"},
)
SYNC = {"status": "active", "dateLastModified": "2026-09-01T03:00:00.000Z"}
Pages = dict[str, list[dict[str, Any]]]


def ref(key: str) -> dict[str, str]:
    return {"href": f"https://sis.example/{key}", "sourcedId": key, "type": "org"}


def pages() -> Pages:
    """The set of ``full_set`` as JSON."""
    found: Pages = {}
    for name, rows in full_set().items():
        found[name] = [
            {
                key.removesuffix("SourcedId") if key.endswith("SourcedId") else key: ref(value)
                if key.endswith("SourcedId") and value
                else value
                for key, value in row.items()
                if value and key not in {"termSourcedIds", "grades", "userIds"}
            }
            | ({"terms": [ref(row["termSourcedIds"])]} if "termSourcedIds" in row else {})
            | ({"grades": [row["grades"]]} if row.get("grades") else {})
            for row in rows
        ]
    for user in found["users"]:
        user["orgs"] = [ref("school")]
    found["academicSessions"].append(
        {"sourcedId": "year", **SYNC, "title": "2026/27", "type": "schoolYear", "startDate": "2026-09-01",
         "endDate": "2027-06-01", "schoolYear": "2027"}
    )  # fmt: skip
    return found


def write(folder: Path, pages: Pages) -> Path:
    folder.mkdir(parents=True)
    for name, records in pages.items():
        (folder / f"{name}.json").write_text(json.dumps({name: records}))
    return folder


def read(*paths: Path, **options: Any) -> list[AdaptedRow]:
    return list(oneroster_json.read_enrolments(list(paths), replace(OPTIONS, **options)))


def outcomes(rows: list[AdaptedRow]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.draft is not None:
            row.draft.check()
            found["ok"] += 1
        elif row.refusal is not None:
            found[f"{row.file} {row.row} {row.refusal.rule_id} {row.refusal.pointer}"] += 1
    return found


def test_enrolments_as_json_are_those_of_the_csv(tmp_path: Path) -> None:
    by_json = read(write(tmp_path / "pages", pages()))
    by_csv = list(oneroster.read_enrolments(write_set(tmp_path / "set", full_set()), OPTIONS))
    assert [row.draft for row in by_json] == [row.draft for row in by_csv]
    assert outcomes(by_json) == {"ok": 3, "enrollments.json 1 role_is_not_student /role": 1}


def test_without_enrolments_each_student_of_each_school_is_one_in_general_education(tmp_path: Path) -> None:
    given = pages()
    del given["enrollments"], given["classes"], given["courses"]
    given["orgs"].append({**given["orgs"][0], "sourcedId": "other"})
    given["users"][1]["orgs"].append(ref("other"))
    given["users"][2]["orgs"] = []
    rows = read(write(tmp_path / "pages", given))
    assert outcomes(rows) == {
        "ok": 3, "users.json 1 role_is_not_student /role": 1, "users.json 3 organisation_not_found /school": 1
    }  # fmt: skip
    drafts = [row.draft for row in rows if row.draft]
    assert [draft.subject for draft in drafts] == ["user-1:school", "user-1:other", "user-3:school"]
    data = drafts[0].data
    assert (data["grade"], data["begin_date"], data["end_date"]) == (8, "2026-09-01", "2027-06-01")
    assert data["programme"]["name"] == {
        "kk": "Жалпы білім беру", "ru": "Общее образование", "en": "General education"
    }  # fmt: skip


def test_the_version_is_the_latest_change_of_user_school_year_and_birth_date(tmp_path: Path) -> None:
    later = "2026-10-01T00:00:00.007Z"
    for name in ("users", "orgs", "academicSessions", "demographics"):
        given = pages()
        del given["enrollments"]
        given["demographics"] = [{"sourcedId": "user-1", **SYNC, "birthDate": "1890-01-01"}]
        for record in given[name]:
            record["dateLastModified"] = later
        draft = next(row.draft for row in read(write(tmp_path / name, given)) if row.draft)
        assert draft.record_version == to_milliseconds(parse_moment(later)), name  # type: ignore[arg-type]
        assert draft.data["person"]["birth_date"] == "1890-01-01"


def test_of_two_school_years_the_one_of_the_day_is_taken_and_none_is_guessed(tmp_path: Path) -> None:
    given = pages()
    del given["enrollments"]
    given["academicSessions"].append(
        {**given["academicSessions"][-1], "sourcedId": "next", "startDate": "2027-09-01", "endDate": "2028-06-01"}
    )
    folder = write(tmp_path / "pages", given)
    begins = {row.draft.data["begin_date"] for row in read(folder, as_of=date(2027, 10, 1)) if row.draft}
    assert begins == {"2027-09-01"}
    assert not any("begin_date" in row.draft.data for row in read(folder) if row.draft)


def test_pages_add_up_whatever_they_are_called(tmp_path: Path) -> None:
    given = pages()
    users = given.pop("users")
    folder = write(tmp_path / "pages", given)
    for number in range(0, len(users), 2):
        (folder / f"page-{number}.json").write_text(json.dumps({"users": users[number : number + 2]}))
    assert outcomes(read(folder))["ok"] == 3
    assert read(*sorted(folder.iterdir())) == read(folder)


def test_users_of_1_2_have_their_school_in_their_roles(tmp_path: Path) -> None:
    given = pages()
    del given["enrollments"]
    for user in given["users"]:
        role = {"roleType": "primary", "role": user.pop("role"), "org": user.pop("orgs")[0]}
        user["roles"] = [role, {**role, "roleType": "secondary", "role": "guardian"}]
    assert outcomes(read(write(tmp_path / "pages", given))) == {"ok": 3, "users.json 1 role_is_not_student /role": 1}


def test_an_iin_stands_in_user_ids_or_metadata(tmp_path: Path) -> None:
    given = pages()
    given["users"][1]["userIds"] = [{"type": "IIN", "identifier": make_synthetic_iin(1)}]
    given["users"][2]["metadata"] = {"iin": make_synthetic_iin(2)}
    rows = read(write(tmp_path / "pages", given), identities=Identities(), iin_column="metadata.iin")
    people = [row.draft.data["person"] for row in rows if row.draft]
    assert people == [{"iin": make_synthetic_iin(1)}, {"iin": make_synthetic_iin(2)}, {}]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sourcedId": None}, "field_missing /sourcedId"),
        ({"status": 234}, "type_mismatch /status"),
        ({"dateLastModified": True}, "type_mismatch /dateLastModified"),
        ({"dateLastModified": "soon"}, "date_malformed /dateLastModified"),
        ({"startDate": "01.09.2026"}, "date_malformed /startDate"),
        ({"startDate": None}, "field_missing /startDate"),
        ({"status": "deleted"}, "value_not_listed /status"),
    ],
)
def test_a_record_that_is_wrong_is_named_with_its_file(
    tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    given = pages()
    folder = write(tmp_path / "pages", given)
    record = {**given["academicSessions"][0], **change}
    (folder / "academicSessions-invalid.json").write_text(json.dumps({"academicSessions": [record]}))
    assert outcomes(read(folder))[f"academicSessions-invalid.json 1 {expected}"] == 1
    assert outcomes(read(folder))["ok"] == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "json_malformed "),
        ("[]", "type_mismatch "),
        ('{"users": {}}', "type_mismatch /users"),
        ('{"people": []}', "field_missing /users"),
        ('{"users": [7]}', "type_mismatch "),
        ("[" * 100_000, "json_malformed "),
        ("", "json_malformed "),
    ],
)
def test_a_page_that_is_none_is_one_refusal(tmp_path: Path, text: str, expected: str) -> None:
    folder = write(tmp_path / "pages", pages())
    (folder / "broken.json").write_text(text)
    assert outcomes(read(folder)) == {
        "ok": 3, "enrollments.json 1 role_is_not_student /role": 1, f"broken.json 1 {expected}": 1
    }  # fmt: skip


def test_beside_a_page_that_cannot_be_read_nobody_is_taken_for_enrolled_in_general(tmp_path: Path) -> None:
    folder = write(tmp_path / "pages", pages())
    (folder / "enrollments.json").write_text('{"enrollments": [')
    found = outcomes(read(folder))
    assert found["ok"] == 0
    assert sum(found.values()) == 1 + len(pages()["users"])


def test_pages_without_people_are_one_sentence(tmp_path: Path) -> None:
    given = pages()
    with pytest.raises(ConfigError, match="no page holds users or enrollments"):
        read(write(tmp_path / "pages", {"orgs": given["orgs"]}))
    (tmp_path / "none").mkdir()
    with pytest.raises(ConfigError, match="none holds no JSON file"):
        read(tmp_path / "none")
