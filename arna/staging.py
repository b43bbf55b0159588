"""The stage: a batch's events as typed rows, marked with what is wrong with them.

``stage_batch`` fills it, ``record_findings`` marks the rows by Great Expectations' own queries and decides
whether the batch may be loaded. Both are called under the entity's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from arna.batches import Batch, BatchStateError, entity_names, read_batch, reject_range
from arna.contracts.rules import RULES
from arna.errors import ArnaError
from arna.warehouse.database import Database, Session, StatementError
from arna.warehouse.sqlfiles import read_sql

# A ratio of a handful of events says nothing about the source.
_RATIO_FROM_EVENTS: Final = 100
# SQLSTATE classes of an event whose data do not fit the typed columns: data exception, constraint.
_DATA_ERRORS: Final = frozenset({"22", "23"})


class StageLostError(ArnaError):
    """The stage does not hold the batch (a crash of the server, another batch since): stage and validate again."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What stands in the stage: rows, how many of them repeat an earlier event, how many could not be typed."""

    rows: int
    duplicates: int
    rejected: int

    @property
    def candidates(self) -> int:
        """Rows that the expectations are about."""
        return self.rows - self.duplicates


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in a batch, without values.

    Attributes:
        rule_id: the rule.
        expectation_type: Great Expectations' name of the check.
        severity: critical or warning.
        is_batch_rule: whether a failure concerns the whole batch.
        is_success: whether the check passed.
        evaluated_count: rows looked at.
        failing_rows: SQL text, made by Great Expectations, of the failing rows; its first three columns
            are ``topic_id, partition, "offset"``.
    """

    rule_id: str
    expectation_type: str
    severity: str
    is_batch_rule: bool
    is_success: bool
    evaluated_count: int | None = None
    failing_rows: str | None = None

    @property
    def holds_batch(self) -> bool:
        """Whether the batch may not be loaded for it."""
        return self.is_batch_rule and self.severity == "critical" and not self.is_success


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from the findings: the failing rows by rule, and the batch rules that failed."""

    failing: Mapping[str, int]
    rejected_rows: int
    failed_batch_rules: tuple[str, ...]
    is_held: bool


def stage_batch(db: Database, batch: Batch) -> Staged:
    """Types the batch's events into the stage and marks the repeated ones. Call it under the entity's lock.

    An event whose data do not fit the columns (which the contract should have refused) is rejected as
    ``load_error``, alone.
    """
    with db.session() as session:
        batch = read_batch(session, batch.batch_id)
        if not batch.is_open:
            message = f"batch {batch.batch_id} is {batch.state}."
            raise BatchStateError(message)
        names = entity_names(batch.entity)
        session.execute("load/allow_memory.sql")
        session.execute("load/empty_stage.sql", names=names)
        for row in session.fetch_all("load/list_ranges.sql", {"batch_id": batch.batch_id}):
            _fill(session, batch, row["topic_id"], row["partition"], row["from_offset"], row["to_offset"])
        session.execute("load/analyze_stage.sql", names=names)
        session.execute("load/mark_duplicates.sql", names=names)
        return _staged(session, batch)


def record_findings(
    db: Database,
    batch: Batch,
    findings: Sequence[Finding],
    *,
    suite_name: str,
    max_reject_ratio: float,
) -> Verdict:
    """Marks failing rows by Great Expectations' own queries, keeps the results, holds the batch or lets it pass.

    Call it under the entity's lock, after ``stage_batch``.

    Args:
        db: the warehouse.
        batch: the staged batch.
        findings: one per rule, in the order of the suite.
        suite_name: kept with the results.
        max_reject_ratio: a batch of 100 events or more with a larger share of rejected rows is held.

    Raises:
        StageLostError: the stage does not hold the batch any more.
    """
    with db.session() as session:
        batch = read_batch(session, batch.batch_id)
        if not batch.is_open or not is_whole(batch, count_stage(session, batch)):
            raise StageLostError(stage_lost(batch))
        failing = _mark_rows(session, batch, findings)
        counts = count_stage(session, batch)
        rejected_rows, candidates = int(counts["failing"]), int(counts["staged"] - counts["duplicates"])
        ratio = rejected_rows / candidates if candidates >= _RATIO_FROM_EVENTS else 0.0
        ratio_finding = Finding(
            "batch_reject_ratio", "reject_ratio", "critical", True, ratio <= max_reject_ratio, candidates
        )
        results = [*findings, ratio_finding]
        failed = tuple(each.rule_id for each in results if each.holds_batch)
        is_held = bool(failed) and not batch.is_released
        _keep_results(session, batch, results, suite_name, failing | {"batch_reject_ratio": rejected_rows})
        if is_held:
            session.execute("load/hold_batch.sql", {"batch_id": batch.batch_id, "rules": list(failed)})
            session.execute("load/empty_stage.sql", names=entity_names(batch.entity))
        else:
            session.execute("load/mark_validated.sql", {"batch_id": batch.batch_id})
        return Verdict(failing, rejected_rows, failed, is_held)


