"""What OULAD's assessments say about a student's result in a module presentation.

``studentAssessment.csv`` names an assessment, not the presentation that it belongs to; that stands in
``assessments.csv``, with its weight. A score of an assessment that is not in there belongs to the one presentation of
the student that ``assessments.csv`` does not cover; where there are two of them it is used for neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final, Protocol, TypeAlias

from producers.adapters.csv_sets import Record
from producers.rows import AdaptedRow, Refusal

_ASSESSMENTS: Final = ("code_module", "code_presentation", "id_assessment", "weight")
_SCORES: Final = ("id_assessment", "id_student", "score")
_HUNDRED: Final = Decimal(100)
_CENT: Final = Decimal("0.01")

Presentation: TypeAlias = tuple[str, str]


class Folders(Protocol):
    """Where the files are."""

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def read(self, name: str, needed: Collection[str]) -> Iterator[Record]:
        """Its records."""


@dataclass(slots=True)
class ResultReader:
    """Scores by student and presentation.

    Attributes:
        weights: assessment to its presentation and weight.
        registered: student to the presentations in which they are.
        scores: student and presentation to their scores with weights.
    """

    weights: dict[str, tuple[Presentation, Decimal]] = field(default_factory=dict)
    registered: dict[str, set[Presentation]] = field(default_factory=dict)
    scores: dict[tuple[str, Presentation], list[tuple[Decimal, Decimal]]] = field(default_factory=dict)

    def register(self, module: str, presentation: str, student: str) -> None:
        """Notes that a student is in a presentation."""
        self.registered.setdefault(student, set()).add((module, presentation))

    def note(self, student: str, assessment: str, score: Decimal, covered: Collection[Presentation]) -> None:
        """Puts a score where it belongs, if that can be told."""
        if assessment in self.weights:
            presentation, weight = self.weights[assessment]
        else:
            open_ones = [found for found in self.registered.get(student, ()) if found not in covered]
            if len(open_ones) != 1:
                return
            presentation, weight = open_ones[0], Decimal(0)
        self.scores.setdefault((student, presentation), []).append((score, weight))

    def score(self, module: str, presentation: str, student: str) -> float | None:
        """Mean score out of 100, weighted where an assessment has a weight; None where there is no score."""
        noted = self.scores.get((student, (module, presentation)), [])
        if not noted:
            return None
        total = sum((weight for _, weight in noted), Decimal(0))
        if total:
            mean = sum((score * weight for score, weight in noted), Decimal(0)) / total
        else:
            mean = sum((score for score, _ in noted), Decimal(0)) / len(noted)
        return float(mean.quantize(_CENT, ROUND_HALF_EVEN))


def read_results(results: ResultReader, folders: Folders) -> Iterator[AdaptedRow]:
    """Reads the scores, where there are any; yields the records that cannot be used."""
    if not folders.has("studentAssessment"):
        return
    if folders.has("assessments"):
        for record in folders.read("assessments", _ASSESSMENTS):
            weight = None if record.problem else _decimal(record.cells["weight"])
            if weight is None:
                yield _refused(record, "weight")
            else:
                presentation = record.cells["code_module"], record.cells["code_presentation"]
                results.weights[record.cells["id_assessment"]] = presentation, weight
    covered = {presentation for presentation, _ in results.weights.values()}
    for record in folders.read("studentAssessment", _SCORES):
        if record.problem is None and not record.cells["score"]:
            # Submitted and not marked.
            continue
        score = None if record.problem else _decimal(record.cells["score"])
        if score is None:
            yield _refused(record, "score")
        else:
            results.note(record.cells["id_student"], record.cells["id_assessment"], score, covered)


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text) if text.isascii() and len(text) < 20 else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and 0 <= number <= _HUNDRED else None


def _refused(record: Record, column: str) -> AdaptedRow:
    refusal = record.problem or Refusal("schema_invalid", "number_range", f"/{column}", column)
    return AdaptedRow(record.file, record.row, refusal=refusal)
