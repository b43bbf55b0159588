"""Views about people: student, education_history, certificate, skill."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

import pandas as pd

from tests.support.recompute.keys import rounded
from tests.support.recompute.worlds import Row, World

ENDINGS = {
    "completed": "completed",
    "graduated": "completed",
    "transferred": "transferred",
    "withdrawn": "dropped_out",
    "dropout": "dropped_out",
    "expelled": "dropped_out",
    "no_show": "dropped_out",
}
_PERSON = ["person_key", "person_token", "is_identity_disputed", "birth_date"]
_REGION = ["region_code", "region_name_kk", "region_name_ru", "region_name_en"]
_ENROLMENT = [
    "organisation_bin", "organisation_kind", "programme_code", "programme_name_kk", "programme_name_ru",
    "programme_name_en", "isced_field_code", "isced_level", "grade", "year_of_study", "study_form", "language_code",
    "funding", "kato_code", *_REGION, "begin_date", "end_date", "entry_type", "exit_type", "status",
]  # fmt: skip
_RECORD = ["source_id", "enrolment_id", "record_version", "event_at"]
_STUDENT = [*_PERSON, *_ENROLMENT, "is_studying", "progress_percent", "enrolment_count", *_RECORD]
_HISTORY = ["person_key", *_ENROLMENT, "sequence_number", "cohort_year", "outcome", "exit_date", *_RECORD]
_CERTIFICATE = [
    "person_key", "source_id", "certificate_id", "record_version", "issuer_bin", "issuer_name", "achievement_code",
    "achievement_name_kk", "achievement_name_ru", "achievement_name_en", "achievement_type", "hours", "awarded_on",
    "valid_from", "valid_until", "status", "revocation_reason", "result_kind", "result_value", "result_percent",
    "language_code", "evidence_url", "event_at",
]  # fmt: skip
_SKILL = [
    "person_key", "skill_key", "framework", "skill_code", "skill_name", "skill_name_kk", "skill_name_ru",
    "skill_name_en", "is_held", "valid_certificate_count", "certificate_count", "certificate_ids", "source_ids",
    "first_awarded_on", "last_awarded_on", "best_result_percent",
]  # fmt: skip


def by_person(rows: list[Row]) -> dict[UUID, list[Row]]:
    """Rows of each person."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["person_key"]].append(row)
    return found


def is_in_force(row: Row, day: date) -> bool:
    """Whether a day lies in an enrolment."""
    return (
        row["status"] in {"active", "on_leave"}
        and row["begin_date"] <= day
        and (row["end_date"] is None or day < row["end_date"])
    )


def shown_enrolment(rows: list[Row], today: date) -> Row:
    """Which of a person's enrolments says where they stand."""
    ranks = {"active": 2, "on_leave": 1}
    ordered = sorted(rows, key=lambda row: (row["source_id"], row["enrolment_id"]))
    return max(
        ordered,
        key=lambda row: (
            is_in_force(row, today),
            row["begin_date"] <= today,
            ranks.get(row["status"], 0),
            row["begin_date"],
            row["isced_level"],
            row["event_at"],
        ),
    )


def student(world: World) -> pd.DataFrame:
    """profile.student."""
    rows = []
    for enrolments in by_person(world.enrolments).values():
        row = shown_enrolment(enrolments, world.today)
        rows.append(
            row
            | world.reference.region_columns(row["region_code"])
            | {
                "is_studying": row["status"] == "active" and is_in_force(row, world.today),
                "progress_percent": _progress(row, world.today),
                "enrolment_count": len(enrolments),
            }
        )
    return pd.DataFrame(rows, columns=_STUDENT, dtype=object)


def _progress(row: Row, today: date) -> Decimal | None:
    if row["exit_type"] in {"completed", "graduated"}:
        return Decimal(100)
    if row["status"] == "ended" or row["end_date"] is None:
        return None
    length = (row["end_date"] - row["begin_date"]).days
    if length <= 0:
        return None
    return rounded(min(max(Decimal(100 * (today - row["begin_date"]).days) / length, Decimal(0)), Decimal(100)), 1)


def outcome(row: Row, today: date) -> str:
    """What became of an enrolment."""
    if row["begin_date"] > today:
        return "planned"
    if row["status"] == "ended":
        return ENDINGS.get(row["exit_type"], "other")
    if row["end_date"] is not None and row["end_date"] <= today:
        return "unreported"
    return "on_leave" if row["status"] == "on_leave" else "active"


def education_history(world: World) -> pd.DataFrame:
    """profile.education_history."""
    rows = []
    for enrolments in by_person(world.enrolments).values():
        ordered = sorted(enrolments, key=lambda row: (row["begin_date"], row["source_id"], row["enrolment_id"]))
        for number, row in enumerate(ordered, start=1):
            found = outcome(row, world.today)
            is_ended = found in {"completed", "transferred", "dropped_out", "other"}
            rows.append(
                row
                | world.reference.region_columns(row["region_code"])
                | {
                    "sequence_number": number,
                    "cohort_year": row["begin_date"].year,
                    "outcome": found,
                    "exit_date": row["end_date"] if is_ended else None,
                }
            )
    return pd.DataFrame(rows, columns=_HISTORY, dtype=object)


def certificate(world: World) -> pd.DataFrame:
    """profile.certificate."""
    return pd.DataFrame(world.certificates, columns=_CERTIFICATE, dtype=object)


def held_skills(world: World) -> dict[UUID, set[str]]:
    """Skills for which a person has a valid certificate."""
    held: dict[UUID, set[str]] = defaultdict(set)
    for row in world.evidence:
        if row["status"] == "valid":
            held[row["person_key"]] |= row["skill_keys"]
    return {person: skills for person, skills in held.items() if skills}


def skill(world: World) -> pd.DataFrame:
    """profile.skill."""
    evidence: dict[tuple[UUID, str], list[Row]] = defaultdict(list)
    for row in sorted(world.evidence, key=lambda one: (one["source_id"], one["certificate_id"])):
        for key in row["skill_keys"]:
            evidence[row["person_key"], key].append(row)
    rows = []
    for (person, key), unsorted in evidence.items():
        found = sorted(unsorted, key=lambda row: row["awarded_on"], reverse=True)
        valid = sum(row["status"] == "valid" for row in found)
        rows.append(
            {"person_key": person, **world.skill_columns(key, ["certification"])}
            | {
                "is_held": valid > 0,
                "valid_certificate_count": valid,
                "certificate_count": len(found),
                "certificate_ids": [row["certificate_id"] for row in found],
                "source_ids": [row["source_id"] for row in found],
                "first_awarded_on": found[-1]["awarded_on"],
                "last_awarded_on": found[0]["awarded_on"],
                "best_result_percent": max(
                    (row["result_percent"] for row in found if row["result_percent"] is not None), default=None
                ),
            }
        )
    return pd.DataFrame(rows, columns=_SKILL, dtype=object)
