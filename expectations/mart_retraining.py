"""What must hold of the retraining group: which skills are asked for and which are there."""

from __future__ import annotations

import great_expectations.expectations as gxe

from expectations.mart_common import freshness_suite, history_suite
from expectations.marts import MartSuite, Relation

_CELL = ("skill_key", "region_code", "month")


def suites() -> list[MartSuite]:
    """The suites of the group, one for each relation."""
    return [
        freshness_suite("retraining"),
        history_suite("retraining", "vacancy", "vacancy_id"),
        _demand(),
        _supply(),
        _spans(),
        _gap(),
    ]


def _demand() -> MartSuite:
    demand = Relation(
        "retraining",
        "retraining.skill_demand",
        _CELL,
        "skill_demand",
        ("retraining.skill_demand", "retraining.skill_gap"),
    )
    return MartSuite(
        demand,
        [
            *demand.key_rules(),
            demand.query_rule("region_unknown", "Regions add up to the country."),
            demand.query_rule("month_wrong", "Readers join by the month's first day."),
            demand.order_rule("raw_below_joined", "Joining reposts only takes away.", "vacancies_raw", "vacancies"),
            demand.order_rule(
                "openings_below_vacancies", "An unknown number of places is at least one.", "openings", "vacancies"
            ),
            demand.query_rule("demand_drifted", "What is shown is the sum of what is behind it."),
        ],
    )


def _supply() -> MartSuite:
    supply = Relation(
        "retraining",
        "retraining.skill_supply",
        _CELL,
        "skill_supply",
        ("retraining.skill_supply", "retraining.skill_gap"),
    )
    return MartSuite(
        supply,
        [
            *supply.key_rules(),
            supply.query_rule("region_unknown", "Regions add up to the country."),
            supply.query_rule("month_wrong", "Readers join by the month's first day."),
            supply.column_rule(
                "small_count_shown",
                "Few people in a region could be told by name.",
                gxe.ExpectColumnValuesToNotBeInSet,
                column="people",
                value_set=[1, 2, 3, 4],
            ),
            supply.query_rule("supply_drifted", "The figure is kept by differences; they must sum to what is there."),
        ],
    )


def _spans() -> MartSuite:
    span = Relation("retraining", "mart.supply_span", views=("retraining.skill_supply", "retraining.skill_gap"))
    return MartSuite(
        span,
        [
            span.query_rule("skill_unknown", "A skill without a name cannot be shown."),
            span.query_rule("region_unknown", "Regions add up to the country."),
            span.query_rule("spans_overlap", "A person counts once a month for a skill."),
        ],
    )


def _gap() -> MartSuite:
    gap = Relation("retraining", "retraining.skill_gap", _CELL, views=("retraining.skill_gap",))
    return MartSuite(
        gap,
        [
            *gap.key_rules(),
            gap.query_rule("gap_wrong", "A withheld number must not be told by the gap either."),
            gap.column_rule(
                "small_count_shown",
                "Few people in a region could be told by name.",
                gxe.ExpectColumnValuesToNotBeInSet,
                column="supply_people",
                value_set=[1, 2, 3, 4],
            ),
        ],
    )
