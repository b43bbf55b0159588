"""What the marts are made of."""

from __future__ import annotations

import pytest

from arna.errors import ConfigError
from arna.marts import GROUPS, VIEWS, find_view, model_sha256, refreshing
from arna.warehouse.sqlfiles import list_sql, read_sql

pytestmark = pytest.mark.unit


def test_groups_have_hashes_of_their_own() -> None:
    assert len({model_sha256(group) for group in GROUPS}) == len(GROUPS)


def test_another_model_is_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    before = model_sha256("profile")
    monkeypatch.setattr(refreshing, "read_sql", lambda name: read_sql(name) + "-- changed")
    assert model_sha256("profile") != before


def test_a_view_is_found_with_the_group_that_refreshes_it() -> None:
    assert [find_view(name)[0] for group in GROUPS for name in VIEWS[group]] == [g for g in GROUPS for _ in VIEWS[g]]
    with pytest.raises(ConfigError, match=r"no view profile\.nothing.*profile\.student"):
        find_view("profile.nothing")


@pytest.mark.parametrize("name", [n for f in ("marts", "marts/profile", "marts/retraining") for n in list_sql(f)])
def test_every_statement_says_its_purpose_grain_and_key(name: str) -> None:
    lines = read_sql(name).splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["-- purpose", "-- grain", "-- key"]
