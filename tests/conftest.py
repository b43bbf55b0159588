"""Fixtures and rules that hold for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket

pytest_plugins = ["tests.support.stack"]

LEVELS = frozenset({"unit", "contract", "sql", "dags", "integration", "faults", "e2e"})
ALONE = frozenset({"unit", "contract"})


@pytest.fixture(scope="session", autouse=True)
def _own_spool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test's publisher meets the spool of another run, whose broker may have had the same port."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARNA_SPOOL", str(tmp_path_factory.mktemp("spool")))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test says with exactly one marker what it needs; cheap ones run first."""
    wrong = [item.nodeid for item in items if len(levels_of(item)) != 1]
    if wrong:
        listed = "\n  ".join(wrong[:20])
        raise pytest.UsageError(f"exactly one of {', '.join(sorted(LEVELS))} must mark each test:\n  {listed}")
    order = ["unit", "contract", "sql", "dags", "integration", "faults", "e2e"]
    items.sort(key=lambda item: order.index(next(iter(levels_of(item)))))


def levels_of(item: pytest.Item) -> set[str]:
    """The level markers of a test."""
    return {marker.name for marker in item.iter_markers()} & LEVELS


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests that say they need no server get no network."""
    if levels_of(item) & ALONE:
        disable_socket(allow_unix_socket=True)
    else:
        enable_socket()
