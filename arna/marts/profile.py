"""The profile group: what is known of each learner."""

from __future__ import annotations

from arna.marts.publishing import Publisher
from arna.marts.scope import Scope

TABLES_BY_PERSON = ("student", "certificate", "person_skill", "person")
"""In this order: the rows of the touched people are found through ``mart.person`` as it was."""
DATED = {"student", "certificate", "person_skill"}


def refresh_profile(publisher: Publisher, scope: Scope) -> dict[str, int]:
    """Brings the tables of the touched people up to date. Returns rows computed, by table."""
    today = {"today": scope.today}
    return {table: publisher.replace(table, today if table in DATED else None) for table in TABLES_BY_PERSON}
