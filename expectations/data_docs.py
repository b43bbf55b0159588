"""Data Docs: one page per validation, of a batch or a group of marts, with rules and counts and no value of an event.

Great Expectations' own renderers make the page; its site builder is not used, since it renders every stored
result again, and takes longer than the validation of a small batch.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

# A doorbell every few seconds makes many pages; the newest are what a person looks for.
KEEP_PAGES: Final = 500
_PAGE_NAME: Final = re.compile(r"[a-z]+-([0-9]+)\.html")


def page_path(home: Path, subject: str, name: str) -> Path:
    """Where a page lies: of an entity ``batch-<number>``, of a group of marts ``run-<number>``."""
    return home / "data_docs" / subject / f"{name}.html"


def write_page(home: Path, subject: str, name: str, result: ExpectationSuiteValidationResult) -> Path:
    """Writes a page, in one step, and forgets pages that are too old.

    Args:
        home: Arna's state folder.
        subject: the entity or the group of marts.
        name: the page's name, which ends in a number.
        result: results that hold counts only.
    """
    path = page_path(home, subject, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    html = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result))
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(html, encoding="utf-8")
    draft.replace(path)
    _prune(path.parent)
    return path


def _prune(folder: Path) -> None:
    pages = {int(match.group(1)): entry for entry in folder.iterdir() if (match := _PAGE_NAME.fullmatch(entry.name))}
    for number in sorted(pages, reverse=True)[KEEP_PAGES:]:
        pages[number].unlink(missing_ok=True)
