"""What one refresh has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arna.marts.registry import MartGroup


@dataclass(frozen=True, slots=True)
class Scope:
    """What one refresh has to look at.

    Attributes:
        group: the group of marts.
        today: the day it brings the marts to.
        as_of: the day they stood for before.
        is_rebuild: whether everything is computed anew.
        waiting_ids: loaded batches that the group has not taken in.
        has_new_skills: whether a name or code of a skill may mean another skill now.
        has_new_reference: whether occupations, their skills or crosswalks in force are others.
        change_seq: the number that rows get which it changes.
    """

    group: MartGroup
    today: date
    as_of: date
    is_rebuild: bool
    waiting_ids: list[int]
    has_new_skills: bool
    has_new_reference: bool
    change_seq: int

    @property
    def has_news(self) -> bool:
        """Whether there is anything to do."""
        has_new_ground = self.has_new_day or self.has_new_skills or self.has_new_reference
        return self.is_rebuild or bool(self.waiting_ids) or has_new_ground

    @property
    def batch_ids(self) -> list[int] | None:
        """The batches to look at; None is all."""
        return None if self.is_rebuild else self.waiting_ids

    @property
    def days(self) -> dict[str, date]:
        """Both days, as the statements name them."""
        return {"today": self.today, "as_of_date": self.as_of}

    @property
    def has_new_day(self) -> bool:
        """Whether another day has begun since."""
        return self.today != self.as_of

    @property
    def has_new_month(self) -> bool:
        """Whether another month has begun since."""
        return (self.today.year, self.today.month) != (self.as_of.year, self.as_of.month)
