"""What adapters make of files, counted and checked."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from arna.errors import ContractError
from producers.rows import AdaptedRow


def outcomes(rows: Iterable[AdaptedRow]) -> Counter[str]:
    """How many rows are events (``ok``), and how many are refused by rule, with the pointer if by the contract."""
    found: Counter[str] = Counter()
    for row in rows:
        if row.draft is None:
            assert row.refusal is not None
            found[row.refusal.rule_id] += 1
            continue
        try:
            row.draft.check()
        except ContractError as error:
            found[f"{error.rule_id} {error.pointer}"] += 1
        else:
            found["ok"] += 1
    return found


def data_of(row: AdaptedRow) -> dict[str, Any]:
    """The data of a row's event, which keeps its contract."""
    assert row.draft is not None, row.refusal
    return row.draft.check().data


def write_csv(path: Path, rows: Sequence[dict[str, str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Writes rows under the heading of the first."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path
