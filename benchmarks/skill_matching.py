"""``python -m benchmarks.skill_matching``: how well names of skills are matched, on the terms of ``tests/data``.

Loads the real reference (``ARNA_SHARED_DATA``) into a PostgreSQL of its own and prints precision and recall for several
thresholds, with those in use marked, and by method.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table

from arna.embedded.postgres import EmbeddedPostgres
from arna.reference import load_reference
from arna.skills.matching import FUZZY_THRESHOLD, LATIN_THRESHOLD, SkillMatcher
from arna.skills.terms import read_labels
from arna.warehouse.database import Database
from arna.warehouse.migrations import migrate

SAMPLE: Final = Path(__file__).parents[1] / "tests" / "data" / "skill_terms.csv"
PARTS: Final = ("development", "held-out")
_IN_USE: Final = (FUZZY_THRESHOLD, LATIN_THRESHOLD)
_THRESHOLDS: Final = ((80.0, 80.0), (85.0, 90.0), (88.0, 95.0), (90.0, 95.0), (92.0, 97.0), (100.0, 100.0))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A term, the skill it means (None: no skill of the reference) and the part of the sample it belongs to."""

    term: str
    skill_key: str | None
    part: str


@dataclass(frozen=True, slots=True)
class Score:
    """How a matcher did.

    Attributes:
        right: terms matched with the skill they mean.
        wrong: terms matched with another, or that mean none.
        missed: terms that mean a skill and were not matched with it.
    """

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Of the matches, the share that is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of the terms that mean a skill, the share that was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def read_sample(path: Path = SAMPLE) -> list[Labelled]:
    """The labelled terms."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Labelled(row["term"], row["skill_key"] or None, row["part"]) for row in csv.DictReader(file)]


def score(matcher: SkillMatcher, sample: Iterable[Labelled], method: str | None = None) -> Score:
    """Precision and recall on the sample; with a method, of its matches alone."""
    right = wrong = missed = 0
    for row in sample:
        match = matcher.match(row.term)
        if match.skill_key is not None and method in (None, match.method):
            right += match.skill_key == row.skill_key
            wrong += match.skill_key != row.skill_key
        missed += row.skill_key is not None and match.skill_key != row.skill_key
    return Score(right, wrong, missed)


def main() -> int:
    """Prints the tables; exit code 1 where precision is below 0.95."""
    folder = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data"))
    if not (folder / "reference").is_dir():
        print("the reference files are not here; set ARNA_SHARED_DATA")
        return 1
    sample = read_sample()
    with _reference(folder) as db, db.session(read_only=True) as session:
        labels = read_labels(session)
    console = Console()
    table = Table("likeness (Cyrillic, Latin)", "part", title=f"{len(sample)} labelled terms, {len(labels):,} labels")
    for column in ("right", "wrong", "missed", "precision", "recall"):
        table.add_column(column, justify="right")
    for thresholds in _THRESHOLDS:
        matcher = SkillMatcher(labels, thresholds)
        for part in (*PARTS, "all"):
            result = score(matcher, [row for row in sample if part in (row.part, "all")])
            name = f"{thresholds[0]:.0f}, {thresholds[1]:.0f}{' (in use)' if thresholds == _IN_USE else ''}"
            table.add_row(name, part, *_columns(result))
    console.print(table)
    matcher = SkillMatcher(labels)
    methods = Table("method", "right", "wrong", "precision", title="by method, thresholds in use")
    for method in ("exact", "alias", "fuzzy"):
        result = score(matcher, sample, method)
        methods.add_row(method, str(result.right), str(result.wrong), f"{result.precision:.3f}")
    console.print(methods)
    began = perf_counter()
    for row in sample:
        matcher.match(row.term)
    print(f"{1000 * (perf_counter() - began) / len(sample):.2f} ms a term")
    return int(score(matcher, sample).precision < 0.95)


def _columns(result: Score) -> Iterator[str]:
    yield from (str(result.right), str(result.wrong), str(result.missed))
    yield from (f"{result.precision:.3f}", f"{result.recall:.3f}")


@contextmanager
def _reference(folder: Path) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="arna-b-", dir="/tmp") as home:
        server = EmbeddedPostgres(Path(home) / "postgres", {"fsync": "off"})
        server.start()
        try:
            url = server.url("postgres")
            migrate(url)
            with Database(url) as db:
                load_reference(db, folder)
                yield db
        finally:
            server.stop("immediate")


if __name__ == "__main__":
    sys.exit(main())