def count_stage(session: Session, batch: Batch) -> dict[str, Any]:
    """How much of the batch stands in the stage, and how it is marked."""
    row = session.fetch_one("load/count_stage.sql", {"batch_id": batch.batch_id}, entity_names(batch.entity))
    return row or {}


def is_whole(batch: Batch, row: Mapping[str, Any]) -> bool:
    """Whether the stage holds the batch, all of it and nothing else."""
    return bool(row["foreign_rows"] == 0 and row["staged"] + row["rejected"] == batch.event_count)


def stage_lost(batch: Batch) -> str:
    """The sentence of a ``StageLostError``."""
    return f"the stage does not hold batch {batch.batch_id} of {batch.entity} ({batch.state})."


def _fill(session: Session, batch: Batch, topic_id: UUID, partition: int, start: int, end: int) -> None:
    """Fills one range; a range that is refused is halved until the event at fault stands alone."""
    params = {
        "batch_id": batch.batch_id,
        "topic_id": topic_id,
        "partition": partition,
        "from_offset": start,
        "to_offset": end,
    }
    try:
        with session.savepoint():
            session.execute(f"load/{batch.entity}/fill_stage.sql", params)
    except StatementError as error:
        if (error.sqlstate or "")[:2] not in _DATA_ERRORS:
            raise
        if end - start == 1:
            reject_range(session, batch, RULES["load_error"], topic_id, partition, start, end)
            return
        middle = (start + end) // 2
        _fill(session, batch, topic_id, partition, start, middle)
        _fill(session, batch, topic_id, partition, middle, end)


def _staged(session: Session, batch: Batch) -> Staged:
    row = count_stage(session, batch)
    return Staged(rows=row["staged"], duplicates=row["duplicates"], rejected=row["rejected"])


def _mark_rows(session: Session, batch: Batch, findings: Sequence[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    session.execute("load/create_failing.sql")
    template = read_sql("load/insert_failing.sql")
    for position, finding in enumerate(findings):
        if finding.is_success or finding.is_batch_rule or finding.failing_rows is None:
            continue
        # The query is Great Expectations' own; "%" would be read as a placeholder of psycopg.
        query = finding.failing_rows.strip().rstrip(";").replace("%", "%%")
        rows = session.run_sql(
            template.replace("select 1 as unexpected_rows", query),
            {"rule_id": finding.rule_id, "is_critical": finding.severity == "critical", "position": position},
        )
        counts[finding.rule_id] = int(rows[0]["row_count"])
    if counts:
        session.execute("load/mark_failing.sql", names=entity_names(batch.entity))
    return counts


def _keep_results(
    session: Session, batch: Batch, findings: Sequence[Finding], suite_name: str, failing: Mapping[str, int]
) -> None:
    session.execute("load/delete_validation.sql", {"batch_id": batch.batch_id})
    session.execute(
        "ops/insert_validation.sql",
        {
            "batch_id": batch.batch_id,
            "mart_validation_id": None,
            "entities": [str(batch.entity)] * len(findings),
            "suite_names": [suite_name] * len(findings),
            "rule_ids": [each.rule_id for each in findings],
            "expectation_types": [each.expectation_type for each in findings],
            "severities": [each.severity for each in findings],
            "successes": [each.is_success for each in findings],
            "evaluated_counts": [each.evaluated_count for each in findings],
            "unexpected_counts": [failing.get(each.rule_id, 0 if each.is_success else None) for each in findings],
        },
    )
