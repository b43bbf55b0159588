"""Runs the suites of a group of marts and says which views are valid.

Imported ahead of time by Airflow's scheduler, as ``expectations.runner`` is: nothing here does I/O at import.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.expectation_validation_result import ExpectationValidationResult

from arna.errors import MartsInvalidError
from arna.marts import MartGroup
from arna.marts.validating import MartFinding, find_group, record_findings
from arna.settings import Settings
from arna.warehouse.database import Database
from arna.warehouse.sqlfiles import read_sql
from expectations.data_docs import write_page
from expectations.marts import TABLE_ROWS, MartExpectation, MartSuite
from expectations.running import AddAsset, ExpectationNotRun, loader_url, open_source, run_suite
from expectations.suites import mart_suites

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MartReport:
    """What a run over a group of marts came to.

    Attributes:
        group: the group.
        run: number of the run.
        findings: one for each rule of each relation.
        page: its page in the Data Docs; None where it could not be written.
    """

    group: MartGroup
    run: int
    findings: Sequence[MartFinding]
    page: Path | None


def validate_marts(db: Database, settings: Settings, run: int) -> MartReport:
    """Runs the suites of a group, keeps the results, marks each view of the group as valid or not.

    Each rule is one statement and sees one state of the warehouse; a refresh meanwhile may be seen by the later rules.

    Args:
        db: the warehouse, as the loader.
        settings: where the warehouse and the state folder are.
        run: number of the run, from ``arna.marts.validating.begin_validation``.

    Raises:
        MartsInvalidError: a critical rule failed; the results are kept.
        ExpectationNotRun: a suite could not be evaluated; nothing has changed.
        WarehouseUnavailable: try again.
    """
    group = find_group(db, run)
    findings: list[MartFinding] = []
    results: list[ExpectationValidationResult] = []
    with open_source(db, loader_url(settings), f"mart.{group}") as add_asset:
        for suite in mart_suites(group):
            evaluated = _count_rows(db, *suite.relation.counted)
            found = _run(add_asset, suite, evaluated)
            for each, result in zip(suite.rules, found, strict=True):
                findings.append(_finding(db, suite, each, result, evaluated))
                _tell_counts(result, findings[-1])
            results += found
    record_findings(db, group, run, findings)
    page = _document(settings, group, run, results)
    _log_findings(group, run, findings)
    failures = [each.describe() for each in findings if each.is_invalidating]
    if failures:
        raise MartsInvalidError(group, run, failures)
    return MartReport(group, run, findings, page)


def _run(add_asset: AddAsset, suite: MartSuite, table_rows: int) -> list[ExpectationValidationResult]:
    """Results in the order of the suite's rules."""
    schema, name = suite.relation.schema_and_name
    try:
        result = run_suite(
            add_asset(schema, name),
            suite.build(),
            key=suite.relation.key,
            parameters={TABLE_ROWS: table_rows},
        )
    except ExpectationNotRun as error:
        raise ExpectationNotRun(
            [f"{suite.relation.name} {each}" for each in error.rule_ids], error.error_type
        ) from None
    by_rule = {each.expectation_config.meta["rule_id"]: each for each in result.results}
    return [by_rule[each.rule.rule_id] for each in suite.rules]


def _finding(
    db: Database, suite: MartSuite, each: MartExpectation, result: ExpectationValidationResult, evaluated: int
) -> MartFinding:
    return MartFinding(
        rule=each.rule,
        relation=suite.relation.name,
        suite_name=suite.name,
        expectation_type=result.expectation_config.type,
        views=suite.relation.views,
        evaluated_count=evaluated,
        # Mended since it was found: it was one row at least.
        unexpected_count=0 if result.success else max(_count_failing(db, suite, each, result, evaluated), 1),
    )


def _count_failing(
    db: Database, suite: MartSuite, each: MartExpectation, result: ExpectationValidationResult, evaluated: int
) -> int:
    if isinstance(each.expectation, gxe.ExpectTableRowCountToEqual):
        return abs(_count_rows(db, *suite.relation.schema_and_name) - evaluated)
    query = each.sql or result.result.get("unexpected_index_query")
    if query is None:
        raise ExpectationNotRun([f"{suite.relation.name} {each.rule.rule_id}"], "no query of failing rows")
    text = read_sql("marts/validation/count_failing.sql").replace(
        "select 1 as unexpected_rows", query.strip().rstrip(";")
    )
    with db.session(read_only=True) as session:
        return int(session.run_sql(text)[0]["row_count"])


def _count_rows(db: Database, schema: str, name: str) -> int:
    row = db.fetch_one("marts/validation/count_rows.sql", names={"schema": schema, "relation": name})
    return int((row or {})["row_count"])


def _tell_counts(result: ExpectationValidationResult, finding: MartFinding) -> None:
    """Puts the counts into a result, and takes the query out."""
    count, of_all = finding.unexpected_count, finding.evaluated_count
    result.result = {
        "element_count": of_all,
        "unexpected_count": count,
        "unexpected_percent": 100 * count / of_all if of_all else 0.0,
        "observed_value": f"{count} of {of_all} rows of {finding.relation}",
    }


def _document(
    settings: Settings, group: MartGroup, run: int, results: list[ExpectationValidationResult]
) -> Path | None:
    """Writes one page for all suites of the group."""
    passed = sum(bool(each.success) for each in results)
    whole = ExpectationSuiteValidationResult(
        success=passed == len(results),
        results=results,
        suite_name=f"{group}.v1",
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(results) - passed,
            "success_percent": 100 * passed / len(results),
        },
        meta={"run_id": {"run_name": f"{group}, run {run}", "run_time": datetime.now(UTC).isoformat()}},
    )
    try:
        return write_page(settings.home, group, f"run-{run}", whole)
    except OSError as error:
        # A page is a convenience: a full disk must not hide what was found.
        _log.warning("Data Docs of run %d were not written (%s).", run, type(error).__name__)
        return None


def _log_findings(group: MartGroup, run: int, findings: Sequence[MartFinding]) -> None:
    failed = [each for each in findings if each.unexpected_count]
    _log.info("run %d over the %s marts: %d rules, %d failed.", run, group, len(findings), len(failed))
    for each in failed:
        _log.warning("%s (%s)", each.describe(), each.rule.severity)
