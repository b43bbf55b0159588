"""The suite of each entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from arna.contracts.registry import Entity
from expectations import certification, enrolment, vacancy
from expectations.quality import QualityRule

_RULES: Final[Mapping[Entity, Callable[[], list[QualityRule]]]] = MappingProxyType(
    {
        Entity.ENROLMENT: enrolment.rules,
        Entity.CERTIFICATION: certification.rules,
        Entity.VACANCY: vacancy.rules,
    }
)


def suite_name(entity: Entity) -> str:
    """Name of the entity's suite, as results and Data Docs call it."""
    return f"{entity}.v1"


def quality_rules(entity: Entity) -> list[QualityRule]:
    """The entity's rules in the order in which a row's first failure is told. Made anew at each call."""
    return _RULES[entity]()
