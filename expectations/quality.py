"""A quality rule: an expectation of Great Expectations with what Arna needs to act on it.

Row rules send each failing row its own way (critical: rejected, warning: loaded with a flag). Batch rules
hold the whole batch. An expectation with a ``row_condition`` cannot be a row rule: the
``unexpected_index_query`` that Great Expectations 1.24 gives for it forgets the condition and would
reject good rows. Such rules, and those that need other tables, are SQL files in ``sql/load/rules``.
A rule's words (severity, pointer, what is wrong, what to do) are in ``arna.contracts.quality``, by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import Expectation

from arna.contracts.quality import QUALITY_WORDS
from arna.contracts.registry import SPECS, Entity
from arna.contracts.rules import Rule, Severity
from arna.settling import RejectionReason
from arna.warehouse.sqlfiles import insert_names, read_sql

Scope = Literal["row", "batch"]

OFFSET_COLUMNS: Final = ("topic_id", "partition", "offset")
"""What names a row of the batch, in results and in failing rows: Kafka's coordinates, no values."""


class ExpectNoRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
    """No row comes back from a query of ``sql/load/rules`` or ``sql/marts/rules``.

    The parent fetches the first 200 rows as well as the count: that runs the query twice, and brings
    values into this process that nobody needs.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    @pydantic.validator("unexpected_rows_query")  # type: ignore[untyped-decorator]
    def _validate_query(cls, query: str) -> str:  # noqa: N805 pydantic calls it on the class
        # The parent asks for its "{batch}", which it fills in one of two ways, depending on whether the text
        # has the word "join"; these queries name the relations they are about.
        return query

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 the parent's signature
        execution_engine: Any = None,  # noqa: ANN401, ARG002 the parent's signature
    ) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"observed_value": count}}


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One rule of a suite.

    Attributes:
        rule: id, class, severity and the sentence in three languages.
        scope: what fails: the row or the whole batch.
        pointer: JSON pointer to the field in the event's data.
        reason: why the rule is there, for the reader of the Data Docs.
        expectation: what Great Expectations checks; its ``meta`` holds all of the above.
        sql: the query of failing rows where the rule is a query.
    """

    rule: Rule
    scope: Scope
    pointer: str
    reason: str
    expectation: Expectation
    sql: str | None = None

    @property
    def is_critical(self) -> bool:
        """Whether a failing row is rejected."""
        return self.rule.severity is Severity.CRITICAL


def row_rule(
    entity: Entity,
    rule_id: str,
    reason: str,
    expectation: type[Expectation],
    **arguments: Any,  # noqa: ANN401 each expectation has its own
) -> QualityRule:
    """A row rule that is one of Great Expectations' own expectations (never with a ``row_condition``)."""
    rule, pointer = _words(entity, rule_id)
    return QualityRule(
        rule,
        "row",
        pointer,
        reason,
        expectation(
            severity=rule.severity.value,
            meta=_meta(rule, "row", pointer, reason),
            description=_describe(rule, reason),
            **arguments,
        ),
    )


def query_rule(
    entity: Entity, rule_id: str, reason: str, *, file: str | None = None, scope: Scope = "row"
) -> QualityRule:
    """A rule whose failing rows are those of ``sql/load/rules/<file or rule id>.sql``."""
    rule, pointer = _words(entity, rule_id)
    sql = _query(entity, file or rule_id)
    expectation = ExpectNoRows(
        unexpected_rows_query=sql,
        severity=rule.severity.value,
        meta=_meta(rule, scope, pointer, reason),
        description=_describe(rule, reason),
    )
    return QualityRule(rule, scope, pointer, reason, expectation, sql)


def volume_rule(entity: Entity) -> QualityRule:
    """The batch has as many rows as its offsets promise; an empty table would pass every other rule."""
    rule, pointer = _words(entity, "batch_volume")
    reason = "Rows without repeats = landed events of the batch's offsets; column rules pass on a table that is empty."
    expectation = gxe.ExpectTableRowCountToEqual(
        value={"$PARAMETER": "expected_rows"},
        severity=rule.severity.value,
        meta=_meta(rule, "batch", pointer, reason),
        description=_describe(rule, reason),
    )
    return QualityRule(rule, "batch", pointer, reason, expectation)


def build_suite(name: str, rules: Sequence[QualityRule]) -> gx.ExpectationSuite:
    """The rules as a suite of Great Expectations."""
    return gx.ExpectationSuite(
        name=name,
        expectations=[quality.expectation for quality in rules],
        meta={"promise": "critical row: rejected; warning: loaded with a flag; batch rule: the batch is held"},
    )


def rejection_reasons(rules: Sequence[QualityRule]) -> dict[str, RejectionReason]:
    """What a rejection says, by rule id, for the rules that can reject a row."""
    return {
        quality.rule.rule_id: RejectionReason(quality.rule, quality.pointer)
        for quality in rules
        if quality.scope == "row" and quality.is_critical
    }


def _words(entity: Entity, rule_id: str) -> tuple[Rule, str]:
    words = QUALITY_WORDS[rule_id]
    return words.rule, words.pointer_in(entity)


def _query(entity: Entity, file: str) -> str:
    text = read_sql(f"load/rules/{file}.sql")
    names = {"entity": str(entity), "subject": SPECS[entity].id_field, "candidates": f"{entity}_candidate"}
    body = "\n".join(line for line in insert_names(text, names).splitlines() if not line.startswith("--"))
    return body.replace("'{entity}'", f"'{entity}'")


def _describe(rule: Rule, reason: str) -> str:
    return f"{rule.rule_id} ({rule.severity}): {rule.en} {reason}"


def _meta(rule: Rule, scope: Scope, pointer: str, reason: str) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "severity": str(rule.severity),
        "scope": scope,
        "rejection_class": str(rule.rejection_class),
        "pointer": pointer,
        "reason": reason,
        "message": {"kk": rule.kk, "ru": rule.ru, "en": rule.en},
    }
