"""The scanner for texts and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from arna.privacy import scan_bytes, scan_files

pytestmark = pytest.mark.unit

IINS = {"990101100000", "990101200007"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (b"", 0),
        (b"iin=990101100000;", 1),
        (b"990101100000,990101200007", 2),
        (b"+77990101100000123", 1),
        (b"990101100009", 0),
        (b"99010110000 0", 0),
        ("№990101100000№".encode(), 1),
    ],
)
def test_known_numbers_are_counted_also_inside_longer_runs(text: bytes, count: int) -> None:
    assert scan_bytes(text, IINS) == count


def test_files_are_named_by_line_and_never_quoted(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "a.log"
    log.write_bytes(b"ok\n\xff\xfe 990101100000\n990101200007 990101200007\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    findings = scan_files([tmp_path, tmp_path / "absent"], IINS)
    assert [(finding.place, finding.count) for finding in findings] == [(f"{log}:2", 1), (f"{log}:3", 2)]
