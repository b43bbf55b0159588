"""profile.programme_outcome: what became of those who entered a programme."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from tests.support.recompute.demand import demand_of_skills
from tests.support.recompute.keys import add_months, month_of, ratio, rounded
from tests.support.recompute.profile import by_person, outcome
from tests.support.recompute.worlds import Row, World

SMALLEST = 5
PARTS = ("active", "completed", "transferred", "dropped_out", "other", "unreported")
AFTER_THE_END = timedelta(days=180)
_COLUMNS = [
    "organisation_bin", "programme_code", "cohort_year", "programme_name_kk", "programme_name_ru", "programme_name_en",
    "isced_level", "isced_field_code", "entered", *PARTS, "certified", "completion_rate", "dropout_rate",
    "certified_rate", "is_suppressed", "taught_skill_keys", "demand_openings_avg",
]  # fmt: skip


def programme_outcome(world: World) -> pd.DataFrame:
    """profile.programme_outcome."""
    evidence = by_person(world.evidence)
    cohorts: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    taught: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in world.enrolments:
        found = outcome(row, world.today)
        if found == "planned":
            continue
        until = (row["end_date"] or world.today) + AFTER_THE_END
        proofs = [
            one
            for one in evidence.get(row["person_key"], [])
            if one["issuer_bin"] == row["organisation_bin"] and row["begin_date"] <= one["awarded_on"] <= until
        ]
        programme = (row["organisation_bin"], row["programme_code"])
        taught[programme].update(set().union(*(one["skill_keys"] for one in proofs)))
        part = "active" if found == "on_leave" else found
        cohorts[*programme, row["begin_date"].year].append(row | {"part": part, "is_certified": bool(proofs)})
    rows = []
    for (body, code, year), enrolments in cohorts.items():
        latest = max(enrolments, key=lambda row: (row["event_at"], row["source_id"], row["enrolment_id"]))
        skills = sorted(skill for skill, number in taught[body, code].items() if number >= SMALLEST)
        rows.append(
            latest
            | _counts(enrolments)
            | {"cohort_year": year, "taught_skill_keys": skills, "demand_openings_avg": _demand(world, skills)}
        )
    return pd.DataFrame(rows, columns=_COLUMNS, dtype=object)


def _demand(world: World, skills: list[str]) -> Decimal | None:
    if not skills:
        return None
    until = month_of(world.today)
    since = add_months(until, -11)
    capped = sum(
        counts["openings_capped"]
        for (skill, _, month), counts in demand_of_skills(world).items()
        if skill in skills and since <= month <= until
    )
    return rounded(Decimal(capped) / 12)


def _counts(enrolments: list[Row]) -> Row:
    entered, counted = len(enrolments), Counter(row["part"] for row in enrolments)
    certified = sum(row["is_certified"] for row in enrolments)
    if entered < SMALLEST:
        figures = ["entered", *PARTS, "certified", "completion_rate", "dropout_rate", "certified_rate"]
        return dict.fromkeys(figures) | {"is_suppressed": True}
    hidden = {part for part in PARTS if 0 < counted[part] < SMALLEST}
    # What is left of entered would tell a few people together as it would tell one part.
    if 0 < sum(counted[part] for part in hidden) < SMALLEST:
        others = [part for part in PARTS if counted[part] and part not in hidden]
        hidden.add(min(others, key=lambda part: (counted[part], PARTS.index(part))))
    parts = {part: None if part in hidden else counted[part] for part in PARTS}
    is_told = not (0 < certified < SMALLEST or 0 < entered - certified < SMALLEST)
    return {
        "entered": entered,
        **parts,
        "certified": certified if is_told else None,
        **_rates(parts, entered, certified if is_told else None),
        "is_suppressed": bool(hidden) or not is_told,
    }


def _rates(parts: dict[str, int | None], entered: int, certified: int | None) -> dict[str, Any]:
    ended = [parts[part] for part in ("completed", "dropped_out", "transferred", "other")]
    whole = None if None in ended else sum(number or 0 for number in ended)
    return {
        "completion_rate": ratio(parts["completed"], whole),
        "dropout_rate": ratio(parts["dropped_out"], whole),
        "certified_rate": ratio(certified, entered),
    }
