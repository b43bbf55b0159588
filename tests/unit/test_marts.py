"""What the marts are made of."""

from __future__ import annotations

import pytest

from arna import marts
from arna.marts import GROUPS, VIEWS, model_sha256
from arna.warehouse.sqlfiles import list_sql, read_sql

pytestmark = pytest.mark.unit


def test_groups_have_hashes_of_their_own() -> None:
    assert len({model_sha256(group) for group in GROUPS}) == len(GROUPS)


def test_another_model_is_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    before = model_sha256("profile")
    monkeypatch.setattr(marts, "read_sql", lambda name: read_sql(name) + "-- changed")
    assert model_sha256("profile") != before


def test_every_view_belongs_to_the_schema_of_its_group() -> None:
    assert all(view.startswith(f"{group}.") for group in GROUPS for view in VIEWS[group])


@pytest.mark.parametrize("name", [n for f in ("marts", "marts/profile", "marts/retraining") for n in list_sql(f)])
def test_every_statement_says_its_purpose_grain_and_key(name: str) -> None:
    lines = read_sql(name).splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["-- purpose", "-- grain", "-- key"]
