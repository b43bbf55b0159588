"""Contracts as files: the standard, our own demands, versions, and what a new one may not take away."""

from __future__ import annotations

import subprocess
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from open_data_contract_standard.model import DataQuality

from arna.reading.__main__ import main
from arna.reading.catalogue import Catalogue, Column, Relation, read_comment
from arna.reading.checking import add_months, broken, check_promises
from arna.reading.contracts import FOLDER, ContractFileError, Promise, parse_promise, read_promises
from arna.reading.drafting import add_columns, draft
from arna.reading.history import weakened

pytestmark = pytest.mark.unit
VIEW = "profile.thing"
TODAY = date(2026, 6, 1)


def relation(*extra: Column, name: str = VIEW) -> Relation:
    columns = (
        Column("person_key", "uuid", False, "Who."),
        Column("skill_keys", "text[]", False, "What."),
        Column("change_seq", "bigint", False, "When."),
    )
    return Relation(
        name, True, "A thing.", "one thing", ("person_key",), (*columns, *extra), "", frozenset({"profile_reader"})
    )


def document(**changes: Any) -> dict[str, Any]:
    return {**draft(relation()), **changes}


def promise(found: dict[str, Any], view: str = VIEW) -> Promise:
    return parse_promise(f"{view}.odcs.yaml", yaml.safe_dump(found, sort_keys=False))


def catalogue(*relations: Relation) -> Catalogue:
    return Catalogue({}, {each.name: each for each in relations}, [])


def deprecation(**value: Any) -> list[dict[str, Any]]:
    return [{"property": "deprecation", "value": value}]


def test_committed_contracts_meet_the_standard() -> None:
    promises = read_promises(FOLDER)
    assert {each.view.partition(".")[0] for each in promises} == {"profile", "retraining"}
    assert all(each.key for each in promises)


def test_a_draft_meets_the_standard_and_says_what_is_personal() -> None:
    columns = promise(document()).relation.properties or []
    found = {column.name: (column.logicalType, column.required, column.classification) for column in columns}
    assert found == {
        "person_key": ("string", True, "personal"),
        "skill_keys": ("array", False, "personal"),
        "change_seq": ("integer", True, "not_personal"),
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": 1}, "/status"),
        ({"kind": "Promise"}, "/kind is not as the standard wants it"),
        ({"surprise": "x"}, "surprise"),
        ({"customProperties": []}, "customProperties lack deprecation"),
        ({"schema": []}, "a contract is about one view"),
        ({"slaProperties": [{"value": 5}]}, "/slaProperties/0 is not as the standard wants it"),
    ],
)
def test_what_is_no_contract_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ContractFileError, match=sentence):
        promise(document(**change))


def test_a_contract_is_about_the_view_of_its_name() -> None:
    with pytest.raises(ContractFileError, match=r"physicalName is profile\.thing"):
        promise(document(), "profile.other")
    with pytest.raises(ContractFileError, match=r"ends in \.odcs\.yaml"):
        parse_promise("profile.thing.yaml", "")


@pytest.mark.parametrize("field", ["description", "classification", "physicalType", "required"])
def test_every_column_says_all_that_a_reader_asks(field: str) -> None:
    changed = document()
    del changed["schema"][0]["properties"][1][field]
    with pytest.raises(ContractFileError, match=f"column skill_keys lacks {field}"):
        promise(changed)


def test_a_new_column_raises_the_minor_version_and_changes_nothing_else() -> None:
    before = document(version="1.4.2")
    before["description"]["limitations"] = "A person wrote this."
    after = add_columns(before, relation(Column("is_new", "boolean", False, "New.")))
    assert after["version"] == "1.5.0"
    assert after["schema"][0]["properties"][-1]["name"] == "is_new"
    after["schema"][0]["properties"].pop()
    assert {**after, "version": "1.4.2"} == before
    assert add_columns(before, relation()) == before


@pytest.mark.parametrize(
    ("status", "said", "sentence"),
    [
        ("active", {"isDeprecated": True}, "agree with status active"),
        ("deprecated", {"isDeprecated": False}, "agree with status deprecated"),
        ("deprecated", {"isDeprecated": True, "announcedOn": "2026-01-31"}, "expected days announcedOn and endsOn"),
        (
            "deprecated",
            {"isDeprecated": True, "announcedOn": "2026-08-31", "endsOn": "2027-02-27"},
            "expected an end on 2027-02-28 or later",
        ),
        (
            "deprecated",
            {"isDeprecated": True, "announcedOn": "2026-01-01", "endsOn": "2026-07-01", "successor": "profile.new"},
            "expected a contract of the successor profile.new",
        ),
    ],
)
def test_the_notice_of_a_views_end_is_held(status: str, said: dict[str, Any], sentence: str) -> None:
    found = promise(document(status=status, customProperties=deprecation(**said)))
    assert any(sentence in problem for problem in check_promises([found], catalogue(relation())).problems)


