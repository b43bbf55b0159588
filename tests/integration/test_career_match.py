"""Views that are derived when they are read: one person's rows are made of one person's rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.support.core_rows import person_token

pytestmark = pytest.mark.integration


def _scans(node: dict[str, Any], relation: str) -> Iterator[dict[str, Any]]:
    if node.get("Relation Name") == relation:
        yield node
    for child in node.get("Plans", []):
        yield from _scans(child, relation)


@pytest.mark.parametrize("view", ["profile.career_match", "retraining.recommendation"])
def test_a_look_up_of_a_person_goes_down_to_their_skills(view: str, database_url: str) -> None:
    query = sql.SQL("explain (format json) select * from {} where person_key = {}").format(
        sql.Identifier(*view.split(".")), sql.Literal(person_token(1))
    )
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        # Empty tables are scanned whole; what the planner can do is the question, not what it does with none.
        connection.execute("set enable_seqscan = off")
        [[[plan]]] = connection.execute(query).fetchall()
    found = [*_scans(plan["Plan"], "person_skill"), *_scans(plan["Plan"], "student")]
    assert len(found) == 2
    for scan in found:
        assert str(person_token(1)) in scan.get("Index Cond", scan.get("Recheck Cond", ""))
