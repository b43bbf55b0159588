"""What must hold of the retraining group: which skills are asked for and which are there, and ways between them."""

from __future__ import annotations

import great_expectations.expectations as gxe

from expectations.mart_common import freshness_suite, history_suite
from expectations.marts import MartExpectation, MartSuite, Relation

_CELL = ("skill_key", "region_code", "month")
_FEW = [1, 2, 3, 4]
_GAPS = ("retraining.skill_gap", "retraining.skill_gap_country")
_DEMAND = ("retraining.skill_demand", *_GAPS)
_SUPPLY = ("retraining.skill_supply", *_GAPS)
_OCCUPATIONS = ("retraining.occupation_skill", "retraining.pathway")


def suites() -> list[MartSuite]:
    """The suites of the group, one for each relation."""
    return [
        freshness_suite("retraining"),
        history_suite("retraining", "vacancy", "vacancy_id"),
        _posting(),
        _vacancy_span(),
        _demand(),
        _occupation_demand(),
        _supply_span(),
        _supply(),
        _gap(),
        _country(),
        _gap_table(),
        _occupation_skill(),
        _pathway(),
    ]


def _posting() -> MartSuite:
    posting = Relation(
        "retraining", "mart.posting", ("source_id", "vacancy_id"), views=(*_DEMAND, "retraining.occupation_demand")
    )
    return MartSuite(
        posting,
        [
            *posting.key_rules(),
            posting.query_rule("posting_missing", "What an employer told counts, in its last version."),
            posting.query_rule("region_unknown", "Regions add up to the country."),
            posting.query_rule("counted_unopened", "A vacancy counts where it was open."),
            posting.query_rule("chain_counted_twice", "A place that is advertised again is one place."),
        ],
    )


def _vacancy_span() -> MartSuite:
    span = Relation("retraining", "mart.vacancy_span", ("source_id", "vacancy_id", "skill_key"), views=_DEMAND)
    return MartSuite(
        span,
        [
            span.query_rule("skill_unknown", "A skill without a name cannot be shown."),
            span.query_rule("counted_unopened", "A vacancy counts where it was open."),
            span.query_rule(
                "chain_counted_twice",
                "A place that is advertised again is one place.",
                file="chain_skill_counted_twice",
            ),
        ],
    )


def _demand_rules(demand: Relation) -> list[MartExpectation]:
    return [
        *demand.key_rules(),
        demand.query_rule("region_unknown", "Regions add up to the country."),
        demand.query_rule("month_wrong", "Readers join by the month's first day."),
        demand.order_rule("raw_below_joined", "Joining reposts only takes away.", "vacancies_raw", "vacancies"),
        demand.order_rule(
            "openings_below_vacancies", "An unknown number of places is at least one.", "openings", "vacancies"
        ),
        demand.order_rule("capped_above_openings", "The cap only takes away.", "openings", "openings_capped"),
        demand.order_rule(
            "employers_above_vacancies", "Each employer counted has a vacancy counted.", "vacancies", "employers"
        ),
        demand.query_rule("today_wrong", "Today is a part of its month, and of no other."),
    ]


def _demand() -> MartSuite:
    demand = Relation("retraining", "retraining.skill_demand", _CELL, "skill_demand", _DEMAND)
    drifted = demand.query_rule("demand_drifted", "What is shown is the sum of what is behind it.")
    return MartSuite(demand, [*_demand_rules(demand), drifted])


def _occupation_demand() -> MartSuite:
    view = "retraining.occupation_demand"
    demand = Relation("retraining", view, ("isco_code", "region_code", "month"), "occupation_demand", (view,))
    return MartSuite(
        demand,
        [
            *_demand_rules(demand),
            demand.query_rule(
                "demand_drifted", "What is shown is the sum of what is behind it.", file="occupation_demand_drifted"
            ),
            demand.query_rule("salary_of_few", "A median of few tells the pay of one."),
            demand.range_rule("salary_median_kzt", "Nobody works for nothing.", 1),
        ],
    )


