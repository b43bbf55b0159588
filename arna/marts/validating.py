"""Runs over the marts: whether one is due, and what it found. What is checked is in ``expectations``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arna.errors import ConfigError
from arna.marts.registry import MartGroup
from arna.marts.rules import MartRule
from arna.warehouse.database import Database


@dataclass(frozen=True, slots=True)
class MartFinding:
    """What one rule found in a view or table, without values.

    Attributes:
        rule: the rule.
        relation: where, with the schema.
        suite_name: the suite it is in.
        expectation_type: Great Expectations' name of the check.
        views: the readers' views that a breach concerns.
        evaluated_count: rows looked at.
        unexpected_count: rows that broke it.
    """

    rule: MartRule
    relation: str
    suite_name: str
    expectation_type: str
    views: Sequence[str]
    evaluated_count: int
    unexpected_count: int

    @property
    def is_invalidating(self) -> bool:
        """Whether the views are not valid for it."""
        return self.rule.is_critical and self.unexpected_count > 0

    def describe(self) -> str:
        """Where, which rule, how many rows, what is wrong and what to do."""
        rows = "1 row" if self.unexpected_count == 1 else f"{self.unexpected_count} rows"
        return f"{self.relation}: {self.rule.rule_id} ({rows}). {self.rule.wrong.en} {self.rule.mend.en}"


def begin_validation(db: Database, group: MartGroup) -> int | None:
    """Opens a run over a group of marts.

    Returns:
        Its number; None where none is due: the last one passed less than an hour ago and nothing changed since.
    """
    row = db.fetch_one("marts/validation/begin.sql", {"mart_group": group})
    return None if row is None else int(row["mart_validation_id"])


def find_group(db: Database, run: int) -> MartGroup:
    """The group a run is over.

    Raises:
        ConfigError: there is no such run.
    """
    row = db.fetch_one("marts/validation/get.sql", {"mart_validation_id": run})
    if row is None:
        raise ConfigError("run", f"there is no run {run} over the marts.")
    group: MartGroup = row["mart_group"]
    return group


def record_findings(db: Database, group: MartGroup, run: int, findings: Sequence[MartFinding]) -> bool:
    """Keeps what a run found, and says of each view whether it is valid. Returns whether all are."""
    invalid_views = sorted({view for each in findings if each.is_invalidating for view in each.views})
    with db.session() as session:
        session.execute("marts/validation/delete_results.sql", {"mart_validation_id": run})
        session.execute(
            "ops/insert_validation.sql",
            {
                "batch_id": None,
                "mart_validation_id": run,
                "entities": [each.relation for each in findings],
                "suite_names": [each.suite_name for each in findings],
                "rule_ids": [each.rule.rule_id for each in findings],
                "expectation_types": [each.expectation_type for each in findings],
                "severities": [str(each.rule.severity) for each in findings],
                "successes": [each.unexpected_count == 0 for each in findings],
                "evaluated_counts": [each.evaluated_count for each in findings],
                "unexpected_counts": [each.unexpected_count for each in findings],
            },
        )
        session.execute(
            "marts/validation/finish.sql", {"mart_validation_id": run, "invalid_views": list(invalid_views)}
        )
        session.execute("marts/validation/delete_old.sql", {"mart_group": group})
    return not invalid_views
