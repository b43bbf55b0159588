"""Data Docs: one page per validated batch, with rules and counts and no value of any event.

Great Expectations' own renderers make the page; its site builder is not used, since it renders every stored
result again, and takes longer than the validation of a small batch.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Final

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from arna.contracts.registry import Entity

# A doorbell every few seconds makes many pages; the newest are what a person looks for.
KEEP_PAGES: Final = 500
_PAGE_NAME: Final = re.compile(r"batch-([0-9]+)\.html")

_log = logging.getLogger(__name__)


def page_path(home: Path, entity: Entity, batch_id: int) -> Path:
    """Where the page of a batch lies."""
    return home / "data_docs" / str(entity) / f"batch-{batch_id}.html"


def write_page(home: Path, entity: Entity, batch_id: int, result: ExpectationSuiteValidationResult) -> Path:
    """Writes the page of a batch, in one step, and forgets pages that are too old.

    Args:
        home: Arna's state folder.
        entity: whose batch.
        batch_id: the batch.
        result: results that hold counts only.
    """
    path = page_path(home, entity, batch_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    html = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result))
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(html, encoding="utf-8")
    draft.replace(path)
    _prune(path.parent)
    return path


def _prune(folder: Path) -> None:
    numbers = sorted(
        (int(match.group(1)) for entry in folder.iterdir() if (match := _PAGE_NAME.fullmatch(entry.name))),
        reverse=True,
    )
    for number in numbers[KEEP_PAGES:]:
        (folder / f"batch-{number}.html").unlink(missing_ok=True)
