"""Says things in one language: texts, numbers, dates and names, with what is missing or hidden said to be so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final, Literal, get_args

import yaml
from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal, format_percent

from arna.reporting.data import Label

Language = Literal["kk", "ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
# What a reader of the one most likely reads too.
_INSTEAD: Final[Mapping[Language, tuple[Language, ...]]] = {
    "kk": ("ru", "en"),
    "ru": ("kk", "en"),
    "en": ("ru", "kk"),
}
_LOCALES: Final[Mapping[Language, str]] = {"kk": "kk_KZ", "ru": "ru_KZ", "en": "en_GB"}
_KAZAKHSTAN = timezone(timedelta(hours=5))


@dataclass(frozen=True, slots=True)
class Shown:
    """A name as it is shown.

    Attributes:
        text: the name.
        language: the language it is in, where that is another than the reader's; None: nobody told, or the reader's.
        mark: what says that the name is not in the reader's language; empty where it is.
    """

    text: str
    language: str | None = None
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.mark}" if self.mark else self.text


class Words:
    """One language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._locale = Locale.parse(_LOCALES[language])
        self._texts = _texts(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key; a key without a text is a bug.

        Raises:
            KeyError: there is no such text.
        """
        return self._texts[key].format(**values)

    def or_code(self, key: str, code: str) -> str:
        """The text of a key made of a code, or the code where somebody has since added one."""
        return self._texts.get(key, code)

    def number(self, value: int | Decimal | None) -> str:
        """A number without decimals; None is hidden."""
        return self("hidden") if value is None else format_decimal(round(value), locale=self._locale)

    def percent(self, value: Decimal | float | None) -> str:
        """A share in percent; None is hidden."""
        return self("hidden") if value is None else format_percent(value, self("percent.form"), locale=self._locale)

    def percent_round(self, value: float) -> str:
        """A share in whole percent, for an axis."""
        return format_percent(value, locale=self._locale)

    def month(self, value: date) -> str:
        """A month with its year."""
        return format_skeleton("yMMMM", value, locale=self._locale)

    def month_as_title(self, value: date) -> str:
        """The same at the head of a line."""
        month = self.month(value)
        return month[:1].upper() + month[1:]

    def short_month(self, value: date) -> str:
        """The same for the axis of a chart."""
        return format_skeleton("yMMM", value, locale=self._locale)

    def date(self, value: date) -> str:
        """A day."""
        return format_date(value, "long", locale=self._locale)

    def moment(self, value: datetime | None) -> str:
        """A moment in Kazakhstan, to the minute; None was never."""
        if value is None:
            return self("never")
        return format_datetime(value.astimezone(_KAZAKHSTAN), self("moment.form"), locale=self._locale)

    def age(self, since: datetime | None, until: datetime) -> str:
        """How long ago, in days or, under two days, in hours."""
        if since is None:
            return self("never")
        hours = max(int((until - since).total_seconds() // 3600), 0)
        if hours < 1:
            return self("age.now")
        return self("age.hours", count=hours) if hours < 48 else self("age.days", count=self.number(hours // 24))

    def name(self, label: Label) -> Shown:
        """A name in this language, in another, as a source wrote it, or its code; marked unless in this one."""
        if own := getattr(label, self.language):
            return Shown(own)
        for other in _INSTEAD[self.language]:
            if found := getattr(label, other):
                return Shown(found, other, f"[{other}]")
        return Shown(label.sent, None, self("mark.sent")) if label.sent else Shown(label.code, None, self("mark.code"))

    @property
    def number_form(self) -> Mapping[str, object]:
        """The language's numbers for the axes of a chart, as d3 wants it told."""
        symbols = self._locale.number_symbols["latn"]
        return {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": ["", ""],
        }


@cache
def _texts(language: Language) -> Mapping[str, str]:
    text = resources.files("arna.reporting").joinpath("texts", f"{language}.yaml").read_text(encoding="utf-8")
    return _flatten(yaml.safe_load(text))


def _flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": str(value)}
    return flat
