"""Damaged sets: whatever is in the files, each line is an event or a refusal, or the file stops with one sentence."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arna.errors import ConfigError
from producers.adapters import oneroster, oneroster_json, oulad, school_data_sync
from producers.adapters.roster_events import RosterOptions
from producers.identities import Identities
from producers.publishing import PublishReport, publish_rows
from producers.rows import AdaptedRow
from tests.support.rosters import full_set, write_set, zip_set
from tests.unit.test_adapter_oneroster_json import pages
from tests.unit.test_adapter_oulad import make_folder, write_assessments, write_scores
from tests.unit.test_adapter_school_data_sync import v1, v21

pytestmark = pytest.mark.unit

OPTIONS = RosterOptions(
    "urn:kz:bin:500140000077",
    Identities(synthetic=True),
    {"kato": "710000000", "language": "kk", "funding": "state_grant"},
)
Read = Callable[[Path], Iterator[AdaptedRow]]


def read_oneroster(path: Path) -> Iterator[AdaptedRow]:
    return oneroster.read_enrolments(path, OPTIONS)


def read_sds(path: Path) -> Iterator[AdaptedRow]:
    return school_data_sync.read_enrolments(path, OPTIONS)


def read_json(path: Path) -> Iterator[AdaptedRow]:
    return oneroster_json.read_enrolments(path, OPTIONS)


def make_oulad(folder: Path) -> Path:
    folder.mkdir()
    make_folder(folder, ("1", "-3", "", "Pass"), ("2", "", "9", "Fail"))
    write_scores(folder, ("a", "1", "70"))
    write_assessments(folder, ("a", "10"))
    return folder


SETS: dict[str, tuple[Callable[[Path], Path], Read, str]] = {
    "oneroster": (lambda folder: write_set(folder, full_set()), read_oneroster, "enrollments"),
    "sds v1": (lambda folder: write_set(folder, v1(), mode=None), read_sds, "StudentEnrollment"),
    "sds v2.1": (lambda folder: write_set(folder, v21(), mode=None), read_sds, "enrollments"),
    "oulad": (make_oulad, lambda path: oulad.read_enrolments(path), "studentInfo"),
    "oulad certificates": (make_oulad, lambda path: oulad.read_certificates(path), "studentInfo"),
}
"""Name to what writes the set, what reads it, and the file whose lines are its records."""

BYTES = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.sampled_from(
        [b'"', b'""', b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b";", b"{", b"9" * 400, b'"\n"']
    ),
)


def check(read: Read, path: Path) -> PublishReport | None:
    """Reads everything as ``arna publish --dry-run`` does; None where the files stop with one sentence."""
    try:
        rows = list(read(path))
    except ConfigError:
        return None
    report = publish_rows(rows, None)
    assert (report.read, report.accepted + report.refused) == (len(rows), len(rows))
    return report


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Bytes put in, taken out or put over others, up to four times."""
    steps = draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), BYTES), min_size=1, max_size=4))

    def apply(data: bytes) -> bytes:
        for place, removed, added in steps:
            start = int(place * len(data))
            data = data[:start] + added + data[start + removed :]
        return data

    return apply


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_raise_one_sentence_or_nothing(name: str, data: st.DataObject) -> None:
    make, read, _ = SETS[name]
    with tempfile.TemporaryDirectory() as tmp:
        folder = make(Path(tmp) / "set")
        file = data.draw(st.sampled_from(sorted(folder.iterdir())))
        file.write_bytes(data.draw(damage())(file.read_bytes()))
        check(read, folder)


CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "\0", '"', "a\nb", "a\r\nb", " ", "9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00",
                     "9999-12-31T23:59:59Z", "tobedeleted", "active", "{IIN:1}", "1e400", "-1", "٣", "\ud7ff",
                     "990101100000", "x" * 3_000]),
)  # fmt: skip


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_line_is_lost_whatever_its_cells_hold(name: str, data: st.DataObject) -> None:
    make, read, records = SETS[name]
    with tempfile.TemporaryDirectory() as tmp:
        folder = make(Path(tmp) / "set")
        names = sorted(path.stem for path in folder.glob("*.csv") if path.stem != "manifest")
        name_of_file = data.draw(st.sampled_from(names))
        path = folder / f"{name_of_file}.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            heading, *rows = csv.reader(lines)
        row = data.draw(st.integers(0, len(rows) - 1))
        for column in data.draw(st.sets(st.integers(0, len(heading) - 1), min_size=1, max_size=3)):
            rows[row][column] = data.draw(CELLS)
        if data.draw(st.booleans()):
            rows[row] = rows[row][: data.draw(st.integers(1, len(heading)))] + [""] * data.draw(st.integers(0, 3))
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows([heading, *rows])
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        expected = sum(1 for _ in csv.reader((folder / f"{records}.csv").read_text("utf-8").splitlines(True))) - 1
        rows_read = list(read(folder))
        assert [found.row for found in rows_read if found.file == f"{records}.csv"] == list(range(1, expected + 1))
        assert check(read, folder) is not None


@settings(max_examples=150, deadline=None)
@given(apply=damage())
def test_a_damaged_zip_raises_one_sentence_or_nothing(apply: Callable[[bytes], bytes]) -> None:
    with tempfile.TemporaryDirectory() as tmp:
        path = zip_set(write_set(Path(tmp) / "set", full_set()))
        path.write_bytes(apply(path.read_bytes()))
        check(read_oneroster, path)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_pages_with_any_values_are_read_to_the_end(data: st.DataObject) -> None:
    given_pages = pages()
    if data.draw(st.booleans()):
        del given_pages["enrollments"]
    name = data.draw(st.sampled_from(sorted(given_pages)))
    record = data.draw(st.sampled_from(given_pages[name]))
    field = data.draw(st.sampled_from([*sorted(record), "roles", "userIds", "metadata", "orgs", "terms", "grades"]))
    record[field] = data.draw(JSON)
    with tempfile.TemporaryDirectory() as tmp:
        for page, records in given_pages.items():
            (Path(tmp) / f"{page}.json").write_text(json.dumps({page: records}))
        report = check(read_json, Path(tmp))
        assert report is not None
        assert report.read >= len(given_pages.get("enrollments", given_pages["users"]))


@settings(max_examples=100, deadline=None)
@given(apply=damage(), data=st.data())
def test_damaged_pages_raise_one_sentence_or_nothing(apply: Callable[[bytes], bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as tmp:
        for page, records in pages().items():
            (Path(tmp) / f"{page}.json").write_text(json.dumps({page: records}))
        file = data.draw(st.sampled_from(sorted(Path(tmp).iterdir())))
        file.write_bytes(apply(file.read_bytes()))
        check(read_json, Path(tmp))


def test_many_stray_quotes_are_read_in_time_and_each_line_is_counted(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", full_set())
    with (folder / "enrollments.csv").open("ab") as file:
        file.writelines(b'"broken,"x\r\n' for _ in range(20_000))
    report = check(read_oneroster, folder)
    assert report is not None
    assert report.read == 20_004


def test_a_member_that_claims_to_be_huge_is_refused_before_it_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.adapters.csv_sets.MAX_FILE_BYTES", 1 << 20)
    path = zip_set(write_set(tmp_path / "set", full_set()))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demographics.csv", b"sourcedId,birthDate\n" + b" " * (8 << 20))
    with pytest.raises(ConfigError, match="its manifest does not say"):
        list(read_oneroster(path))
    path = zip_set(write_set(tmp_path / "other", full_set(), mode=None))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demographics.csv", b"sourcedId,birthDate\n" + b" " * (8 << 20))
    with pytest.raises(ConfigError, match=r"demographics\.csv is larger than"):
        list(read_oneroster(path))
