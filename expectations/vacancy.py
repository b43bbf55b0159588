"""What must hold of vacancies."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from expectations.common import batch_rules, place_rules, version_rules
from expectations.quality import QualityRule, query_rule, row_rule

_ENTITY = Entity.VACANCY


def rules() -> list[QualityRule]:
    """The suite's rules in the order in which a row's first failure is told."""
    return [
        *batch_rules(_ENTITY),
        *_date_rules(),
        *_salary_rules(),
        *_demand_rules(),
        *_repost_rules(),
        *place_rules(_ENTITY),
        *version_rules(_ENTITY),
    ]


def _date_rules() -> list[QualityRule]:
    return [
        row_rule(
            _ENTITY,
            "deadline_before_publication",
            "Dates in order; such a vacancy was never open.",
            gxe.ExpectColumnValuesToBeBetween,
            column="open_days",
            min_value=0,
        ),
        row_rule(
            _ENTITY,
            "published_in_future",
            "Demand is counted from the day of publication; one day is left for time zones.",
            gxe.ExpectColumnValuesToBeBetween,
            column="publication_ahead_days",
            max_value=1,
        ),
        query_rule(
            _ENTITY,
            "open_past_deadline",
            "It is not counted as open; the source should close or prolong it.",
        ),
    ]


def _salary_rules() -> list[QualityRule]:
    return [
        row_rule(
            _ENTITY,
            "salary_min_above_max",
            "A range in order.",
            gxe.ExpectColumnValuesToBeBetween,
            column="salary_spread",
            min_value=0,
        ),
        query_rule(
            _ENTITY,
            "currency_unknown",
            "An amount without a currency is no amount.",
        ),
        row_rule(
            _ENTITY,
            "salary_not_positive",
            "Nought mostly means that it is not told.",
            gxe.ExpectColumnValuesToBeBetween,
            column="salary_max",
            min_value=0,
            strict_min=True,
        ),
        query_rule(
            _ENTITY,
            "salary_without_amount",
            "A currency alone says nothing.",
        ),
        query_rule(
            _ENTITY,
            "salary_below_minimum",
            "85,000 tenge a month since 2024; a figure below is often in another currency or per hour.",
        ),
    ]


def _demand_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "occupation_unknown",
            "Only told where the classification is loaded.",
        ),
        row_rule(
            _ENTITY,
            "education_level_unknown",
            "ISCED 2011 has the levels 0 to 8.",
            gxe.ExpectColumnValuesToBeInSet,
            column="education_level",
            value_set=[str(level) for level in range(9)],
        ),
        row_rule(
            _ENTITY,
            "skills_missing",
            "A vacancy without skills cannot count as demand for one.",
            gxe.ExpectColumnValuesToBeBetween,
            column="skill_count",
            min_value=1,
        ),
        row_rule(
            _ENTITY,
            "openings_implausible",
            "One such number would outweigh a region.",
            gxe.ExpectColumnValuesToBeBetween,
            column="openings",
            min_value=1,
            max_value=1000,
        ),
        row_rule(
            _ENTITY,
            "experience_implausible",
            "Mostly years that were sent as months twice over.",
            gxe.ExpectColumnValuesToBeBetween,
            column="experience_months",
            min_value=0,
            max_value=480,
        ),
        row_rule(
            _ENTITY,
            "title_without_letters",
            "A number or dashes in place of a title.",
            gxe.ExpectColumnValuesToNotMatchRegex,
            column="title",
            regex="^[0-9[:punct:][:space:]]+$",
        ),
    ]


def _repost_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "replaces_itself",
            "Reposts are counted once along the chain; a ring has no end.",
        ),
        query_rule(
            _ENTITY,
            "replaced_vacancy_unknown",
            "Its demand may be counted twice.",
        ),
    ]
