"""The rules of the marts: how grave a breach is, what is wrong, and what to do about it.

What is checked, and why, is in ``expectations``. The words are here, as those of the loads are in
``arna.contracts.quality``, because who tells them must not need Great Expectations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from arna.contracts.rules import Sentence, Severity
from arna.marts.rule_words import MENDS, WORDS

_RANGE_SUFFIX: Final = "_out_of_range"


@dataclass(frozen=True, slots=True)
class MartRule:
    """A rule that rows of a mart can break.

    Attributes:
        rule_id: stable id; of one relation, each id is there once.
        severity: critical: the view is marked as not valid and the DAG fails; warning: it is told.
        wrong: what is wrong.
        mend: what an engineer does about it.
    """

    rule_id: str
    severity: Severity
    wrong: Sentence
    mend: Sentence

    @property
    def is_critical(self) -> bool:
        """Whether the view is not valid while it fails."""
        return self.severity is Severity.CRITICAL


def find_rule(rule_id: str) -> MartRule:
    """The words of a rule; ``<column>_out_of_range`` has those of ``out_of_range``.

    Raises:
        KeyError: there are none.
    """
    column = rule_id.removesuffix(_RANGE_SUFFIX)
    severity, wrong, mend = WORDS[rule_id if column == rule_id else _RANGE_SUFFIX.removeprefix("_")]
    sentences = [sentence.replace("{column}", column) for sentence in wrong]
    return MartRule(rule_id, severity, Sentence(*sentences), Sentence(*MENDS[mend]))
