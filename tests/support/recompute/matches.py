"""What a person could do: occupations, and the courses that lead there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import pandas as pd

from tests.support.recompute.demand import is_open, one_per_chain, postings
from tests.support.recompute.keys import month_of, rounded
from tests.support.recompute.occupations import heaviest_first, offers, open_chains, required
from tests.support.recompute.profile import by_person, held_skills, shown_enrolment
from tests.support.recompute.supply import country
from tests.support.recompute.worlds import Row, World

REMOTE, UNKNOWN = "00", "ZZ"
_MATCH = [
    "person_key", "rank", "isco_code", "occupation_name_kk", "occupation_name_ru", "occupation_name_en", "match_score",
    "skills_held", "skills_missing", "region_code", "vacancies_in_region", "vacancies_in_country",
]  # fmt: skip
_RECOMMENDATION = [
    "person_key", "rank", "isco_code", "occupation_name_kk", "occupation_name_ru", "occupation_name_en", "match_score",
    "skill_key", "skill_name", "skill_name_kk", "skill_name_ru", "skill_name_en", "skill_weight", "issuer_bin",
    "issuer_name", "achievement_code", "achievement_name_kk", "achievement_name_ru", "achievement_name_en", "hours",
    "region_code", "vacancy_count", "vacancy_ids", "supply_gap",
]  # fmt: skip
_COURSE = [
    "issuer_bin", "issuer_name", "achievement_code", "achievement_name_kk", "achievement_name_ru",
    "achievement_name_en", "hours",
]  # fmt: skip


def matches(world: World) -> dict[UUID, list[Row]]:
    """Per person the ten occupations that fit best, best first."""
    if "matches" in world.cache:
        found: dict[UUID, list[Row]] = world.cache["matches"]
        return found
    places: Counter[tuple[str, str]] = Counter()
    for row in open_chains(world):
        if row["isco_code"] is not None:
            places[row["isco_code"], row["region_code"]] += 1
    everywhere: Counter[str] = Counter()
    for (isco, _), number in places.items():
        everywhere[isco] += number
    region_of = {
        person: shown_enrolment(rows, world.today)["region_code"]
        for person, rows in by_person(world.enrolments).items()
    }
    needed = required(world)
    asking: dict[str, set[str]] = defaultdict(set)
    for isco, skills in needed.items():
        for skill in skills:
            asking[skill].add(isco)
    result = {}
    for person, held in held_skills(world).items():
        region = region_of.get(person, UNKNOWN)
        rows = []
        for isco in set().union(*(asking.get(skill, set()) for skill in held)):
            skills = needed[isco]
            has = {skill: weight for skill, weight in skills.items() if skill in held}
            lacks = {skill: weight for skill, weight in skills.items() if skill not in held}
            rows.append(
                {
                    "person_key": person,
                    **world.reference.isco_columns(isco),
                    "match_score": rounded(sum(has.values(), Decimal(0)) / sum(skills.values())),
                    "skills_held": heaviest_first(has),
                    "skills_missing": heaviest_first(lacks),
                    "region_code": region,
                    "vacancies_in_region": places[isco, region] + places[isco, REMOTE],
                    "vacancies_in_country": everywhere[isco],
                }
            )
        rows.sort(key=lambda row: (-row["match_score"], -row["vacancies_in_region"], row["isco_code"]))
        shown = [row for row in rows if row["match_score"] > 0][:10]
        result[person] = [row | {"rank": rank} for rank, row in enumerate(shown, start=1)]
    world.cache["matches"] = result
    return result


def career_match(world: World) -> pd.DataFrame:
    """profile.career_match."""
    rows = [row for found in matches(world).values() for row in found]
    return pd.DataFrame(rows, columns=_MATCH, dtype=object)


def recommendation(world: World) -> pd.DataFrame:
    """retraining.recommendation."""
    open_of: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in postings(world):
        if row["isco_code"] is not None and is_open(row, world.today):
            for skill in row["skill_keys"]:
                open_of[row["isco_code"], skill].append(row)
    rows = []
    for found in matches(world).values():
        advice = [row for match in found[:3] if match["match_score"] < 1 for row in _advice(world, match, open_of)]
        rows += [row | {"rank": rank} for rank, row in enumerate(sorted(advice, key=lambda row: row["order"]), start=1)]
    return pd.DataFrame(rows, columns=_RECOMMENDATION, dtype=object)


def _advice(world: World, match: Row, open_of: dict[tuple[str, str], list[Row]]) -> Iterator[Row]:
    skills = required(world)[match["isco_code"]]
    for skill in match["skills_missing"]:
        near = [
            row
            for row in open_of.get((match["isco_code"], skill), ())
            if row["region_code"] in {match["region_code"], REMOTE}
        ]
        vacancies = one_per_chain(near)
        if not vacancies:
            continue
        gap = country(world).get((skill, month_of(world.today)), {})
        for place, one in enumerate(offers(world).get(skill, [])[:2]):
            yield match | {
                "order": (match["rank"], -skills[skill], -len(vacancies), skill, place),
                **world.skill_columns(skill, ["certification", "vacancy"]),
                "skill_weight": skills[skill],
                **{name: one[name] for name in _COURSE},
                "vacancy_count": len(vacancies),
                "vacancy_ids": [f"{row['source_id']}:{row['vacancy_id']}" for row in vacancies[:5]],
                "supply_gap": gap.get("gap"),
            }
