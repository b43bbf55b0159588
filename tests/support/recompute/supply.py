"""People who hold a skill, what is withheld of their numbers, and what is missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pandas as pd

from tests.support.recompute.demand import SKILL, demand_of_skills
from tests.support.recompute.keys import FAR, Span, add_months, minus, months_of
from tests.support.recompute.profile import by_person
from tests.support.recompute.worlds import Row, World

SMALLEST = 5
_DAY = timedelta(days=1)
_REGION = ["region_code", "region_name_kk", "region_name_ru", "region_name_en", "month"]
_GAP = ["demand_vacancies", "demand_openings", "demand_openings_capped", "supply_people", "gap", "is_suppressed"]
_SOURCES = ["certification", "vacancy"]


def valid_days(versions: list[Row], today: date) -> list[Span]:
    """Days on which a certificate was valid, to today: a suspension or revocation ends it, a reinstatement resumes."""
    current = versions[-1]
    end = min(today, current["valid_until"] or today) + _DAY
    days: list[Span] = [(current["valid_from"], end)] if current["valid_from"] < end else []
    stopped_on = None
    for row in versions:
        if row["status"] != "valid":
            stopped_on = row["occurred_on"] if stopped_on is None else stopped_on
        elif stopped_on is not None:
            days = minus(days, (stopped_on, row["occurred_on"]))
            stopped_on = None
    return days if stopped_on is None else minus(days, (stopped_on, FAR))


def people(world: World) -> Counter[tuple[str, str, date]]:
    """People per skill, region and month."""
    if "people" in world.cache:
        found: Counter[tuple[str, str, date]] = world.cache["people"]
        return found
    held: dict[tuple[UUID, str], set[date]] = defaultdict(set)
    for versions in world.versions["certification"].values():
        months = months_of(valid_days(versions, world.today))
        key = world.person(versions[-1])["person_key"]
        for skill in world.skill_keys(versions[-1]["skills"]) if months else ():
            held[key, skill] |= months
    enrolments = by_person(world.enrolments)
    regions: dict[tuple[UUID, date], str] = {}
    counts: Counter[tuple[str, str, date]] = Counter()
    for (person, skill), months in held.items():
        for month in months:
            if (person, month) not in regions:
                regions[person, month] = region_in(enrolments.get(person, []), month, world.today)
            counts[skill, regions[person, month], month] += 1
    world.cache["people"] = counts
    return counts


def region_in(enrolments: list[Row], month: date, today: date) -> str:
    """Region of the enrolment in force in a month, else of the last one before, else unknown."""
    last = min(add_months(month, 1) - _DAY, today)
    begun = [row for row in enrolments if row["begin_date"] <= last]
    if not begun:
        return "ZZ"
    in_force = [row for row in begun if row["end_date"] is None or row["end_date"] > month]
    latest: Row = max(
        in_force or begun,
        key=lambda row: (row["begin_date"], row["isced_level"], row["event_at"], row["source_id"], row["enrolment_id"]),
    )
    return str(latest["region_code"])


def withheld(world: World) -> tuple[set[tuple[str, str, date]], set[tuple[str, date]]]:
    """Which regions' and which countries' numbers are withheld."""
    by_skill: dict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    for (skill, region, month), number in people(world).items():
        by_skill[skill, month][region] = number
    regions, countries = set(), set()
    for (skill, month), numbers in by_skill.items():
        small = {region for region, number in numbers.items() if number < SMALLEST}
        others = sorted((number, region) for region, number in numbers.items() if region not in small)
        if small and others:
            small.add(others[0][1])
        elif small:
            countries.add((skill, month))
        if sum(numbers.values()) < SMALLEST:
            countries.add((skill, month))
        regions |= {(skill, region, month) for region in small}
    return regions, countries


def skill_supply(world: World) -> pd.DataFrame:
    """retraining.skill_supply."""
    hidden, _ = withheld(world)
    rows = [
        world.skill_columns(key, _SOURCES)
        | world.reference.region_columns(region)
        | {
            "month": month,
            "people": None if (key, region, month) in hidden else number,
            "is_suppressed": (key, region, month) in hidden,
        }
        for (key, region, month), number in people(world).items()
    ]
    return pd.DataFrame(rows, columns=[*SKILL, *_REGION, "people", "is_suppressed"], dtype=object)


def skill_gap(world: World) -> pd.DataFrame:
    """retraining.skill_gap."""
    demand, supply = demand_of_skills(world), people(world)
    hidden, _ = withheld(world)
    rows = [
        world.skill_columns(place[0], _SOURCES)
        | world.reference.region_columns(place[1])
        | {"month": place[2]}
        | _gap(demand.get(place, {}), supply.get(place, 0), place in hidden)
        for place in demand.keys() | supply.keys()
    ]
    return pd.DataFrame(rows, columns=[*SKILL, *_REGION, *_GAP], dtype=object)


def _gap(demand: Row, number: int, is_hidden: bool) -> Row:
    capped = demand.get("openings_capped", 0)
    return {
        "demand_vacancies": demand.get("vacancies", 0),
        "demand_openings": demand.get("openings", 0),
        "demand_openings_capped": capped,
        "supply_people": None if is_hidden else number,
        "gap": None if is_hidden else capped - number,
        "is_suppressed": is_hidden,
    }


def country(world: World) -> dict[tuple[str, date], Row]:
    """Demand, supply and gap per skill and month."""
    if "country" not in world.cache:
        demand: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for (skill, _, month), counts in demand_of_skills(world).items():
            names = ("vacancies", "openings", "openings_capped")
            demand[skill, month].update({name: counts[name] for name in names})
        numbers: Counter[tuple[str, date]] = Counter()
        for (skill, _, month), number in people(world).items():
            numbers[skill, month] += number
        _, hidden = withheld(world)
        world.cache["country"] = {
            key: _gap(demand.get(key, Counter()), numbers[key], key in hidden) for key in demand.keys() | set(numbers)
        }
    found: dict[tuple[str, date], Row] = world.cache["country"]
    return found


def skill_gap_country(world: World) -> pd.DataFrame:
    """retraining.skill_gap_country."""
    rows: list[dict[str, Any]] = [
        world.skill_columns(key, _SOURCES) | {"month": month, **gap} for (key, month), gap in country(world).items()
    ]
    return pd.DataFrame(rows, columns=[*SKILL, "month", *_GAP], dtype=object)