def _supply_span() -> MartSuite:
    span = Relation("retraining", "mart.supply_span", views=_SUPPLY)
    return MartSuite(
        span,
        [
            span.query_rule("skill_unknown", "A skill without a name cannot be shown."),
            span.query_rule("region_unknown", "Regions add up to the country."),
            span.query_rule("spans_overlap", "A person counts once a month for a skill."),
        ],
    )


def _supply() -> MartSuite:
    supply = Relation("retraining", "retraining.skill_supply", _CELL, "skill_supply", _SUPPLY)
    return MartSuite(
        supply,
        [
            *supply.key_rules(),
            supply.query_rule("region_unknown", "Regions add up to the country."),
            supply.query_rule("month_wrong", "Readers join by the month's first day."),
            _few_rule(supply, "people"),
            supply.query_rule("supply_drifted", "The figure is kept by differences; they must sum to what is there."),
        ],
    )


def _gap() -> MartSuite:
    gap = Relation("retraining", "retraining.skill_gap", _CELL, "skill_gap", ("retraining.skill_gap",))
    return MartSuite(
        gap,
        [
            *gap.key_rules(),
            gap.query_rule("month_wrong", "Readers join by the month's first day."),
            gap.query_rule("gap_wrong", "A withheld number must not be told by the gap either."),
            _few_rule(gap, "supply_people"),
        ],
    )


def _country() -> MartSuite:
    view = "retraining.skill_gap_country"
    country = Relation("retraining", view, ("skill_key", "month"), "skill_gap_country", (view,))
    return MartSuite(
        country,
        [
            *country.key_rules(),
            country.query_rule("month_wrong", "Readers join by the month's first day."),
            country.query_rule("gap_wrong", "A withheld number must not be told by the gap either."),
            _few_rule(country, "supply_people"),
            country.query_rule("region_derivable", "What is withheld must not follow from what is shown."),
            country.query_rule("country_wrong", "Regions add up to the country."),
        ],
    )


def _gap_table() -> MartSuite:
    table = Relation("retraining", "mart.skill_gap", _CELL, views=_GAPS)
    return MartSuite(table, [table.query_rule("gap_incomplete", "The gap is of the same figures that readers see.")])


def _occupation_skill() -> MartSuite:
    skill = Relation(
        "retraining",
        "retraining.occupation_skill",
        ("isco_code", "skill_key"),
        "occupation_skill",
        _OCCUPATIONS,
    )
    return MartSuite(
        skill,
        [
            *skill.key_rules(),
            skill.range_rule("reference_share", "A share of the ESCO occupations of the group.", 0, 1),
            skill.range_rule("vacancy_share", "A share of the vacancies of the group.", 0, 1),
            skill.range_rule("weight", "Rows below 0.05 are left out.", 0.05, 1),
            skill.query_rule("required_wrong", "Matches and paths are made of what is required."),
        ],
    )


def _pathway() -> MartSuite:
    # The table, not the view: that looks courses up for each row.
    path = Relation("retraining", "mart.pathway", ("from_isco_code", "to_isco_code"), views=("retraining.pathway",))
    return MartSuite(
        path,
        [
            *path.key_rules(),
            path.range_rule("similarity", "A share of the weights of both.", 0, 1),
            path.range_rule("transferability", "Rows below 0.1 are left out.", 0.1, 1),
            path.query_rule("path_to_itself", "Nobody retrains for what they are."),
            path.query_rule("skill_shared_and_missing", "A skill is there or is not."),
        ],
    )


def _few_rule(relation: Relation, column: str) -> MartExpectation:
    return relation.column_rule(
        "small_count_shown",
        "Few people could be told by name.",
        gxe.ExpectColumnValuesToNotBeInSet,
        column=column,
        value_set=_FEW,
    )
