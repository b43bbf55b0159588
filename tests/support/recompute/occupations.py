"""What occupations ask for, what teaches it, and the way from one occupation to another."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pandas as pd

from tests.support.recompute.demand import demand_of_occupations, is_open, one_per_chain, postings
from tests.support.recompute.keys import add_months, month_of, ratio, rounded
from tests.support.recompute.worlds import Row, World

SHOWN_FROM, REQUIRED_FROM, REACHED_FROM = Decimal("0.05"), Decimal("0.25"), Decimal("0.1")
SMALLEST = 5
_SKILL = ["skill_key", "framework", "skill_code", "skill_name", "skill_name_kk", "skill_name_ru", "skill_name_en"]
_OCCUPATION_SKILL = [
    "isco_code", "occupation_name_kk", "occupation_name_ru", "occupation_name_en", *_SKILL, "reference_share",
    "is_essential", "vacancy_share", "vacancy_count", "weight", "is_required",
]  # fmt: skip
_COURSE = [
    "issuer_bin", "achievement_code", *_SKILL, "issuer_name", "achievement_name_kk", "achievement_name_ru",
    "achievement_name_en", "achievement_type", "hours", "language_code", "people_certified", "people_valid",
    "is_suppressed", "first_awarded_on", "last_awarded_on", "is_offered",
]  # fmt: skip
_PATHWAY = [
    "from_isco_code", "from_occupation_name_kk", "from_occupation_name_ru", "from_occupation_name_en",
    "to_isco_code", "to_occupation_name_kk", "to_occupation_name_ru", "to_occupation_name_en",
    "similarity", "transferability", "skills_shared", "skills_missing", "skills_without_course", "course_coverage",
    "courses", "to_vacancies_today", "to_openings_capped",
]  # fmt: skip


def _reference_links(world: World) -> dict[str, tuple[int, dict[str, set[str]], set[str]]]:
    """Per ISCO group: how many ESCO occupations link a skill, which of them link each, which skills are essential."""
    reference = world.reference
    occupations: dict[str, set[str]] = defaultdict(set)
    linking: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    essential: dict[str, set[str]] = defaultdict(set)
    for occupation, framework, code, relation in reference.links:
        isco = reference.isco_of("esco", occupation) if occupation in reference.esco_isco else None
        if isco is None:
            continue
        skill = reference.skill_key(framework, code, None)
        occupations[isco].add(occupation)
        linking[isco][skill].add(occupation)
        if relation == "essential":
            essential[isco].add(skill)
    return {isco: (len(occupations[isco]), linking[isco], essential[isco]) for isco in occupations}


def _asked(world: World) -> dict[str, tuple[set[Any], dict[str, set[Any]]]]:
    """Per ISCO group: its chains open within the twelve months that name a skill, and those that ask for each."""
    until = month_of(world.today)
    since = add_months(until, -11)
    chains: dict[str, set[Any]] = defaultdict(set)
    asking: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for row in postings(world):
        if row["isco_code"] is not None and any(since <= month <= until for month in row["months"]):
            for skill in row["skill_keys"]:
                chains[row["isco_code"]].add(row["chain"])
                asking[row["isco_code"]][skill].add(row["chain"])
    return {isco: (chains[isco], asking[isco]) for isco in chains}


def weights(world: World) -> dict[str, dict[str, Row]]:
    """Per occupation the skills it asks for, with their shares and weight."""
    if "weights" in world.cache:
        found: dict[str, dict[str, Row]] = world.cache["weights"]
        return found
    links, asked = _reference_links(world), _asked(world)
    result: dict[str, dict[str, Row]] = defaultdict(dict)
    for isco in links.keys() | asked.keys():
        total, linking, essential = links.get(isco, (0, {}, set()))
        chains, asking = asked.get(isco, (set(), {}))
        for skill in linking.keys() | asking.keys():
            linked, asks = len(linking.get(skill, ())), len(asking.get(skill, ()))
            reference_share = ratio(linked, total)
            vacancy_share = ratio(asks, len(chains)) if len(chains) >= SMALLEST else None
            exact = max(
                Decimal(linked) / total if total else Decimal(0),
                Decimal(asks) / len(chains) if vacancy_share is not None else Decimal(0),
            )
            weight = Decimal(1) if skill in essential else rounded(exact)
            assert weight is not None
            if weight >= SHOWN_FROM:
                result[isco][skill] = {
                    "reference_share": reference_share,
                    "is_essential": skill in essential,
                    "vacancy_share": vacancy_share,
                    "vacancy_count": asks,
                    "weight": weight,
                    "is_required": weight >= REQUIRED_FROM,
                }
    world.cache["weights"] = dict(result)
    return result


def required(world: World) -> dict[str, dict[str, Decimal]]:
    """Per occupation its required skills with their weights; occupations without any are left out."""
    if "required" not in world.cache:
        all_of = {
            isco: {skill: row["weight"] for skill, row in skills.items() if row["is_required"]}
            for isco, skills in weights(world).items()
        }
        world.cache["required"] = {isco: skills for isco, skills in all_of.items() if skills}
    found: dict[str, dict[str, Decimal]] = world.cache["required"]
    return found


def heaviest_first(skills: dict[str, Decimal]) -> list[str]:
    """By weight, the greatest first, then by key."""
    return sorted(skills, key=lambda skill: (-skills[skill], skill))


def occupation_skill(world: World) -> pd.DataFrame:
    """retraining.occupation_skill."""
    rows = [
        world.reference.isco_columns(isco) | world.skill_columns(skill, ["certification", "vacancy"]) | row
        for isco, skills in weights(world).items()
        for skill, row in skills.items()
    ]
    return pd.DataFrame(rows, columns=_OCCUPATION_SKILL, dtype=object)


def courses(world: World) -> list[Row]:
    """Per issuer, achievement and skill what the certificates that are not revoked say of it."""
    if "courses" in world.cache:
        found: list[Row] = world.cache["courses"]
        return found
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in world.evidence:
        groups[row["issuer_bin"], row["achievement_code"]].append(row)
    result = []
    for every in groups.values():
        latest = max(every, key=lambda row: (row["awarded_on"], row["source_id"], row["certificate_id"]))
        for skill in set().union(*(row["skill_keys"] for row in every)):
            rows = [row for row in every if skill in row["skill_keys"]]
            certified = len({row["person_key"] for row in rows})
            valid = len({row["person_key"] for row in rows if row["status"] == "valid"})
            last = max(row["awarded_on"] for row in rows)
            result.append(
                latest
                | world.skill_columns(skill, ["certification"])
                | {
                    "people_certified": certified if certified >= SMALLEST else None,
                    "people_valid": valid if valid >= SMALLEST else None,
                    "is_suppressed": certified < SMALLEST or valid < SMALLEST,
                    "first_awarded_on": min(row["awarded_on"] for row in rows),
                    "last_awarded_on": last,
                    "is_offered": last > add_months(world.today, -24),
                }
            )
    world.cache["courses"] = result
    return result


def course(world: World) -> pd.DataFrame:
    """retraining.course."""
    return pd.DataFrame(courses(world), columns=_COURSE, dtype=object)


def offers(world: World) -> dict[str, list[Row]]:
    """Per skill the offered courses that teach it, in the order of preference."""
    if "offers" not in world.cache:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in courses(world):
            if row["is_offered"]:
                found[row["skill_key"]].append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (-(row["people_certified"] or 0), row["issuer_bin"], row["achievement_code"]))
        world.cache["offers"] = dict(found)
    result: dict[str, list[Row]] = world.cache["offers"]
    return result


def pathway(world: World) -> pd.DataFrame:
    """retraining.pathway."""
    needed, offered = required(world), offers(world)
    demand: dict[str, Row] = defaultdict(lambda: {"to_vacancies_today": 0, "to_openings_capped": 0})
    for (isco, _, month), counts in demand_of_occupations(world).items():
        if month == month_of(world.today):
            demand[isco]["to_vacancies_today"] += counts["vacancies_today"]
            demand[isco]["to_openings_capped"] += counts["openings_capped"]
    rows = []
    for start, has in needed.items():
        for goal, wants in needed.items():
            shared = {skill: weight for skill, weight in wants.items() if skill in has}
            transferability = sum(shared.values(), Decimal(0)) / sum(wants.values())
            if start == goal or transferability < REACHED_FROM:
                continue
            skills = has.keys() | wants.keys()
            pairs = [(has.get(skill, Decimal(0)), wants.get(skill, Decimal(0))) for skill in skills]
            missing = {skill: weight for skill, weight in wants.items() if skill not in has}
            taught = sum((weight for skill, weight in missing.items() if skill in offered), Decimal(0))
            rows.append(
                world.reference.isco_columns(start, "from_")
                | world.reference.isco_columns(goal, "to_")
                | {
                    "similarity": ratio(sum(map(min, pairs), Decimal(0)), sum(map(max, pairs), Decimal(0))),
                    "transferability": rounded(transferability),
                    "skills_shared": heaviest_first(shared),
                    "skills_missing": heaviest_first(missing),
                    "skills_without_course": [skill for skill in heaviest_first(missing) if skill not in offered],
                    "course_coverage": ratio(taught, sum(missing.values(), Decimal(0))),
                    "courses": [
                        {"skill_key": skill} | {name: one[name] for name in ("issuer_bin", "achievement_code", "hours")}
                        for skill in heaviest_first(missing)
                        for one in offered.get(skill, [])[:3]
                    ],
                    **demand[goal],
                }
            )
    return pd.DataFrame(rows, columns=_PATHWAY, dtype=object)


def open_chains(world: World) -> list[Row]:
    """The latest posting of each chain that is open today."""
    return one_per_chain(row for row in postings(world) if is_open(row, world.today))
