"""Values of JSON-LD documents: any of them may be of any type, one may stand for a list of one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from producers.rows import JsonValue, language_of, parse_moment

Json = Mapping[str, Any]
NAMES: Final = ("kk", "ru", "en")
"""Languages in which the contract has names."""
LANGUAGES: Final = frozenset({"kk", "ru", "en", "ug", "uz", "tg"})
"""Languages that the contract tells apart."""
_MAX_CODE: Final = 100


def listed(value: JsonValue) -> list[Any]:
    """The items of a list; a list of one around anything else; nothing for null."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def member(value: JsonValue, name: str) -> JsonValue:
    """A member of an object; None where there is none, or no object."""
    return value.get(name) if isinstance(value, Mapping) else None


def text(value: JsonValue) -> str:
    """The text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def texts(value: JsonValue) -> set[str]:
    """The texts among the items."""
    return {item for item in listed(value) if isinstance(item, str)}


def is_type(value: JsonValue, kind: str) -> bool:
    """Whether it is an object of that ``type``."""
    return isinstance(value, Mapping) and kind in listed(value.get("type"))


def first_present(record: Json, *names: str) -> JsonValue:
    """The first of the members that is there."""
    return next((record[name] for name in names if record.get(name) is not None), None)


def moment_of(value: JsonValue) -> datetime | None:
    """A moment in ISO 8601, or None."""
    return parse_moment(value) if isinstance(value, str) else None


def day_text(value: JsonValue) -> str | None:
    """The day of a moment, in its own offset; an empty text for what is no moment, which the contract refuses."""
    if value is None:
        return None
    moment = moment_of(value)
    return moment.date().isoformat() if moment else ""


def last_day_text(value: JsonValue) -> str | None:
    """The last whole day before a moment at which something ceases to hold; see ``day_text``."""
    moment = moment_of(value)
    if moment is None or moment.date() == date.min:
        return None if value is None else ""
    last = moment.date() - timedelta(days=1) if moment.time() == time() else moment.date()
    return last.isoformat()


def epoch_text(value: JsonValue) -> str | None:
    """A moment in seconds since 1970 as ISO 8601, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def language_tag(value: JsonValue) -> str | None:
    """The contract's language for a BCP 47 tag; None where it says nothing that the contract knows."""
    tag = text(value).replace("_", "-").partition("-")[0].lower()
    return tag if tag in LANGUAGES else None


def localized(name: str, tag: str | None = None) -> dict[str, str]:
    """A name under its language: the tagged one where the contract has names in it, else by its letters."""
    return {tag if tag in NAMES else language_of(name): name}


def short_code(code: str) -> str:
    """A code that fits the contract: a longer one is cut and ends with a digest of the whole, so it stays distinct."""
    if len(code) <= _MAX_CODE:
        return code
    digest = base64.b32encode(hashlib.sha256(code.encode()).digest())[:16].decode().lower()
    return f"{code[: _MAX_CODE - 17]}~{digest}"


def is_web_address(address: str) -> bool:
    """Whether a text is an http address."""
    return address.startswith(("http://", "https://"))
