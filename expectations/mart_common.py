"""Suites that both groups of marts have."""

from __future__ import annotations

from arna.marts import VIEWS, MartGroup
from expectations.marts import MartSuite, Relation


def freshness_suite(group: MartGroup) -> MartSuite:
    """The group keeps up with core, and core with the world."""
    freshness = Relation(group, "ops.freshness", ("view_name",), views=tuple(VIEWS[group]))
    return MartSuite(
        freshness,
        [
            freshness.query_rule("batch_waits", "A load is followed by a refresh within seconds."),
            freshness.query_rule("refresh_late", "Things expire and begin each day."),
            freshness.query_rule("events_stopped", "Somebody studies, certifies or hires every week."),
        ],
    )


def history_suite(group: MartGroup, entity: str, subject: str) -> MartSuite:
    """One version of a record counts, and its versions follow one another."""
    views = tuple(name for name, view in VIEWS[group].items() if entity in view.entities)
    history = Relation(group, f"core.{entity}", ("source_id", subject), views=views)
    return MartSuite(
        history,
        [
            history.query_rule("version_wrong", "Everything shown is of the highest version of its record."),
            history.query_rule("versions_overlap", "What held on a day is told by the times of the versions."),
        ],
    )
