"""OULAD: results become exits and certificates, days become dates, scores become results."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from arna.errors import ConfigError
from producers.adapters import oulad
from producers.places import REGION_CODES
from producers.rows import AdaptedRow

pytestmark = pytest.mark.unit

BASE = {"code_module": "BBB", "code_presentation": "2013J"}


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def make_folder(folder: Path, *students: tuple[str, str, str, str], **base: str) -> Path:
    """Students as (id, registered, unregistered, result) of one presentation."""
    folder.mkdir(exist_ok=True)
    base = BASE | base
    write_csv(
        folder / "studentRegistration.csv",
        [base | {"id_student": s, "date_registration": r, "date_unregistration": u} for s, r, u, _ in students],
    )
    write_csv(
        folder / "studentInfo.csv",
        [
            base | {"id_student": s, "region": "Wales", "final_result": result, "num_of_prev_attempts": "0"}
            for s, _, _, result in students
        ],
    )
    return folder


def write_scores(folder: Path, *scores: tuple[str, str, str]) -> None:
    """Scores as (assessment, student, score)."""
    write_csv(
        folder / "studentAssessment.csv",
        [{"id_assessment": a, "id_student": s, "date_submitted": "1", "is_banked": "0", "score": v}
         for a, s, v in scores],
    )  # fmt: skip


def write_assessments(folder: Path, *assessments: tuple[str, str], **base: str) -> None:
    """Assessments as (id, weight)."""
    folder.mkdir(exist_ok=True)
    write_csv(
        folder / "assessments.csv",
        [
            BASE | base | {"id_assessment": a, "assessment_type": "TMA", "date": "1", "weight": w}
            for a, w in assessments
        ],
    )


def outcomes(rows: Iterable[AdaptedRow]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.draft is not None:
            row.draft.check()
            found["ok"] += 1
        elif row.refusal is not None:
            found[f"{row.file} {row.row} {row.refusal.rule_id} {row.refusal.pointer}"] += 1
    return found


def results(*folders: Path) -> list[object]:
    return [row.draft.data["result"]["value"] for row in oulad.read_certificates(list(folders)) if row.draft]


def test_results_become_exits_and_days_become_dates(tmp_path: Path) -> None:
    folder = make_folder(
        tmp_path, ("1", "-20", "", "Pass"), ("2", "-20", "31", "Withdrawn"), ("3", "-20", "-5", "Withdrawn"),
        ("4", "", "", "Fail"), ("5", "10", "", "Distinction"),
    )  # fmt: skip
    rows = [row.draft.data for row in oulad.read_enrolments(folder) if row.draft]
    assert [(row["begin_date"], row["end_date"], row["exit_type"]) for row in rows] == [
        ("2013-10-01", "2014-06-26", "completed"),
        ("2013-10-01", "2013-11-01", "withdrawn"),
        ("2013-10-01", "2013-10-01", "no_show"),
        ("2013-10-01", "2014-06-26", "other"),
        ("2013-10-11", "2014-06-26", "completed"),
    ]
    assert outcomes(oulad.read_enrolments(folder)) == {"ok": 5}


def test_only_a_pass_and_a_distinction_certify_and_the_others_are_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, ("1", "0", "", "Pass"), ("2", "0", "", "Fail"), ("3", "0", "", "Distinction"))
    assert results(folder) == ["Pass", "Distinction"]
    assert outcomes(oulad.read_certificates(folder)) == {
        "ok": 2, "studentInfo.csv 2 result_certifies_nothing /final_result": 1
    }  # fmt: skip


def test_the_length_of_a_presentation_is_taken_from_the_file_before_the_published_one(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, ("1", "0", "", "Pass"))
    write_csv(folder / "courses.csv", [BASE | {"module_presentation_length": "1"}])
    rows = [row.draft.data["end_date"] for row in oulad.read_enrolments(folder) if row.draft]
    assert rows == ["2013-10-02"]


def test_scores_are_weighted_where_the_weights_are_known(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "set", ("1", "0", "", "Pass"), ("2", "0", "", "Pass"), ("3", "0", "", "Pass"))
    write_scores(folder, ("a", "1", "90"), ("b", "1", "60"), ("c", "1", "0"), ("c", "2", "50"), ("c", "2", "75"))
    assert results(folder) == [50.0, 62.5, "Pass"]
    write_assessments(tmp_path / "more", ("a", "10"), ("b", "20"), ("c", "0"))
    assert results(folder, tmp_path / "more") == [70.0, 62.5, "Pass"]


def test_a_certificate_with_its_score_is_a_later_version_of_the_one_without(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, ("1", "0", "", "Pass"))
    plain = next(iter(oulad.read_certificates(folder))).draft
    write_scores(folder, ("a", "1", "80"))
    scored = next(iter(oulad.read_certificates(folder))).draft
    assert plain is not None
    assert scored is not None
    assert (plain.record_version, scored.record_version, plain.subject) == (1, 2, scored.subject)
    assert scored.data["result"] == {"kind": "score", "value": 80.0, "max": 100}


def test_a_score_whose_presentation_cannot_be_told_is_used_for_none(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "set", ("1", "0", "", "Pass"))
    other = make_folder(tmp_path / "other", ("1", "0", "", "Pass"), code_presentation="2014J")
    for name in ("studentInfo.csv", "studentRegistration.csv"):
        lines = (other / name).read_text().splitlines()[1:]
        with (folder / name).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
    write_scores(folder, ("x", "1", "80"))
    assert results(folder) == ["Pass", "Pass"]
    # What is known to be of 2013J leaves 2014J for the rest.
    write_assessments(folder, ("a", "100"))
    assert results(folder) == ["Pass", 80.0]


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("studentInfo", {"id_student": "x"}, "studentInfo.csv 1 number_range /id_student"),
        ("studentInfo", {"id_student": "9" * 9}, "studentInfo.csv 1 number_range /id_student"),
        ("studentInfo", {"final_result": "Maybe"}, "studentInfo.csv 1 value_not_listed /final_result"),
        ("studentInfo", {"region": "Mars"}, "studentInfo.csv 1 region_not_mapped /region"),
        ("studentInfo", {"num_of_prev_attempts": ""}, "studentInfo.csv 1 number_range /num_of_prev_attempts"),
        ("studentInfo", {"code_presentation": "J"}, "studentInfo.csv 1 presentation_not_found /code_presentation"),
        ("studentInfo", {"code_module": "ZZZ"}, "studentInfo.csv 1 presentation_not_found /code_presentation"),
        ("studentInfo", {"id_student": "7"}, "studentInfo.csv 1 registration_not_found /id_student"),
        ("studentRegistration", {"date_registration": "?"},
         "studentRegistration.csv 1 number_range /date_registration"),
        ("courses", {"module_presentation_length": "-1"}, "courses.csv 1 number_range /module_presentation_length"),
    ],
)  # fmt: skip
def test_a_cell_that_is_wrong_is_named(tmp_path: Path, name: str, cells: dict[str, str], expected: str) -> None:
    folder = make_folder(tmp_path, ("1", "0", "", "Pass"), ("2", "0", "", "Pass"))
    write_csv(folder / "courses.csv", [BASE | {"module_presentation_length": "268"}])
    rows = list(csv.DictReader((folder / f"{name}.csv").open()))
    rows[0] |= cells
    write_csv(folder / f"{name}.csv", rows)
    assert outcomes(oulad.read_enrolments(folder))[expected] == 1


def test_a_score_that_is_none_is_named_and_one_that_is_missing_is_passed_over(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, ("1", "0", "", "Pass"))
    write_scores(folder, ("a", "1", "101"), ("a", "1", ""), ("a", "1", "NaN"), ("a", "1", "50"))
    assert outcomes(oulad.read_certificates(folder)) == {
        "ok": 1, "studentAssessment.csv 1 number_range /score": 1, "studentAssessment.csv 3 number_range /score": 1
    }  # fmt: skip
    assert results(folder) == [50.0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"studentRegistration\.csv is not in"):
        list(oulad.read_enrolments(tmp_path))


def test_every_region_of_the_mapping_exists() -> None:
    assert set(oulad.REGIONS.values()) <= set(REGION_CODES.values())
