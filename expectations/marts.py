"""A rule of the marts: an expectation of Great Expectations on one view or table, with its words.

Unlike the loads', these rules route no rows: the marts are what core makes of them, so a breach is a fault of Arna's.
A critical one marks the views it concerns as not valid and fails the DAG, a warning is told. Rules that columns alone
cannot tell are SQL files in ``sql/marts/rules``; a file that several relations share has their names as placeholders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from arna.contracts.rules import Sentence
from arna.marts import MartGroup
from arna.marts.rules import MartRule, find_rule
from arna.warehouse.sqlfiles import insert_names, read_sql
from expectations.quality import ExpectNoRows

TABLE_ROWS: Final = "table_rows"
"""The suites' parameter: rows of the table behind a view."""


@dataclass(frozen=True, slots=True)
class MartExpectation:
    """One rule of a relation.

    Attributes:
        rule: id, severity, what is wrong, what to do.
        reason: why the rule is there, for the reader of the Data Docs.
        expectation: what Great Expectations checks; its ``meta`` holds all of the above.
        sql: the query of failing rows where the rule is a query.
    """

    rule: MartRule
    reason: str
    expectation: Expectation
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """What rules are about: a reader's view, or a table that no reader sees.

    Attributes:
        group: the group of marts.
        name: with the schema.
        key: columns that name a row; none where rows are not told apart.
        table: table of ``mart`` with a row for each of its rows; empty: it is none of the readers' views, or is
            derived at reading.
        views: the views whose readers are concerned by a breach.
    """

    group: MartGroup
    name: str
    key: tuple[str, ...] = ()
    table: str = ""
    views: tuple[str, ...] = ()

    @property
    def schema_and_name(self) -> tuple[str, str]:
        """Its two parts."""
        schema, _, name = self.name.partition(".")
        return schema, name

    @property
    def counted(self) -> tuple[str, str]:
        """Schema and name of what is counted as its rows: the table where there is one."""
        return ("mart", self.table) if self.table else self.schema_and_name

    def column_rule(
        self,
        rule_id: str,
        reason: str,
        expectation: type[Expectation],
        **arguments: Any,  # noqa: ANN401 each expectation has its own
    ) -> MartExpectation:
        """A rule that is one of Great Expectations' own expectations."""
        rule = find_rule(rule_id)
        return MartExpectation(rule, reason, expectation(**self._told(rule, reason), **arguments))

    def range_rule(self, column: str, reason: str, low: float, high: float | None = None) -> MartExpectation:
        """A column's values lie between two; null is not looked at."""
        return self.column_rule(
            f"{column}_out_of_range",
            reason,
            gxe.ExpectColumnValuesToBeBetween,
            column=column,
            min_value=low,
            max_value=high,
        )

    def order_rule(self, rule_id: str, reason: str, larger: str, smaller: str) -> MartExpectation:
        """A column is never below another; where either is null nothing is compared."""
        return self.column_rule(
            rule_id,
            reason,
            gxe.ExpectColumnPairValuesAToBeGreaterThanB,
            column_A=larger,
            column_B=smaller,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        )

    def query_rule(self, rule_id: str, reason: str, *, file: str | None = None) -> MartExpectation:
        """A rule whose failing rows are those of ``sql/marts/rules/<file or rule id>.sql``."""
        rule = find_rule(rule_id)
        sql = self._query(file or rule_id)
        return MartExpectation(rule, reason, ExpectNoRows(unexpected_rows_query=sql, **self._told(rule, reason)), sql)

    def key_rules(self) -> list[MartExpectation]:
        """Its key is there and names one row; a view has the rows of its table, each once."""
        rules = [self.query_rule("key_wrong", "Who joins by the key must find one row.")]
        if self.table:
            rules.append(
                self.column_rule(
                    "rows_differ",
                    "A view that joins names to its table must neither lose a row nor show it twice.",
                    gxe.ExpectTableRowCountToEqual,
                    value={"$PARAMETER": TABLE_ROWS},
                )
            )
        return rules

    def _told(self, rule: MartRule, reason: str) -> dict[str, Any]:
        return {
            "severity": rule.severity.value,
            "description": f"{self.name} {rule.rule_id} ({rule.severity}): {rule.wrong.en} {reason}",
            "meta": {
                "rule_id": rule.rule_id,
                "relation": self.name,
                "severity": str(rule.severity),
                "views": list(self.views),
                "reason": reason,
                "message": _languages(rule.wrong),
                "mend": _languages(rule.mend),
            },
        }

    def _query(self, file: str) -> str:
        schema, name = self.schema_and_name
        # A key of fewer columns names its first again, which groups no finer.
        keys = (*self.key, *self.key[:1] * 3)[:3]
        names = {
            "schema": schema,
            "relation": name,
            "table": self.counted[1],
            **dict(zip(("first", "second", "third"), keys, strict=False)),
        }
        text = insert_names(read_sql(f"marts/rules/{file}.sql"), names)
        return "\n".join(line for line in text.splitlines() if not line.startswith("--")).replace(
            "'{group}'", f"'{self.group}'"
        )


def _languages(sentence: Sentence) -> dict[str, str]:
    return {"kk": sentence.kk, "ru": sentence.ru, "en": sentence.en}


@dataclass(frozen=True, slots=True)
class MartSuite:
    """The rules of one relation."""

    relation: Relation
    rules: Sequence[MartExpectation]

    @property
    def name(self) -> str:
        """As results and Data Docs call it."""
        return f"{self.relation.name}.v1"

    def build(self) -> gx.ExpectationSuite:
        """As a suite of Great Expectations."""
        return gx.ExpectationSuite(
            name=self.name,
            expectations=[each.expectation for each in self.rules],
            meta={"promise": "critical: the views are marked as not valid and the DAG fails; warning: it is told"},
        )
