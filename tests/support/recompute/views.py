"""The views by name, with the columns that name a row."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tests.support.recompute import demand, matches, occupations, profile, programmes, supply
from tests.support.recompute.worlds import World

MODELS: dict[str, Callable[[World], pd.DataFrame]] = {
    "profile.student": profile.student,
    "profile.certificate": profile.certificate,
    "profile.skill": profile.skill,
    "profile.education_history": profile.education_history,
    "profile.programme_outcome": programmes.programme_outcome,
    "profile.career_match": matches.career_match,
    "retraining.skill_demand": demand.skill_demand,
    "retraining.occupation_demand": demand.occupation_demand,
    "retraining.occupation_skill": occupations.occupation_skill,
    "retraining.skill_supply": supply.skill_supply,
    "retraining.skill_gap": supply.skill_gap,
    "retraining.skill_gap_country": supply.skill_gap_country,
    "retraining.course": occupations.course,
    "retraining.pathway": occupations.pathway,
    "retraining.recommendation": matches.recommendation,
}
_PLACE = ("skill_key", "region_code", "month")
KEYS: dict[str, tuple[str, ...]] = {
    "profile.student": ("person_key",),
    "profile.certificate": ("source_id", "certificate_id"),
    "profile.skill": ("person_key", "skill_key"),
    "profile.education_history": ("source_id", "enrolment_id"),
    "profile.programme_outcome": ("organisation_bin", "programme_code", "cohort_year"),
    "profile.career_match": ("person_key", "rank"),
    "retraining.skill_demand": _PLACE,
    "retraining.occupation_demand": ("isco_code", "region_code", "month"),
    "retraining.occupation_skill": ("isco_code", "skill_key"),
    "retraining.skill_supply": _PLACE,
    "retraining.skill_gap": _PLACE,
    "retraining.skill_gap_country": ("skill_key", "month"),
    "retraining.course": ("issuer_bin", "achievement_code", "skill_key"),
    "retraining.pathway": ("from_isco_code", "to_isco_code"),
    "retraining.recommendation": ("person_key", "rank"),
}
AS_OF = ("profile.student", "profile.certificate", "profile.skill", "profile.education_history")
"""Views that can be read as of a day."""


def recompute(world: World, view: str) -> pd.DataFrame:
    """One view of a world."""
    return MODELS[view](world)
