"""The words of the quality rules: how grave a breach is, where it points, what is wrong, and what to do about it.

What is checked, and why, is in ``expectations``. The words are here because those who tell them, to a source or
beforehand to a publisher, must not need Great Expectations, and because core keeps of a warning its rule id alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from arna.contracts.quality_words import WORDS
from arna.contracts.registry import Entity
from arna.contracts.rules import Rule, Sentence


@dataclass(frozen=True, slots=True)
class QualityWords:
    """What is said of one quality rule.

    Attributes:
        rule: its id, class, severity and what is wrong.
        pointer: JSON pointer to the field in the event's data, the same for all entities or by entity; empty where
            the rule is about the event as a whole.
        mend: what to do about it in the source system.
    """

    rule: Rule
    pointer: str | Mapping[Entity, str]
    mend: Sentence

    def pointer_in(self, entity: Entity) -> str:
        """The pointer for an entity."""
        return self.pointer if isinstance(self.pointer, str) else self.pointer.get(entity, "")


QUALITY_WORDS: Final[Mapping[str, QualityWords]] = MappingProxyType(
    {
        rule_id: QualityWords(Rule(rule_id, rejection_class, severity, *wrong), pointer, Sentence(*mend))
        for rule_id, severity, rejection_class, pointer, wrong, mend in WORDS
    }
)
"""Every quality rule by id."""
