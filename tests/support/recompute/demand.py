"""Vacancies: when they were open, which of them are one, and how many ask for a skill or an occupation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from tests.support.recompute.keys import FAR, Span, minus, month_of, months_of, normalise, rounded
from tests.support.recompute.worlds import Row, World

EMPLOYER_CAP = 20
REPOST_DAYS = 30
UNKNOWN = "unknown"
DAY = timedelta(days=1)
Place = tuple[str, ...]
"""A region, or an occupation and a region."""
_REGION = ["region_code", "region_name_kk", "region_name_ru", "region_name_en", "month"]
_COUNTS = [
    "vacancies", "vacancies_raw", "openings", "openings_known", "vacancies_with_unknown_openings", "openings_capped",
    "employers", "vacancies_today",
]  # fmt: skip
SKILL = ["skill_key", "framework", "skill_code", "skill_name", "skill_name_kk", "skill_name_ru", "skill_name_en"]
_OCCUPATION = ["isco_code", "occupation_name_kk", "occupation_name_ru", "occupation_name_en"]


def postings(world: World) -> list[Row]:
    """The current version of each vacancy with its days, region, occupation, salary and chain."""
    if "postings" not in world.cache:
        rows = []
        for versions in world.versions["vacancy"].values():
            row = versions[-1]
            region = "00" if row["is_remote"] else world.reference.region_of(row["kato_code"])
            rows.append(
                row
                | {
                    "open_days": open_days(versions, world.today),
                    "region_code": region,
                    "isco_code": world.reference.isco_of(row["occupation_scheme"], row["occupation_code"]),
                    "skill_keys": world.skill_keys(row["skills"]),
                    "salary_month_kzt": _monthly_salary(row["salary"]),
                }
            )
        _join_chains(rows)
        for row in rows:
            row["months"] = months_of(row["open_days"])
        world.cache["postings"] = sorted(rows, key=_latest_first)
    found: list[Row] = world.cache["postings"]
    return found


def open_days(versions: list[Row], today: date) -> list[Span]:
    """Days on which a vacancy was open: from its publication to its deadline or closing, both included, to today."""
    current = versions[-1]
    end = min(today, current["valid_through"] or today) + DAY
    days: list[Span] = [(current["published_on"], end)] if current["published_on"] < end else []
    closed_on = None
    for row in versions:
        if row["status"] != "open":
            closed_on = row["occurred_on"] if closed_on is None else closed_on
        elif closed_on is not None:
            days = minus(days, (closed_on + DAY, row["occurred_on"]))
            closed_on = None
    return days if closed_on is None else minus(days, (closed_on + DAY, FAR))


def _monthly_salary(salary: tuple[Any, ...]) -> Decimal | None:
    low, high, currency, period, _ = salary
    given = [Decimal(value) for value in (low, high) if value is not None]
    months = {"month": 1, "year": 12}.get(period)
    return sum(given, Decimal(0)) / len(given) / months if given and currency == "KZT" and months else None


def _latest_first(row: Row) -> tuple[Any, ...]:
    # Ids are compared by code point, so that the descending order of a text needs its points turned round.
    moment = -row["event_at"].timestamp()
    return -row["published_on"].toordinal(), moment, -row["source_id"], [-ord(char) for char in row["vacancy_id"]] + [0]


def _join_chains(rows: list[Row]) -> None:
    parents: dict[Any, Any] = {}

    def find(node: Any) -> Any:
        while parents.setdefault(node, node) != node:
            parents[node] = node = parents[parents[node]]
        return node

    def join(one: Any, other: Any) -> None:
        parents[find(one)] = find(other)

    alike: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        node = (row["source_id"], row["vacancy_id"])
        if row["replaces_vacancy_id"] is not None:
            join(node, (row["source_id"], row["replaces_vacancy_id"]))
        alike[_sameness(row)].append(row)
    for group in alike.values():
        group.sort(key=lambda row: row["published_on"])
        for before, after in pairwise(group):
            if (after["published_on"] - before["published_on"]).days <= REPOST_DAYS:
                join((before["source_id"], before["vacancy_id"]), (after["source_id"], after["vacancy_id"]))
    for row in rows:
        row["chain"] = find((row["source_id"], row["vacancy_id"]))


def _sameness(row: Row) -> tuple[Any, ...]:
    names = frozenset(normalise(one["name"]) for one in row["skills"])
    return (
        row["employer_id"], row["title_key"], row["region_code"], names, row["employment_type"],
        row["education_level"], row["experience_months"], row["salary"], row["language_code"],
    )  # fmt: skip


def is_open(row: Row, day: date) -> bool:
    """Whether a posting is open on a day."""
    return any(first <= day < end for first, end in row["open_days"])


def one_per_chain(rows: Iterable[Row]) -> list[Row]:
    """The latest posting of each chain; the rows come latest first."""
    found: dict[Any, Row] = {}
    for row in rows:
        found.setdefault(row["chain"], row)
    return list(found.values())


def count(rows: list[Row], today: date, place_of: Callable[[Row], Place]) -> dict[tuple[Place, date], Row]:
    """Counts per place and month of postings, of which a chain counts once a month, at its latest.

    Args:
        rows: the postings, latest first.
        today: the day of ``vacancies_today``.
        place_of: where a posting is counted.
    """
    by_month: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        for month in row["months"]:
            by_month[month].append(row)
    counts = {}
    for month, raw in by_month.items():
        is_now = month == month_of(today)
        counted = _at_places(one_per_chain(raw), place_of)
        now = _at_places(one_per_chain(row for row in raw if is_now and is_open(row, today)), place_of)
        for place, here in _at_places(raw, place_of).items():
            counts[place, month] = _count(counted.get(place, [])) | {
                "vacancies_raw": len(here),
                "vacancies_today": len(now.get(place, [])) if is_now else None,
                "counted": counted.get(place, []),
            }
    return counts


def _at_places(rows: Iterable[Row], place_of: Callable[[Row], Place]) -> dict[Place, list[Row]]:
    places: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        places[place_of(row)].append(row)
    return places


def _count(rows: list[Row]) -> Row:
    known = sum(row["openings"] or 0 for row in rows)
    unknown = sum(row["openings"] is None for row in rows)
    of_employer: dict[str, int] = defaultdict(int)
    for row in rows:
        of_employer[row["employer_id"]] += 1 if row["openings"] is None else row["openings"]
    return {
        "vacancies": len(rows),
        "openings": known + unknown,
        "openings_known": known,
        "vacancies_with_unknown_openings": unknown,
        "openings_capped": sum(min(openings, EMPLOYER_CAP) for openings in of_employer.values()),
        "employers": len(of_employer),
    }


def demand_of_skills(world: World) -> dict[tuple[str, str, date], Row]:
    """Counts per skill, region and month: of a chain the latest posting that asks for the skill."""
    if "demand" not in world.cache:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in postings(world):
            for key in row["skill_keys"]:
                groups[key].append(row)
        world.cache["demand"] = {
            (key, region, month): counts
            for key, rows in groups.items()
            for ((region,), month), counts in count(rows, world.today, lambda row: (row["region_code"],)).items()
        }
    found: dict[tuple[str, str, date], Row] = world.cache["demand"]
    return found


def demand_of_occupations(world: World) -> dict[tuple[str, str, date], Row]:
    """Counts per occupation, region and month: of a chain the latest posting, which is of one occupation."""
    if "occupations" not in world.cache:
        found = count(postings(world), world.today, lambda row: (row["isco_code"] or UNKNOWN, row["region_code"]))
        world.cache["occupations"] = {(*place, month): counts for (place, month), counts in found.items()}
    result: dict[tuple[str, str, date], Row] = world.cache["occupations"]
    return result


def skill_demand(world: World) -> pd.DataFrame:
    """retraining.skill_demand."""
    rows = [
        world.skill_columns(key, ["certification", "vacancy"])
        | world.reference.region_columns(region)
        | {"month": month, **counts}
        for (key, region, month), counts in demand_of_skills(world).items()
    ]
    return pd.DataFrame(rows, columns=[*SKILL, *_REGION, *_COUNTS], dtype=object)


def occupation_demand(world: World) -> pd.DataFrame:
    """retraining.occupation_demand."""
    rows = []
    for (isco, region, month), counts in demand_of_occupations(world).items():
        salaries = sorted(row["salary_month_kzt"] for row in counts["counted"] if row["salary_month_kzt"] is not None)
        rows.append(
            world.reference.isco_columns(isco)
            | world.reference.region_columns(region)
            | {
                "month": month,
                **counts,
                "vacancies_with_salary": len(salaries),
                "salary_median_kzt": _median(salaries) if len(salaries) >= 5 else None,
            }
        )
    columns = [*_OCCUPATION, *_REGION, *_COUNTS, "salary_median_kzt", "vacancies_with_salary"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _median(values: list[Decimal]) -> Decimal | None:
    middle = len(values) // 2
    return rounded((values[middle] + values[-middle - 1]) / 2, 2)
