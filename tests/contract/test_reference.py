"""The page about the contracts is the one that the models give."""

from __future__ import annotations

from pathlib import Path

import pytest

from arna.contracts.reference import main

pytestmark = pytest.mark.contract
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "contracts.md"


def test_the_page_is_fresh(tmp_path: Path) -> None:
    assert main([str(PAGE), "--check"]) == 0
    copy = tmp_path / "contracts.md"
    assert main([str(copy), "--check"]) == 1
    assert main([str(copy)]) == 0
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