def test_a_notice_in_time_is_no_problem() -> None:
    said = {"isDeprecated": True, "announcedOn": "2026-01-01", "endsOn": "2026-07-01", "successor": "profile.new"}
    old = promise(document(status="deprecated", customProperties=deprecation(**said)))
    new = promise(draft(relation(name="profile.new")), "profile.new")
    assert check_promises([old, new], catalogue(relation(), relation(name="profile.new"))).problems == []


def test_a_retired_contract_needs_no_view() -> None:
    said = {"isDeprecated": True, "announcedOn": "2026-01-01", "endsOn": "2026-07-01"}
    retired = promise(document(status="retired", customProperties=deprecation(**said)))
    assert check_promises([retired], catalogue()).problems == []


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 6, 15), 6, date(2026, 12, 15)),
    ],
)
def test_months_end_with_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("rule", "measured", "expected"),
    [
        ({"mustBe": 0}, 0, None),
        ({"mustBe": 0}, 2, "0"),
        ({"mustNotBe": 0}, 0, "other than 0"),
        ({"mustBeLessThan": 5}, 5, "less than 5"),
        ({"mustBeLessOrEqualTo": 15}, 15, None),
        ({"mustBeLessOrEqualTo": 15}, 15.5, "at most 15"),
        ({"mustBeGreaterThan": 0}, 0, "more than 0"),
        ({"mustBeGreaterOrEqualTo": 1}, 0, "at least 1"),
    ],
)
def test_rules_compare_as_the_standard_says(rule: dict[str, Any], measured: float, expected: str | None) -> None:
    assert broken(DataQuality(metric="rowCount", **rule), measured) == expected


def test_a_comment_has_purpose_grain_and_key() -> None:
    assert read_comment("What. Grain: one row; no more. Key: a, b_c. And more.") == (
        "What. And more.",
        "one row; no more",
        ("a", "b_c"),
    )
    assert read_comment("") == ("", "", ())


def column_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["schema"][0]["properties"] if each["name"] == name)


@pytest.mark.parametrize(
    ("weaken", "sentence"),
    [
        (lambda d: d["schema"][0]["properties"].pop(1), "column skill_keys: expected text[], found no such promise"),
        (lambda d: column_of(d, "skill_keys").update(physicalType="jsonb"), "expected text[], found jsonb"),
        (lambda d: column_of(d, "person_key").update(required=False), "expected required, found that it may be null"),
        (lambda d: column_of(d, "person_key").pop("primaryKey"), "key: expected person_key"),
        (lambda d: d["roles"].clear(), "role profile_reader: expected, found no such role"),
        (lambda d: d.update(domain="other"), "version: expected 1.0.1 or higher, found 1.0.0"),
        (
            lambda d: d.update(status="retired", customProperties=deprecation(isDeprecated=True, endsOn="2026-06-02")),
            "expected the view until 2026-06-02, found status retired",
        ),
    ],
)
def test_what_a_release_promised_is_not_taken_away(weaken: Any, sentence: str) -> None:
    then = document()
    now = deepcopy(then)
    weaken(now)
    assert any(sentence in problem for problem in weakened([promise(then)], [promise(now)], TODAY))


def test_what_was_promised_may_be_extended() -> None:
    then = document()
    now = add_columns(then, relation(Column("is_new", "boolean", False, "New.")))
    assert weakened([promise(then)], [promise(now)], TODAY) == []
    assert weakened([promise(then)], [promise({**now, "version": "1.0.9"})], TODAY) != []
    assert weakened([promise(then)], [], TODAY) == [
        "profile.thing.odcs.yaml: expected the contract to stay, if only as retired; found none"
    ]
    ended = {**then, "status": "retired", "customProperties": deprecation(isDeprecated=True, endsOn="2026-06-01")}
    assert weakened([promise(then)], [promise(ended)], TODAY) == []


def test_promises_are_compared_with_those_of_a_revision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{VIEW}.odcs.yaml"
    path.write_text(yaml.safe_dump(document()), encoding="utf-8")
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@a", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    compare = ["--since", "HEAD", "--contracts", str(tmp_path)]
    assert main(compare) == 0
    changed = document(version="2.0.0")
    changed["schema"][0]["properties"].pop()
    path.write_text(yaml.safe_dump(changed), encoding="utf-8")
    assert main(compare) == 1
    assert "column change_seq: expected bigint, found no such promise" in capsys.readouterr().err
    assert main(["--since", "nowhere", "--contracts", str(tmp_path)]) == 1
