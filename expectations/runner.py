"""Runs an entity's suite on a batch and acts on what it finds.

Imported ahead of time by Airflow's scheduler, so that the tasks it forks find Great Expectations loaded (it
takes 4 to 7 seconds): nothing here does I/O at import.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.expectation_validation_result import ExpectationValidationResult

from arna.batches import Batch, Settlement, get_batch
from arna.errors import BatchHeldError
from arna.settings import Settings
from arna.settling import settle_batch
from arna.staging import Finding, Staged, StageLostError, Verdict, record_findings, stage_batch
from arna.warehouse.database import Database
from expectations.data_docs import write_page
from expectations.quality import OFFSET_COLUMNS, QualityRule, build_suite, rejection_reasons
from expectations.running import ExpectationNotRun, loader_url, open_source, run_suite
from expectations.suites import quality_rules, suite_name

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What the validation of a batch came to.

    Attributes:
        batch: the batch.
        staged: its rows and repeats.
        verdict: failing rows by rule, failed batch rules.
        page: its page in the Data Docs; None where it could not be written.
    """

    batch: Batch
    staged: Staged
    verdict: Verdict
    page: Path | None


def validate_batch(db: Database, settings: Settings, batch_id: int) -> ValidationReport | None:
    """Stages a batch, runs its suite, marks failing rows, keeps the results.

    Args:
        db: the warehouse, as the loader.
        settings: where the warehouse, the limits and the state folder are.
        batch_id: the batch.

    Returns:
        None when the batch is settled or held already, or another worker holds the entity's lock.

    Raises:
        BatchHeldError: a batch rule failed; the batch is held.
        ExpectationNotRun: the suite could not be evaluated; nothing has changed.
        WarehouseUnavailable: try again.
    """
    batch = get_batch(db, batch_id)
    with db.entity_lock(str(batch.entity)) as is_locked:
        if not is_locked or not (batch := get_batch(db, batch_id)).is_open:
            return None
        return _validate(db, settings, batch)


def load_batch(db: Database, settings: Settings, batch_id: int) -> Settlement | None:
    """Loads a validated batch and settles each of its events; validates it first where that was lost.

    Returns:
        What became of its events; None when it is held, or another worker holds the entity's lock.

    Raises:
        BatchHeldError: it had to be validated again, and a batch rule failed.
        ExpectationNotRun: the same, and the suite could not be evaluated.
        WarehouseUnavailable: try again.
    """
    batch = get_batch(db, batch_id)
    with db.entity_lock(str(batch.entity)) as is_locked:
        if not is_locked:
            return None
        batch = get_batch(db, batch_id)
        if batch.state in {"held", "discarded"}:
            return None
        reasons = rejection_reasons(quality_rules(batch.entity))
        try:
            return settle_batch(db, batch, reasons)
        except StageLostError as error:
            _log.warning("%s Validating again.", error)
        _validate(db, settings, batch)
        return settle_batch(db, batch, reasons)


def _validate(db: Database, settings: Settings, batch: Batch) -> ValidationReport:
    staged = stage_batch(db, batch)
    rules = quality_rules(batch.entity)
    name = suite_name(batch.entity)
    result = _run_suite(db, loader_url(settings), batch, rules, batch.event_count - staged.rejected - staged.duplicates)
    by_rule = {each.expectation_config.meta["rule_id"]: each for each in result.results}
    findings = [_finding(rule, by_rule[rule.rule.rule_id], staged.candidates) for rule in rules]
    verdict = record_findings(db, batch, findings, suite_name=name, max_reject_ratio=settings.batch_max_reject_ratio)
    page = _document(settings, batch, result, by_rule, verdict, staged)
    _log_verdict(batch, staged, verdict)
    if verdict.is_held:
        raise BatchHeldError(batch.batch_id, str(batch.entity), verdict.failed_batch_rules, batch.event_count)
    return ValidationReport(batch, staged, verdict, page)


def _run_suite(
    db: Database, url: str, batch: Batch, rules: Sequence[QualityRule], expected_rows: int
) -> ExpectationSuiteValidationResult:
    with open_source(db, url, f"stage.{batch.entity}") as add_asset:
        return run_suite(
            add_asset("stage", f"{batch.entity}_candidate"),
            build_suite(suite_name(batch.entity), rules),
            key=OFFSET_COLUMNS,
            parameters={"expected_rows": expected_rows},
        )


def _finding(rule: QualityRule, result: ExpectationValidationResult, candidates: int) -> Finding:
    failing = rule.sql
    if failing is None and rule.scope == "row":
        failing = result.result.get("unexpected_index_query")
        if failing is None and not result.success:
            raise ExpectationNotRun([rule.rule.rule_id], "no query of failing rows")
    return Finding(
        rule_id=rule.rule.rule_id,
        expectation_type=result.expectation_config.type,
        severity=str(rule.rule.severity),
        is_batch_rule=rule.scope == "batch",
        is_success=bool(result.success),
        evaluated_count=candidates,
        failing_rows=failing,
    )


def _document(
    settings: Settings,
    batch: Batch,
    result: ExpectationSuiteValidationResult,
    by_rule: Mapping[str, ExpectationValidationResult],
    verdict: Verdict,
    staged: Staged,
) -> Path | None:
    """Puts the counts into the results, takes the queries out, and writes the page."""
    for rule_id, each in by_rule.items():
        count = verdict.failing.get(rule_id, 0)
        each.result = {
            "element_count": staged.candidates,
            "unexpected_count": count,
            "unexpected_percent": 100 * count / staged.candidates if staged.candidates else 0.0,
            "observed_value": f"{count} of {staged.candidates} events",
        }
    result.meta["run_id"] = {"run_name": f"batch {batch.batch_id}", "run_time": datetime.now(UTC).isoformat()}
    try:
        return write_page(settings.home, str(batch.entity), f"batch-{batch.batch_id}", result)
    except OSError as error:
        # A page is a convenience: a full disk must not stop the load.
        _log.warning("Data Docs of batch %d were not written (%s).", batch.batch_id, type(error).__name__)
        return None


def _log_verdict(batch: Batch, staged: Staged, verdict: Verdict) -> None:
    _log.info(
        "batch %d of %s: %d events, %d repeated, %d to reject.",
        batch.batch_id, batch.entity, batch.event_count, staged.duplicates, verdict.rejected_rows + staged.rejected,
    )  # fmt: skip
    for rule_id, count in sorted(verdict.failing.items(), key=lambda item: -item[1]):
        _log.info("rule %s: %d events", rule_id, count)
    for rule_id in verdict.failed_batch_rules:
        _log.warning("batch rule %s failed%s.", rule_id, "" if verdict.is_held else "; the batch was released")
