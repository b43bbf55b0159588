"""What must hold of certificates."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from expectations.common import batch_rules, name_rule, person_rules, version_rules
from expectations.quality import QualityRule, query_rule, row_rule

_ENTITY = Entity.CERTIFICATION


def rules() -> list[QualityRule]:
    """The suite's rules in the order in which a row's first failure is told."""
    return [
        *batch_rules(_ENTITY),
        *_date_rules(),
        *_status_rules(),
        *_result_rules(),
        *_achievement_rules(),
        *person_rules(_ENTITY),
        name_rule(_ENTITY),
        *version_rules(_ENTITY),
    ]


def _date_rules() -> list[QualityRule]:
    return [
        row_rule(
            _ENTITY,
            "until_before_from",
            "Dates in order; such a certificate is never valid.",
            gxe.ExpectColumnValuesToBeBetween,
            column="valid_days",
            min_value=0,
        ),
        row_rule(
            _ENTITY,
            "awarded_in_future",
            "An award that is planned is no evidence of a skill; one day is left for time zones.",
            gxe.ExpectColumnValuesToBeBetween,
            column="award_ahead_days",
            max_value=1,
        ),
        row_rule(
            _ENTITY,
            "award_before_birth",
            "Dates in the order of a life.",
            gxe.ExpectColumnValuesToBeBetween,
            column="age_at_award_days",
            min_value=1,
        ),
        row_rule(
            _ENTITY,
            "valid_before_award",
            "Seldom right: some issuers date the validity back to the examination.",
            gxe.ExpectColumnValuesToBeBetween,
            column="award_to_validity_days",
            min_value=0,
        ),
    ]


def _status_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "revoked_without_reason",
            "A person may ask why; the answer must be there.",
        ),
        query_rule(
            _ENTITY,
            "reason_while_valid",
            "Status and reason contradict each other; after a reinstatement the reason should go.",
        ),
    ]


def _result_rules() -> list[QualityRule]:
    return [
        row_rule(
            _ENTITY,
            "score_negative",
            "Results count from nought.",
            gxe.ExpectColumnValuesToBeBetween,
            column="result_number",
            min_value=0,
        ),
        row_rule(
            _ENTITY,
            "score_above_max",
            "A score in its range.",
            gxe.ExpectColumnValuesToBeBetween,
            column="result_margin",
            min_value=0,
        ),
        row_rule(
            _ENTITY,
            "percent_out_of_range",
            "A score in its range.",
            gxe.ExpectColumnValuesToBeBetween,
            column="result_percent",
            min_value=0,
            max_value=100,
        ),
        query_rule(
            _ENTITY,
            "score_without_max",
            "Scores of different scales cannot be compared without it.",
        ),
    ]


def _achievement_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "achievement_type_not_allowed",
            "The registry says what each body may issue: a school grants no doctorates.",
        ),
        row_rule(
            _ENTITY,
            "hours_implausible",
            "More than 0 and at most 20,000 (a degree of six years).",
            gxe.ExpectColumnValuesToBeBetween,
            column="hours",
            min_value=0,
            max_value=20_000,
            strict_min=True,
        ),
        query_rule(
            _ENTITY,
            "licence_without_expiry",
            "Licences to practise are renewed.",
        ),
        row_rule(
            _ENTITY,
            "skills_missing",
            "A certificate without skills cannot count as supply.",
            gxe.ExpectColumnValuesToBeBetween,
            column="skill_count",
            min_value=1,
        ),
        row_rule(
            _ENTITY,
            "evidence_not_https",
            "A link that anyone on the way can change proves nothing.",
            gxe.ExpectColumnValuesToMatchRegex,
            column="evidence_url",
            regex="^https://",
        ),
    ]
