"""What all adapters share: identity numbers and known sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from arna.contracts.identifiers import is_valid_bin, is_valid_iin, make_synthetic_iin
from arna.errors import ConfigError
from producers.identities import Identities, read_iin_map, synthetic_bin, synthetic_iin
from producers.known_sources import known_sources

pytestmark = pytest.mark.unit


class TestIdentities:
    def test_the_same_local_id_gives_the_same_valid_number(self) -> None:
        assert synthetic_iin("a", "x") == synthetic_iin("a", "x") != synthetic_iin("b", "x")
        assert is_valid_iin(synthetic_iin("a", "x"))
        assert is_valid_bin(synthetic_bin("a", "x"))

    def test_a_synthetic_iin_has_century_digit_1_and_a_synthetic_bin_year_50(self) -> None:
        assert all(synthetic_iin("a", str(number))[6] == "1" for number in range(50))
        assert all(synthetic_bin("a", str(number)).startswith("50") for number in range(50))

    def test_the_map_goes_before_a_synthetic_number(self) -> None:
        own = make_synthetic_iin(7)
        assert Identities({"u1": own}, synthetic=True).iin("oneroster", "u1") == own

    def test_without_a_map_and_without_leave_there_is_no_number(self) -> None:
        assert Identities().iin("oneroster", "u1") is None

    def test_a_wrong_number_in_the_map_is_named_by_its_line_and_not_shown(self, tmp_path: Path) -> None:
        path = tmp_path / "map.csv"
        path.write_text(f"id,iin\nu1,{make_synthetic_iin(1)}\nu2,990101100001\n")
        with pytest.raises(ConfigError, match="line 3") as caught:
            read_iin_map(path)
        assert "990101100001" not in str(caught.value)


def test_every_source_of_the_file_has_a_valid_bin_of_year_50() -> None:
    for source in known_sources().values():
        assert is_valid_bin(source.bin)
        assert source.bin.startswith("50")
        assert source.uri == f"urn:kz:bin:{source.bin}"
