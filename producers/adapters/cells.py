"""Text of a cell to a value of the contract, without guessing: what reads in two ways is refused by row and column."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import cache
from typing import Final

import orjson

from arna.errors import ConfigError
from producers.rows import JsonValue

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
# One comma with three digits behind it and one to three before: 1,234 is a thousand or one and a quarter.
_TWO_READINGS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
_SPACES: Final = {0xA0: " ", 0x202F: " "}
_TOKENS: Final = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{2})",
    "D": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "Z": r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})",
}
_TOKEN: Final = re.compile(r"YYYY|YY|MM|M|DD|D|HH|H|mm|ss|Z")


class Unreadable(ValueError):
    """A cell that cannot be read without guessing.

    Args:
        rule_id: the rule, a key of ``producers.reasons.READING_RULES``.
        column: heading of the column, where known.
    """

    def __init__(self, rule_id: str, column: str = "") -> None:
        self.rule_id = rule_id
        self.column = column
        super().__init__(rule_id)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How numbers are written.

    Attributes:
        decimal: ``.`` or ``,``.
        thousands: what stands between thousands; ``" "`` is any kind of space.
    """

    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How dates and times are written, made by ``date_format``.

    Attributes:
        text: as it was declared, for messages.
        pattern: what it matches.
        has_time: whether it holds a time of day.
    """

    text: str
    pattern: re.Pattern[str]
    has_time: bool


@cache
def date_format(text: str, setting: str = "--date-format") -> DateFormat:
    """A format of dates such as ``DD.MM.YYYY``, ``M/D/YYYY`` or ``YYYY-MM-DD HH:mm:ssZ``.

    ``DD`` and ``MM`` are two digits, ``D`` and ``M`` one or two; everything else stands for itself.

    Raises:
        ConfigError: it has no year of four digits, month and day, or one of its parts twice.
    """
    found = _TOKEN.findall(text)
    if "YY" in found:
        raise ConfigError(setting, "has a year of two digits, whose century would be a guess.", "Use YYYY.")
    kinds = [token[0] for token in found]
    if len(kinds) != len(set(kinds)) or not {"Y", "M", "D"} <= set(kinds):
        raise ConfigError(
            setting,
            "needs YYYY, a month and a day, each once.",
            "For example DD.MM.YYYY, M/D/YYYY or YYYY-MM-DD HH:mm.",
        )
    pattern, end = "", 0
    for match in _TOKEN.finditer(text):
        pattern += re.escape(text[end : match.start()]) + _TOKENS[match[0]]
        end = match.end()
    return DateFormat(text, re.compile(pattern + re.escape(text[end:])), "H" in kinds)


def read_date(text: str, form: DateFormat, zone: timezone) -> date | datetime:
    """A date, or an aware moment where the format has a time (in ``zone`` where it has no offset).

    Raises:
        Unreadable: the text is not written so, or is no day of the calendar.
    """
    match = form.pattern.fullmatch(text.strip())
    if match is None:
        raise Unreadable("date_not_in_format")
    parts = match.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        if not form.has_time:
            return day
        moment = datetime(
            day.year, day.month, day.day, int(parts["hour"]), int(parts.get("minute") or 0),
            int(parts.get("second") or 0), tzinfo=zone,
        )  # fmt: skip
        offset = parts.get("offset")
        return datetime.fromisoformat(moment.replace(tzinfo=None).isoformat() + offset) if offset else moment
    except ValueError:
        raise Unreadable("date_not_in_calendar") from None


def read_number(text: str, form: NumberFormat | None = None) -> int | float | None:
    """A number as it is declared to be written, or None where the text is none.

    Undeclared, a point is the decimal mark, and a comma is one where it can be nothing else (``1234,5``).

    Raises:
        Unreadable: nothing is declared and the text reads in two ways (``1,234``).
    """
    plain = text.strip()
    if form is None:
        if _TWO_READINGS.fullmatch(plain):
            raise Unreadable("number_ambiguous")
        plain = plain.replace(",", ".") if _DECIMAL_COMMA.fullmatch(plain) else plain
    else:
        if form.thousands:
            whole, mark, rest = plain.partition(form.decimal)
            whole = _without_thousands(whole, form.thousands)
            plain = whole + mark + rest
        if form.decimal == ",":
            plain = plain.replace(".", "x").replace(",", ".")
    try:
        number = orjson.loads(plain.removeprefix("+"))
    except orjson.JSONDecodeError:
        return None
    return number if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def _without_thousands(whole: str, mark: str) -> str:
    first, *groups = whole.translate(_SPACES).split(mark)
    is_grouped = len(first.lstrip("+-")) in {1, 2, 3} and all(len(group) == 3 for group in groups)
    return first + "".join(groups) if not groups or is_grouped else "no number"


def read_list(text: str, separator: str | None = None) -> JsonValue:
    """A list: JSON or Python's text of one where it begins with ``[``, else parts between separators (``;``)."""
    stripped = text.strip()
    if separator is None and stripped.startswith("["):
        try:
            return orjson.loads(stripped)
        except orjson.JSONDecodeError:
            return _python_list(stripped, text)
    return [part.strip() for part in stripped.split(separator or ";") if part.strip()]


def _python_list(stripped: str, text: str) -> JsonValue:
    try:
        found = ast.literal_eval(stripped)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return found if isinstance(found, list) else text


def convert_text(text: str, kind: str | None) -> JsonValue:
    """A cell's text as the JSON type of its field; text that does not read as one is returned as it is.

    Args:
        text: the cell.
        kind: ``integer``, ``number``, ``number_or_text``, ``boolean`` or ``array``; None is text.

    Raises:
        Unreadable: the text reads in two ways.
    """
    stripped = text.strip()
    match kind:
        case "integer":
            return int(stripped) if _INTEGER.fullmatch(stripped) and len(stripped) < 20 else text
        case "number" | "number_or_text":
            number = read_number(stripped)
            return text if number is None else number
        case "boolean":
            return _FLAGS.get(stripped.lower(), text)
        case "array":
            return read_list(stripped)
        case _:
            return text
