"""Which reference skill a name means: the same name, another label of it, or one that is close enough.

Pure: no database, no clock. The answer depends on the term, the labels and ``MATCHER_VERSION`` alone, so terms can be
decided in any order and one by one. How thresholds were set: docs/reference/skills.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from rapidfuzz import fuzz, process

MATCHER_VERSION: Final = 1
"""Raise it with every change that can decide a term otherwise: all terms are then decided anew."""

FUZZY_THRESHOLD: Final = 90.0
"""Least likeness, 0 to 100, at which a name with Cyrillic letters counts as the same: words have endings."""
LATIN_THRESHOLD: Final = 95.0
"""The same for a name without: it is mostly that of a product, and one letter makes another of it."""
TOKEN_THRESHOLD: Final = 78.0
"""Least likeness of each word with its opposite; words of up to three letters must be equal."""
FUZZY_MIN_LENGTH: Final = 6
"""Shorter names (after folding, without spaces) are never likened: one letter makes another technology of them."""

Method = Literal["exact", "alias", "fuzzy", "none"]

# Letters that look alike in Cyrillic and Latin and are typed one for the other: "1С" has either С.
_LOOKALIKES = str.maketrans("аеорсухіёқң", "aeopcyxieкн")
# In a word that has Latin letters or digits these too are slips of the keyboard.
_MIXED_LOOKALIKES = str.maketrans("вкмнт", "bkmht")
_MIXED_WORD = re.compile(r"\S*[a-z0-9]\S*")
_LEAD_IN = re.compile(
    r"^(?:(?:(?:базов|уверенн|отличн|хорош|глубок|практическ)\w+\s+)?"
    r"(?:знани[ея]|владени[ея]|понимани[ея]|навыки?|опыт|умение)\s+(?:(?:работы|работать|программирования|использования)\s+)?"
    r"|(?:уверенный|хороший|отличный|продвинутый)\s+|(?:работа|работать)\s+(?=с|на)"
    r"|(?:(?:strong|good|basic|solid)\s+)?(?:knowledge|understanding|experience)\s+(?:working\s+)?(?:of|with|in)\s+)"
    r"(?:(?:с|со|на|в|основ|принципов)\s+)*"
)
_QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
_VERSION = re.compile(r"(?:\s+v?\d+(?:\.(?:\d+|x))*\+?|(?<=[a-zа-я]{3})\d+(?:\.\d+)*\+?)$")
_SEPARATORS = re.compile(r"[\s/_·•,;:|\"'«»„“”`()\[\]-]+")
_DOT = re.compile(r"(?<=\w)\.(?=\s|$)|(?<=\w)\.(?=\w)")
_DIGITS = re.compile(r"\d")
_CYRILLIC = re.compile(r"[а-яәғқңөұүһі]")
_SHORT_WORD = 3


class Kind(IntEnum):
    """What a label is; the lower one wins."""

    ALIAS = 0
    NAME = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Label:
    """One way in which the reference writes a skill.

    Attributes:
        text: normalised by ``mart.normalise_name``.
        skill_key: the skill; None: people said that it means none.
        kind: a curated alias, the name itself (with or without its qualifier), or another label.
        rank: of its framework; the lower one wins where two frameworks have the same name.
    """

    text: str
    skill_key: str | None
    kind: Kind
    rank: int


@dataclass(frozen=True, slots=True)
class Match:
    """What a term means.

    Attributes:
        method: how that was found; ``none``: it means no reference skill that we know of.
        skill_key: the skill; None with ``none``.
        score: likeness of the term and the label, 0 to 100; with ``none`` the best that was not enough.
        label: the label; None where nothing is like it.
    """

    method: Method
    skill_key: str | None
    score: float
    label: str | None


@dataclass(frozen=True, slots=True)
class _Folded:
    """Labels in the forms that are compared, in the order in which they win."""

    labels: Sequence[Label]
    spaced: Sequence[str]
    ordered: Sequence[str]


class SkillMatcher:
    """Decides terms by a fixed set of labels.

    Args:
        labels: every label of every skill in force, and the curated aliases.
        thresholds: least likeness of a fuzzy match with and without Cyrillic letters.
    """

    def __init__(
        self, labels: Iterable[Label], thresholds: tuple[float, float] = (FUZZY_THRESHOLD, LATIN_THRESHOLD)
    ) -> None:
        self._cyrillic_threshold, self._latin_threshold = thresholds
        ranked = _without_doubtful(sorted(labels, key=_precedence))
        self._exact: dict[str, Label] = {}
        self._compact: dict[str, Label] = {}
        for label in ranked:
            self._exact.setdefault(label.text, label)
        ranked = [label for label in ranked if label.skill_key is not None]
        for label in ranked:
            if compact := _compact(fold(label.text)):
                self._compact.setdefault(compact, label)
        self._folded = _fold_labels(ranked)

    def match(self, term: str) -> Match:
        """What a term means; it must be normalised as the labels are."""
        if label := self._exact.get(term):
            if label.skill_key is None:
                return Match("none", None, 0.0, label.text)
            return Match("exact" if label.kind is Kind.NAME else "alias", label.skill_key, 100.0, label.text)
        # A single letter is a language, and what is left of a sentence.
        forms = [form for form in dict.fromkeys((fold(term), fold(strip(term)))) if len(form) > 1 or form == fold(term)]
        for form in forms:
            if label := self._compact.get(_compact(form)):
                return Match("fuzzy", label.skill_key, 100.0, label.text)
        long_forms = [form for form in forms if len(_compact(form)) >= FUZZY_MIN_LENGTH]
        return self._liken(long_forms) if long_forms else Match("none", None, 0.0, None)

    def _liken(self, forms: Sequence[str]) -> Match:
        best = max((found for form in forms for found in self._find_alike(form)), default=None)
        if best is not None:
            label = self._folded.labels[-best[1]]
            return Match("fuzzy", label.skill_key, round(best[0], 2), label.text)
        near = process.extractOne(forms[-1], self._folded.spaced, scorer=fuzz.ratio, score_cutoff=60)
        if near is None:
            return Match("none", None, 0.0, None)
        return Match("none", None, round(near[1], 2), self._folded.labels[near[2]].text)

    def _find_alike(self, form: str) -> Iterator[tuple[float, int]]:
        """Likeness and negative place of the labels that are alike enough: of equal likeness the first wins."""
        threshold = self._cyrillic_threshold if _CYRILLIC.search(form) else self._latin_threshold
        for query, choices in ((form, self._folded.spaced), (_order(form), self._folded.ordered)):
            for choice, score, position in process.extract(
                query, choices, scorer=fuzz.ratio, score_cutoff=threshold, limit=20
            ):
                if _is_plausible(query, choice):
                    yield score, -position


def strip(term: str) -> str:
    """A name without what is said around it: "good knowledge of", a remark in brackets, a version at the end.

    Never empty.
    """
    bare = _LEAD_IN.sub("", term) or term
    bare = _QUALIFIER.sub("", bare) or bare
    return _VERSION.sub("", bare) or bare


def fold(term: str) -> str:
    """A normalised name in the form that is compared: no punctuation, one letter for those of two alphabets alike."""
    text = _SEPARATORS.sub(" ", _DOT.sub(" ", term)).strip().translate(_LOOKALIKES)
    return _MIXED_WORD.sub(lambda word: word[0].translate(_MIXED_LOOKALIKES), text)


def _compact(folded: str) -> str:
    return folded.replace(" ", "")


def _order(folded: str) -> str:
    return " ".join(sorted(folded.split()))


def _precedence(label: Label) -> tuple[int, int, str, str]:
    return (label.kind, label.rank, label.text, label.skill_key or "")


def _is_plausible(left: str, right: str) -> bool:
    """Whether two alike names differ in endings and slips only, not in a word, a number or a short name."""
    if _DIGITS.findall(left) != _DIGITS.findall(right):
        return False
    ours, theirs = left.split(), right.split()
    return len(ours) == len(theirs) and all(
        one == other if min(len(one), len(other)) <= _SHORT_WORD else fuzz.ratio(one, other) >= TOKEN_THRESHOLD
        for one, other in zip(ours, theirs, strict=True)
    )


def _without_doubtful(labels: Iterable[Label]) -> list[Label]:
    """Labels less the alternative ones that say too little.

    These are labels the reference gives to several skills, and those of a single word: ESCO files "curl" under
    computer programming and "data" under statistics.
    """
    labels = list(labels)
    meanings: dict[str, set[str | None]] = {}
    for label in labels:
        if label.kind is Kind.OTHER:
            meanings.setdefault(label.text, set()).add(label.skill_key)
    return [
        label
        for label in labels
        if label.kind is not Kind.OTHER or (" " in label.text and len(meanings[label.text]) == 1)
    ]


def _fold_labels(labels: Sequence[Label]) -> _Folded:
    folded: dict[str, Label] = {}
    for label in labels:
        text = fold(label.text)
        if len(_compact(text)) >= FUZZY_MIN_LENGTH:
            folded.setdefault(text, label)
    return _Folded(list(folded.values()), list(folded), [_order(text) for text in folded])
