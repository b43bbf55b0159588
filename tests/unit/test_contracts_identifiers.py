"""Check digits, regions and synthetic numbers, against published vectors."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arna.contracts.identifiers import (
    KATO_REGIONS,
    find_iins,
    iin_check_digit,
    is_valid_bin,
    is_valid_iin,
    kato_region,
    make_synthetic_bin,
    make_synthetic_iin,
)

pytestmark = pytest.mark.unit


def naive_check_digit(first11: str) -> int | None:
    digits = [int(digit) for digit in first11]
    k = sum(weight * digit for weight, digit in zip(range(1, 12), digits, strict=True)) % 11
    if k == 10:
        k = sum(w * d for w, d in zip((3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2), digits, strict=True)) % 11
    return None if k == 10 else k


@pytest.mark.parametrize("iin", ["990101100000", "990101200007", "990101100111", "990101100010"])
def test_published_iins_are_valid(iin: str) -> None:
    assert is_valid_iin(iin)
    assert iin_check_digit(iin[:11]) == int(iin[11])
    assert not is_valid_bin(iin)


@pytest.mark.parametrize("number", ["501240000013", "501240000409"])
def test_published_bins_are_valid(number: str) -> None:
    assert is_valid_bin(number)
    assert not is_valid_iin(number)


@pytest.mark.parametrize("first11", ["99010110010", "50124000046"])
def test_numbers_that_are_never_issued_have_no_check_digit(first11: str) -> None:
    assert iin_check_digit(first11) is None
    assert not any(is_valid_iin(f"{first11}{digit}") or is_valid_bin(f"{first11}{digit}") for digit in range(10))


@pytest.mark.parametrize(
    "text",
    ["", "99010110000", "9901011000000", "99010110000a", " 99010110000", "990101100000\n", "٩٩٠١٠١١٠٠٠٠٠", "990101100001",
     "991301100000", "990132100000", "990230100000", "990101700000", "99010-100000", "+90101100000"],
)  # fmt: skip
def test_what_is_no_iin(text: str) -> None:
    assert not is_valid_iin(text)


@pytest.mark.parametrize("text", ["501340000013", "501270000013", "501244000013", "501240000014", "5012400000130"])
def test_what_is_no_bin(text: str) -> None:
    assert not is_valid_bin(text)


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_check_digit_is_that_of_the_definition(first11: str) -> None:
    assert iin_check_digit(first11) == naive_check_digit(first11)


@pytest.mark.parametrize("text", ["", "1234567890", "a" * 11, "٠" * 11])
def test_check_digit_of_anything_else_is_none(text: str) -> None:
    assert iin_check_digit(text) is None


def test_synthetic_iins_are_valid_distinct_and_nobodys() -> None:
    numbers = [*range(30_000), *range(2_970_000, 3_000_000)]
    iins = {make_synthetic_iin(number) for number in numbers}
    assert len(iins) == len(numbers)
    assert all(is_valid_iin(iin) and iin[6] == "1" for iin in iins)
    assert make_synthetic_iin(7) == make_synthetic_iin(7)


def test_synthetic_bins_are_valid_distinct_and_nobodys() -> None:
    bins = {make_synthetic_bin(number) for number in range(100_000)}
    assert len(bins) == 100_000
    assert all(is_valid_bin(number) and number[:2] == "50" and number[4] == "4" for number in bins)


@given(st.integers(0, 2_999_999), st.integers(0, 2_999_999))
def test_no_two_numbers_share_a_synthetic_iin(one: int, other: int) -> None:
    assert (make_synthetic_iin(one) == make_synthetic_iin(other)) == (one == other)


@pytest.mark.parametrize("number", [-1, 10**12])
def test_synthetic_numbers_end(number: int) -> None:
    with pytest.raises(ValueError, match="synthetic number"):
        make_synthetic_iin(number)
    with pytest.raises(ValueError, match="synthetic number"):
        make_synthetic_bin(number)


def test_iins_are_found_in_text_and_bins_are_not() -> None:
    text = "iin 990101100000, 990101200007; bin 501240000013; long 1990101100000; wrong 990101100001; ٩٩٠١٠١١٠٠٠٠٠"
    assert find_iins(text) == ["990101100000", "990101200007"]


def test_regions_of_kato_codes() -> None:
    assert len(KATO_REGIONS) == 20
    assert all(len(names) == 3 and all(names) for names in KATO_REGIONS.values())
    assert kato_region("711000000") == "71"
    assert [kato_region(code) for code in ("991000000", "71100000", "7110000000", "71100000a", "٧١١٠٠٠٠٠٠")] == [
        None
    ] * 5
