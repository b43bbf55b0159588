"""Rules that two or three entities share."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from expectations.quality import QualityRule, query_rule, row_rule, volume_rule


def batch_rules(entity: Entity) -> list[QualityRule]:
    """Rules that hold the batch: its volume, and sources that may not be there."""
    return [
        volume_rule(entity),
        query_rule(
            entity,
            "source_wrong",
            "A landed event always has a registered source; if the registry was changed since, a person must look.",
            scope="batch",
        ),
    ]


def place_rules(entity: Entity) -> list[QualityRule]:
    """The region must be known; the full KATO code should be."""
    return [
        query_rule(
            entity,
            "region_unknown",
            "Every regional figure is by these two digits.",
        ),
        query_rule(
            entity,
            "kato_unknown",
            "Codes change (2022: three new regions), so an unknown place is a sign, not an error.",
        ),
    ]


def version_rules(entity: Entity) -> list[QualityRule]:
    """Versions of a subject: each once, and time goes with them."""
    return [
        query_rule(
            entity,
            "version_repeated",
            "(source, subject, recordversion) is unique; the load keeps the first that landed and settles the others.",
            scope="batch",
        ),
        query_rule(
            entity,
            "time_runs_back",
            "recordversion and time should rise together; a source whose clock or counter is wrong shows here.",
        ),
    ]


def person_rules(entity: Entity) -> list[QualityRule]:
    """People are never merged on the number alone."""
    return [
        query_rule(
            entity,
            "birth_date_disagrees",
            "The check digit does not see a typo in digit 11, so two people can seem to share a number.",
        ),
    ]


def name_rule(entity: Entity) -> QualityRule:
    """Names should be readable in a language of the country."""
    return row_rule(
        entity,
        "state_language_name_missing",
        "The readers show names in Kazakh or Russian.",
        gxe.ExpectColumnValuesToBeBetween,
        column="state_language_name_count",
        min_value=1,
    )
