"""Changes of the readers' views, as the topic ``arna.mart-changed.v1`` tells them: keys and numbers, no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from arna.contracts.registry import VERSION

MART_CHANGE_TYPE: Final = f"kz.arna.mart.changed.v{VERSION}"
"""The CloudEvents type of a message that a view changed."""
MART_CHANGE_SOURCE: Final = "urn:arna:warehouse"
"""Its CloudEvents source: Arna itself; the view is the subject."""
MART_CHANGE_TOPIC: Final = f"arna.mart-changed.v{VERSION}"
MART_CHANGE_SCHEMA: Final = f"urn:arna:schema:mart-changed:{VERSION}"


@dataclass(frozen=True, slots=True)
class MartChange:
    """A refresh changed rows of a view: pull them.

    Attributes:
        view: the view, with its schema; the Kafka key and the subject repeat it.
        series_id: series that the numbers belong to; another one means that the warehouse was made anew: copy in full.
        change_seq: number of the refresh; pull what is above the number you hold, which this one need not be.
        as_of_date: the day the refresh stands for.
        changed_count: rows added or changed.
        removed_count: rows removed.
        keys: key of each of these rows, by column; null: they are many, pull them.
    """

    view: str
    series_id: UUID
    change_seq: int
    as_of_date: date
    changed_count: int
    removed_count: int
    keys: tuple[Mapping[str, str | int], ...] | None
