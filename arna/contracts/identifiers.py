"""Kazakhstan's identifiers: IIN (person), BIN (organisation), KATO (territory).

Source: the check-digit algorithm of the national registers of identification numbers; KATO is the
national classifier of administrative-territorial objects (2022 regions included). Only ASCII digits
are digits. Nothing about a person (sex, age) is ever derived from an IIN.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

_FIRST_WEIGHTS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TWELVE_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")

# Month and day, the year's tens digit left out of it: whether 29 February existed depends on the
# century, and digit 7 of a foreigner's number does not tell it.
_MONTH_DAYS: Final = frozenset(
    f"{month:02}{day:02}" for month, days in enumerate(_DAYS, 1) for day in range(1, days + 1)
)
_MONTHS: Final = frozenset(f"{month:02}" for month in range(1, 13))


def _weigh(weights: tuple[int, ...], start: int, stop: int) -> dict[str, int]:
    """Weighted digit sums of every digit string that can stand at positions start..stop."""
    size = stop - start
    return {
        text: sum(weight * int(digit) for weight, digit in zip(weights[start:stop], text, strict=True))
        for text in (f"{number:0{size}}" for number in range(10**size))
    }


# Three digits at a time: four look-ups instead of eleven products, and a key that is not three ASCII
# digits is simply not there.
_A: Final = _weigh(_FIRST_WEIGHTS, 0, 3)
_B: Final = _weigh(_FIRST_WEIGHTS, 3, 6)
_C: Final = _weigh(_FIRST_WEIGHTS, 6, 9)
_D: Final = _weigh(_FIRST_WEIGHTS, 9, 11)
_DIGITS: Final = "0123456789"


def _second_pass(first11: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(_SECOND_WEIGHTS, first11, strict=True)) % 11


def iin_check_digit(first11: str) -> int | None:
    """The twelfth digit of an IIN or a BIN.

    Args:
        first11: the first eleven digits.

    Returns:
        The check digit, or None where the number is never issued or the text is not eleven digits.
    """
    if len(first11) != 11:
        return None
    try:
        k = (_A[first11[:3]] + _B[first11[3:6]] + _C[first11[6:9]] + _D[first11[9:]]) % 11
    except KeyError:
        return None
    if k == 10:
        k = _second_pass(first11)
    return None if k == 10 else k


def has_check_digit(number: str) -> bool:
    """Whether the text is twelve ASCII digits of which the last is the right check digit."""
    if len(number) != 12:
        return False
    try:
        k = (_A[number[:3]] + _B[number[3:6]] + _C[number[6:9]] + _D[number[9:11]]) % 11
        if k == 10:
            k = _second_pass(number[:11])
        # k = 10 stays: the number is never issued.
        return k != 10 and number[11] == _DIGITS[k]
    except KeyError:
        return False


def is_iin_shaped(number: str) -> bool:
    """Whether twelve digits look like an IIN but for the check digit: a real month and day, digit 7 in 0–6."""
    return number[2:6] in _MONTH_DAYS and number[6] in "0123456"


def is_bin_shaped(number: str) -> bool:
    """Whether twelve digits look like a BIN but for the check digit: a real month, digit 5 in 4–6, digit 6 in 0–3."""
    return number[2:4] in _MONTHS and number[4] in "456" and number[5] in "0123"


def is_valid_iin(s: str) -> bool:
    """Whether the text is a well-formed IIN: a real month and day, a century digit in 0–6, the right check digit."""
    # As is_iin_shaped and has_check_digit have it, in one function: it runs for every event.
    if len(s) != 12 or s[2:6] not in _MONTH_DAYS or s[6] not in "0123456":
        return False
    try:
        k = (_A[s[:3]] + _B[s[3:6]] + _C[s[6:9]] + _D[s[9:11]]) % 11
    except KeyError:
        return False
    if k == 10:
        k = _second_pass(s[:11])
    return k != 10 and s[11] == _DIGITS[k]


@lru_cache(maxsize=8192)
def is_valid_bin(s: str) -> bool:
    """Whether the text is a well-formed BIN: a real month, digit 5 in 4–6, digit 6 in 0–3, the right check digit.

    Cached: bodies are few and public, and a batch names the same ones again and again.
    """
    return len(s) == 12 and is_bin_shaped(s) and has_check_digit(s)


def find_iins(text: str) -> list[str]:
    """Every IIN in a text, in order: a run of exactly twelve ASCII digits that is a valid IIN.

    A BIN has its digit 5 in 4–6, which no day of the month has, so it is never taken for an IIN.
    """
    return [number for number in _TWELVE_DIGITS.findall(text) if is_valid_iin(number)]


KATO_REGIONS: Final[dict[str, tuple[str, str, str]]] = {
    "10": ("Абай облысы", "Абайская область", "Abai Region"),
    "11": ("Ақмола облысы", "Акмолинская область", "Akmola Region"),
    "15": ("Ақтөбе облысы", "Актюбинская область", "Aktobe Region"),
    "19": ("Алматы облысы", "Алматинская область", "Almaty Region"),
    "23": ("Атырау облысы", "Атырауская область", "Atyrau Region"),
    "27": ("Батыс Қазақстан облысы", "Западно-Казахстанская область", "West Kazakhstan Region"),
    "31": ("Жамбыл облысы", "Жамбылская область", "Zhambyl Region"),
    "33": ("Жетісу облысы", "Жетысуская область", "Zhetisu Region"),
    "35": ("Қарағанды облысы", "Карагандинская область", "Karaganda Region"),
    "39": ("Қостанай облысы", "Костанайская область", "Kostanay Region"),
    "43": ("Қызылорда облысы", "Кызылординская область", "Kyzylorda Region"),
    "47": ("Маңғыстау облысы", "Мангистауская область", "Mangystau Region"),
    "55": ("Павлодар облысы", "Павлодарская область", "Pavlodar Region"),
    "59": ("Солтүстік Қазақстан облысы", "Северо-Казахстанская область", "North Kazakhstan Region"),
    "61": ("Түркістан облысы", "Туркестанская область", "Turkistan Region"),
    "62": ("Ұлытау облысы", "Улытауская область", "Ulytau Region"),
    "63": ("Шығыс Қазақстан облысы", "Восточно-Казахстанская область", "East Kazakhstan Region"),
    "71": ("Астана қаласы", "город Астана", "Astana"),
    "75": ("Алматы қаласы", "город Алматы", "Almaty"),
    "79": ("Шымкент қаласы", "город Шымкент", "Shymkent"),
}
"""Region code (the first two digits of a KATO code) to its name in Kazakh, Russian and English."""

_KATO: Final = re.compile(r"[0-9]{9}")


def is_kato_shaped(code: str) -> bool:
    """Whether the text is nine ASCII digits; an unknown code is an unknown reference, not a malformed one."""
    return _KATO.fullmatch(code) is not None


def kato_region(code: str) -> str | None:
    """The region part of a well-formed KATO code, or None where the code is malformed or the region unknown."""
    region = code[:2]
    return region if is_kato_shaped(code) and region in KATO_REGIONS else None


_EPOCH: Final = date(1800, 1, 1)
_EPOCH_DAYS: Final = (date(1900, 1, 1) - _EPOCH).days


def _complete(first10: str, slot: int) -> str:
    """The slot-th number that can be issued with these ten digits.

    Digit 11 weighs 11 in the first pass, so it does not move that check digit; in the second it
    weighs 2, so at most one of its ten values is impossible: nine slots always exist.
    """
    first11 = f"{first10}{slot}"
    k = (_A[first11[:3]] + _B[first11[3:6]] + _C[first11[6:9]] + _D[first11[9:]]) % 11
    if k < 10:
        return f"{first11}{k}"
    numbers = (f"{first10}{digit}" for digit in _DIGITS)
    issued = [f"{number}{check}" for number in numbers if (check := iin_check_digit(number)) is not None]
    return issued[slot]


def _synthetic(number: int, capacity: int, prefix: Callable[[int], str]) -> str:
    if not 0 <= number < capacity:
        message = f"a synthetic number is made from 0 to {capacity - 1}"
        raise ValueError(message)
    return _complete(prefix(number // 9), number % 9)


@cache
def _birth_digits(day: int) -> str:
    return f"{_EPOCH + timedelta(days=day):%y%m%d}"


def _iin_prefix(block: int) -> str:
    serial, day = divmod(block, _EPOCH_DAYS)
    return f"{_birth_digits(day)}1{serial:03}"


def _bin_prefix(block: int) -> str:
    serial, month = divmod(block, 12)
    return f"50{month + 1:02}40{serial:04}"


def make_synthetic_iin(number: int) -> str:
    """A valid IIN that is nobody's: century digit 1, born in 18xx. Deterministic, and no two numbers share one.

    Raises:
        ValueError: the number is negative or above 328 million.
    """
    return _synthetic(number, _EPOCH_DAYS * 1000 * 9, _iin_prefix)


def make_synthetic_bin(number: int) -> str:
    """A valid BIN that is no body's: year 50, a resident's head office. Deterministic, and no two numbers share one.

    Raises:
        ValueError: the number is negative or above 1.08 million.
    """
    return _synthetic(number, 12 * 10_000 * 9, _bin_prefix)
