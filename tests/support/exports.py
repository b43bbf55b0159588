"""A reader with a copy of a view: it holds what exports gave it, applied as docs/how-to/pull-the-marts.md says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from arna.exporting import Manifest, export_view, read_manifest
from arna.marts import VIEWS
from arna.warehouse.database import Database

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "pull-the-marts.md"
PULLED = [name for views in VIEWS.values() for name, view in views.items() if view.table is not None]
UNTRACKED = {column for views in VIEWS.values() for view in views.values() for column in view.untracked}


def _documented() -> Callable[[Any, Path], Any]:
    [code] = re.findall("```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["apply_export"]


apply_export = _documented()


class Copy:
    """A reader's copy of a view, and the folders it came from."""

    def __init__(self, view: str, folder: Path) -> None:
        self.view = view
        self._folder = folder
        self._numbers = itertools.count(1)
        self._held: pd.DataFrame | None = None
        self._last: Manifest | None = None
        self.pulls = 0

    @property
    def change_seq(self) -> int:
        return -1 if self._last is None or self._last.change_seq is None else self._last.change_seq

    def pull(self, database: Database) -> Manifest:
        """Takes in what changed since the last pull; the first one takes all."""
        folder = self._folder / self.view / str(next(self._numbers))
        export_view(database, self.view, folder, since=self._last)
        self._held = apply_export(self._held, folder)
        self._last = read_manifest(folder)
        self.pulls += 1
        return self._last

    def rows(self) -> list[dict[str, Any]]:
        """What it holds, sorted, as plain values."""
        assert self._held is not None
        return in_order(self._held)


def in_order(held: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a copy in an order of their own; numpy's nulls and pyarrow's are one."""
    rows = held.reset_index().drop(columns=list(UNTRACKED), errors="ignore").to_dict("records")
    return sorted(({name: _plain(value) for name, value in row.items()} for row in rows), key=str)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        return [_plain(one) for one in value]
    return None if pd.isna(value) else value


def full_rows(database: Database, view: str, folder: Path) -> list[dict[str, Any]]:
    """What a full export gives now."""
    export_view(database, view, folder)
    return in_order(apply_export(None, folder))
