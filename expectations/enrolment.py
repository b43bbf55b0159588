"""What must hold of enrolments."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from expectations.common import batch_rules, name_rule, person_rules, place_rules, version_rules
from expectations.quality import QualityRule, query_rule, row_rule

_ENTITY = Entity.ENROLMENT


def rules() -> list[QualityRule]:
    """The suite's rules in the order in which a row's first failure is told."""
    return [
        *batch_rules(_ENTITY),
        *_date_rules(),
        *_exit_rules(),
        *_level_rules(),
        *place_rules(_ENTITY),
        *person_rules(_ENTITY),
        name_rule(_ENTITY),
        *version_rules(_ENTITY),
    ]


def _date_rules() -> list[QualityRule]:
    return [
        row_rule(
            _ENTITY,
            "end_before_begin",
            "The end is exclusive; a learner who never came (no_show) ends on the day of the beginning.",
            gxe.ExpectColumnValuesToBeBetween,
            column="enrolled_days",
            min_value=0,
        ),
        row_rule(
            _ENTITY,
            "begin_before_birth",
            "Dates in the order of a life.",
            gxe.ExpectColumnValuesToBeBetween,
            column="age_at_begin_days",
            min_value=1,
        ),
        row_rule(
            _ENTITY,
            "begin_far_ahead",
            "Admission is announced months ahead, not years: a wrong year shows here.",
            gxe.ExpectColumnValuesToBeBetween,
            column="begin_ahead_days",
            max_value=366,
        ),
    ]


def _exit_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "ended_without_exit",
            "Without it a graduate cannot be told from a dropout.",
        ),
        query_rule(
            _ENTITY,
            "ended_without_end_date",
            "Every figure of a period needs it.",
        ),
        query_rule(
            _ENTITY,
            "exit_while_active",
            "Status and exit contradict each other.",
        ),
        query_rule(
            _ENTITY,
            "voided_with_exit",
            "Voided means that it never was; kept apart from a dropout or the statistics lie.",
        ),
    ]


def _level_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "isced_level_unknown",
            "ISCED 2011 has the levels 0 to 8.",
        ),
        query_rule(
            _ENTITY,
            "grade_outside_school",
            "Colleges and universities count years of study.",
        ),
        query_rule(
            _ENTITY,
            "grade_level_mismatch",
            "In Kazakhstan grades 1-4 are ISCED 1, 5-9 are ISCED 2, 10-12 are ISCED 3.",
        ),
        query_rule(
            _ENTITY,
            "grade_missing",
            "Progress at school is by grade.",
        ),
        query_rule(
            _ENTITY,
            "year_of_study_in_school",
            "Schools count grades.",
        ),
        row_rule(
            _ENTITY,
            "level_organisation_mismatch",
            "Schools teach ISCED 0-3, colleges 3-5, universities 4-8.",
            gxe.ExpectColumnPairValuesToBeInSet,
            column_A="organisation_kind",
            column_B="isced_level",
            value_pairs_set=[
                *(("school", level) for level in range(4)),
                *(("college", level) for level in range(3, 6)),
                *((kind, level) for kind in ("university", "ai_university") for level in range(4, 9)),
            ],
        ),
        row_rule(
            _ENTITY,
            "year_of_study_implausible",
            "The longest programmes (medicine) take seven years.",
            gxe.ExpectColumnValuesToBeBetween,
            column="year_of_study",
            min_value=1,
            max_value=7,
        ),
    ]
