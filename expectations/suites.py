"""The suite of each entity, and the suites of each group of marts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from arna.contracts.registry import Entity
from arna.marts import MartGroup
from expectations import certification, enrolment, mart_profile, mart_retraining, vacancy
from expectations.marts import MartSuite
from expectations.quality import QualityRule

_RULES: Final[Mapping[Entity, Callable[[], list[QualityRule]]]] = MappingProxyType(
    {
        Entity.ENROLMENT: enrolment.rules,
        Entity.CERTIFICATION: certification.rules,
        Entity.VACANCY: vacancy.rules,
    }
)

_MARTS: Final[Mapping[MartGroup, Callable[[], list[MartSuite]]]] = MappingProxyType(
    {"profile": mart_profile.suites, "retraining": mart_retraining.suites}
)


def suite_name(entity: Entity) -> str:
    """Name of the entity's suite, as results and Data Docs call it."""
    return f"{entity}.v1"


def quality_rules(entity: Entity) -> list[QualityRule]:
    """The entity's rules in the order in which a row's first failure is told. Made anew at each call."""
    return _RULES[entity]()


def mart_suites(group: MartGroup) -> list[MartSuite]:
    """The suites of a group of marts, one for each relation. Made anew at each call."""
    return _MARTS[group]()
