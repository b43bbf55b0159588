"""Common terms: keys, days, months and spans of days."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

FAR = date.max
Span = tuple[date, date]
"""First day and the day after the last."""


def normalise(name: str) -> str:
    """NFC, case-folded, trimmed, white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).split())


def is_disputed(birth_dates: set[date]) -> bool:
    """Whether the declared birth dates disagree; a missing one is not among them."""
    return len(birth_dates) > 1


def person_key(token: UUID, born: date | None, disputed: bool) -> UUID:
    """The token, or a key per token and birth date."""
    if not disputed:
        return token
    return UUID(hashlib.md5(f"{token}:{born or 'unknown'}".encode(), usedforsecurity=False).hexdigest())


def local_day(moment: datetime) -> date:
    """The day of a moment in Kazakhstan."""
    return moment.astimezone(timezone(timedelta(hours=5))).date()


def month_of(day: date) -> date:
    """First day of a day's month."""
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    last = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def months_of(spans: Iterable[Span]) -> set[date]:
    """Months that hold at least one of the days."""
    return {month for span in spans for month in _months(span)}


def _months(span: Span) -> Iterator[date]:
    first, end = span
    month = month_of(first)
    while first < end and month < end:
        yield month
        month = add_months(month, 1)


def minus(spans: Iterable[Span], hole: Span) -> list[Span]:
    """Days of the spans that are not in the hole."""
    kept = []
    for first, end in spans:
        if hole[0] >= hole[1]:
            kept.append((first, end))
            continue
        kept += [(first, min(end, hole[0])), (max(first, hole[1]), end)]
    return [(first, end) for first, end in kept if first < end]


def rounded(value: Decimal | None, places: int = 4) -> Decimal | None:
    """A rate."""
    return None if value is None else Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def ratio(part: int | Decimal | None, whole: int | Decimal | None) -> Decimal | None:
    """Part of a whole, round 4; null over null or over nothing."""
    if part is None or whole is None or whole == 0:
        return None
    return rounded(Decimal(part) / Decimal(whole))
