"""Encodings, delimiters, line ends, dates, numbers and columns of tables: read as declared, or refused by name."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters.cells import NumberFormat, Unreadable, convert_text, date_format, read_date, read_number
from producers.adapters.tabular import TabularOptions, known_columns, read_rows
from producers.adapters.text_files import TextFormat, delimiter_named, encoding_named
from producers.publishing import PublishReport, publish_rows
from producers.rows import KAZAKHSTAN_TIME

pytestmark = pytest.mark.unit

SOURCE = "urn:kz:bin:500140000027"
HEADING = "vacancy_id,employer.id,employer.name,title,language,kato,remote,employment_type,published_on,status"
ROW = "v{},501240000013,Дала,Мұғалім ұңғіқәө,kk,710000000,false,full_time,2026-05-04,open"
TEXT = "\n".join([HEADING, *(ROW.format(number) for number in range(3))]) + "\n"


def report_of(path: Path, **options: Any) -> PublishReport:
    return publish_rows(read_rows(path, Entity.VACANCY, TabularOptions(SOURCE, **options)), None)


def failure_of(path: Path, **options: Any) -> str:
    report = report_of(path, **options)
    assert report.failure is not None
    assert report.read == 0
    return str(report.failure)


def written(folder: Path, content: bytes, name: str = "v.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


class TestEncoding:
    @pytest.mark.parametrize(
        ("encoding", "content"),
        [
            ("utf-8", TEXT.encode()),
            ("utf-8", TEXT.encode("utf-8-sig")),
            ("utf-16", TEXT.encode("utf-16")),
            ("utf-16", b"\xfe\xff" + TEXT.encode("utf-16-be")),
            ("utf-16-le", TEXT.encode("utf-16-le")),
            ("utf-16-be", TEXT.encode("utf-16-be")),
            ("kz1048", TEXT.encode("kz1048")),
        ],
    )
    def test_the_declared_one_keeps_every_kazakh_letter(self, tmp_path: Path, encoding: str, content: bytes) -> None:
        path = written(tmp_path, content)
        rows = list(read_rows(path, Entity.VACANCY, TabularOptions(SOURCE, form=TextFormat(encoding))))
        assert [row.draft.check().data["title"] for row in rows if row.draft] == ["Мұғалім ұңғіқәө"] * 3

    @pytest.mark.parametrize(
        ("encoding", "content", "reason"),
        [
            ("utf-8", TEXT.replace("ұңғіқәө", "").encode("cp1251", "ignore"), "line 2 is not UTF-8"),
            ("utf-8", TEXT.encode("utf-16"), "--encoding utf-16"),
            ("utf-8", TEXT.encode("utf-16-le"), "zero bytes"),
            ("cp1251", TEXT.encode(), "is UTF-8, not cp1251"),
            ("cp1251", TEXT.encode("utf-8-sig"), "--encoding utf-8"),
            ("cp1251", TEXT.encode("kz1048"), "--encoding kz1048"),
            ("utf-16", TEXT.encode("utf-16-le"), "utf-16-le or utf-16-be"),
            ("utf-16-be", TEXT.encode("utf-16"), "--encoding utf-16"),
            ("utf-16-le", TEXT.encode("utf-16-le") + b"\x00\xd8", "not utf-16-le throughout"),
            ("cp1251", b"a,b\n\x98,1\n", "line 2 is not CP1251"),
        ],
    )
    def test_another_one_is_refused_before_any_row_with_a_sentence(
        self, tmp_path: Path, encoding: str, content: bytes, reason: str
    ) -> None:
        assert reason in failure_of(written(tmp_path, content), form=TextFormat(encoding))

    def test_one_bad_byte_at_the_end_of_a_large_file_stops_it_before_its_first_row(self, tmp_path: Path) -> None:
        rows = "\n".join(ROW.format(number) for number in range(2_000))
        content = f"{HEADING}\n{rows}\n".encode() + b"\xff\n"
        assert "line 2002 is not UTF-8" in failure_of(written(tmp_path, content))

    def test_spellings(self) -> None:
        assert [encoding_named(name) for name in ("UTF-8", "Windows-1251", "utf_16le")] == [
            "utf-8", "cp1251", "utf-16-le",
        ]  # fmt: skip
        assert [delimiter_named(name) for name in ("tab", "\\t", ";", "Pipe")] == ["\t", "\t", ";", "|"]


class TestDelimiter:
    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_a_declared_one_is_read_and_an_undeclared_one_refused_with_its_name(
        self, tmp_path: Path, delimiter: str
    ) -> None:
        path = written(tmp_path, TEXT.replace(",", delimiter).encode())
        assert report_of(path, form=TextFormat(delimiter=delimiter)).accepted == 3
        assert "--delimiter" in failure_of(path)

    def test_what_excel_declares_in_the_first_line_must_agree(self, tmp_path: Path) -> None:
        path = written(tmp_path, b"sep=;\r\n" + TEXT.replace(",", ";").encode())
        assert report_of(path, form=TextFormat(delimiter=";")).accepted == 3
        assert "declares ';'" in failure_of(path)

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_every_line_end_is_one(self, tmp_path: Path, line_end: str) -> None:
        report = report_of(written(tmp_path, TEXT.replace("\n", line_end).encode()))
        assert (report.read, report.accepted) == (3, 3)


class TestColumns:
    def test_an_unknown_one_stops_the_file_and_the_nearest_field_is_named(self, tmp_path: Path) -> None:
        path = written(tmp_path, TEXT.replace("published_on", "publishd on").encode())
        assert "the column publishd on" in failure_of(path)
        assert "Did you mean published_on?" in failure_of(path)

    def test_it_can_be_left_out_by_name(self, tmp_path: Path) -> None:
        text = TEXT.replace("status\n", "status,comment\n").replace("open\n", "open,нет\n")
        path = written(tmp_path, text.encode())
        assert "comment" in failure_of(path)
        assert report_of(path, ignored=frozenset({"comment"})).accepted == 3

    def test_one_that_stands_twice_is_refused(self, tmp_path: Path) -> None:
        assert "twice" in failure_of(written(tmp_path, b"title,title\na,b\n"))

    @pytest.mark.parametrize("first", [make_synthetic_iin(4), "31.12.2026", "17"])
    def test_a_file_without_a_heading_is_refused_and_no_cell_is_quoted(self, tmp_path: Path, first: str) -> None:
        reason = failure_of(written(tmp_path, f"Әлия,{first}\nБекзат,2\n".encode()))
        assert first not in reason
        assert "Әлия" not in reason

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b",,,\n1,2,3,4\n"])
    def test_an_empty_file_is_refused(self, tmp_path: Path, content: bytes) -> None:
        assert "no line with the names" in failure_of(written(tmp_path, content))

    def test_the_known_ones_are_the_contract_and_the_envelope(self) -> None:
        columns = known_columns(Entity.ENROLMENT)
        assert {"person.iin", "programme.name.kk", "time", "person.local_id"} <= set(columns)
        assert "skills" in known_columns(Entity.VACANCY)


class TestRows:
    def test_a_row_that_does_not_fit_is_refused_with_its_column(self, tmp_path: Path) -> None:
        lines = TEXT.splitlines()
        lines[1] += ",more"
        lines[2] = lines[2].removesuffix(",open")
        report = report_of(written(tmp_path, "\n".join(lines).encode()))
        assert [(refusal.row, refusal.rule_id, refusal.column) for refusal in report.refusals] == [
            (1, "cells_extra", ""),
            (2, "cells_missing", "status"),
        ]
        assert report.accepted == 1

    def test_blank_rows_are_none(self, tmp_path: Path) -> None:
        content = TEXT.replace("\nv1", "\n\n,,,,,,,,,\nv1") + ",,,,,,,,,,,\n"
        assert (report_of(written(tmp_path, content.encode())).read) == 3

    def test_a_stray_quote_costs_one_row(self, tmp_path: Path) -> None:
        for broken in ('v1,501240000013,"Дала', '"v"1,501240000013,Дала'):
            content = TEXT.replace("v1,501240000013,Дала", broken)
            report = report_of(written(tmp_path, content.encode()))
            assert (report.read, report.accepted, report.refused) == (3, 2, 1)
            assert report.refusals[0].rule_id == "csv_malformed"

    def test_a_file_of_broken_quotes_ends_with_a_sentence(self, tmp_path: Path) -> None:
        rows = '\n"a"b' * 2_000
        report = report_of(written(tmp_path, f"{HEADING}{rows}\n".encode()))
        assert report.read == report.refused == 1_000
        assert "broken quotes" in str(report.failure)

    def test_a_quoted_line_end_is_part_of_its_cell(self, tmp_path: Path) -> None:
        content = TEXT.replace("Дала", '"Да""ла\r\nтоо"')
        rows = list(read_rows(written(tmp_path, content.encode()), Entity.VACANCY, TabularOptions(SOURCE)))
        assert [row.draft.data["employer"]["name"] for row in rows if row.draft] == ['Да"ла\r\nтоо'] * 3

    def test_a_refusal_names_the_column_of_its_field(self, tmp_path: Path) -> None:
        report = report_of(written(tmp_path, TEXT.replace("kk,71", "kk,7x").encode()))
        assert {(refusal.pointer, refusal.column) for refusal in report.refusals} == {("/data/kato", "kato")}


class TestDates:
    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("DD.MM.YYYY", "04.05.2026"), ("DD/MM/YYYY", "04/05/2026"), ("M/D/YYYY", "5/4/2026"),
            ("D.M.YYYY", "4.5.2026"), ("YYYY-MM-DD", "2026-05-04"),
        ],
    )  # fmt: skip
    def test_a_declared_style_is_read_and_an_undeclared_one_refused(self, tmp_path: Path, form: str, text: str) -> None:
        path = written(tmp_path, TEXT.replace("2026-05-04", text).encode())
        rows = list(read_rows(path, Entity.VACANCY, TabularOptions(SOURCE, dates=date_format(form))))
        assert {row.draft.check().data["published_on"] for row in rows if row.draft} == {"2026-05-04"}
        assert len(rows) == 3
        undeclared = report_of(path)
        if form != "YYYY-MM-DD":
            assert {(refusal.rule_id, refusal.column) for refusal in undeclared.refusals} == {
                ("date_malformed", "published_on")
            }

    def test_what_is_not_written_so_or_is_no_day_is_refused(self, tmp_path: Path) -> None:
        content = TEXT.replace("2026-05-04", "31.02.2026", 1).replace("2026-05-04", "5/4/2026", 1)
        report = report_of(written(tmp_path, content.encode()), dates=date_format("DD.MM.YYYY"))
        assert [(refusal.row, refusal.rule_id, refusal.column) for refusal in report.refusals] == [
            (1, "date_not_in_calendar", "published_on"),
            (2, "date_not_in_format", "published_on"),
        ]
        assert report.accepted == 1

    @pytest.mark.parametrize("form", ["DD.MM.YY", "DD.MM", "DD.DD.YYYY", "", "YYYY-M-MM-DD"])
    def test_a_format_that_leaves_something_open_is_refused(self, form: str) -> None:
        with pytest.raises(ConfigError):
            date_format(form)

    def test_times(self) -> None:
        form = date_format("DD.MM.YYYY HH:mm")
        assert read_date("04.05.2026 09:30", form, KAZAKHSTAN_TIME).isoformat() == "2026-05-04T09:30:00+05:00"
        form = date_format("YYYY-MM-DDTHH:mm:ssZ")
        assert read_date("2026-05-04T09:30:01+0300", form, KAZAKHSTAN_TIME).isoformat() == "2026-05-04T09:30:01+03:00"


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "form", "number"),
        [
            ("1234,5", None, 1234.5), ("0,123", None, 0.123), ("1234,567", None, 1234.567), ("1.234", None, 1.234),
            ("1 234", None, None), ("1,234.5", None, None), ("1_000", None, None), ("007", None, None),
            ("1 234,50", NumberFormat(",", " "), 1234.5), ("1\u00a0234\u202f567", NumberFormat(".", " "), 1234567),
            ("1.234,5", NumberFormat(",", "."), 1234.5), ("1,234", NumberFormat(",", ""), 1.234),
            ("1,234", NumberFormat(".", ","), 1234), ("12,34", NumberFormat(".", ","), None),
            ("1.5", NumberFormat(",", ""), None), ("1'000", NumberFormat(".", "'"), 1000),
        ],
    )  # fmt: skip
    def test_a_number_is_read_where_it_has_one_reading(
        self, text: str, form: NumberFormat | None, number: float | None
    ) -> None:
        assert read_number(text, form) == number

    @pytest.mark.parametrize("text", ["1,234", "12,345", "-100,000"])
    def test_two_readings_are_refused(self, text: str) -> None:
        with pytest.raises(Unreadable, match="number_ambiguous"):
            convert_text(text, "number")

    def test_they_are_refused_by_row_and_column(self, tmp_path: Path) -> None:
        content = TEXT.replace("status\n", "status,salary.min\n").replace("open\n", 'open,"1,234"\n')
        report = report_of(written(tmp_path, content.encode()))
        assert {(refusal.rejection_class, refusal.rule_id, refusal.pointer, refusal.column)
                for refusal in report.refusals} == {
            ("record_unreadable", "number_ambiguous", "/data/salary/min", "salary.min")
        }  # fmt: skip


class TestOtherFiles:
    def test_a_sheet_keeps_short_rows_and_other_columns_are_refused(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append([*HEADING.split(","), "openings"])
        book.active.append(ROW.format(1).split(","))
        book.save(tmp_path / "v.xlsx")
        assert report_of(tmp_path / "v.xlsx").accepted == 1
        book.active["K1"] = "vacancies"
        book.save(tmp_path / "v.xlsx")
        assert "vacancies" in failure_of(tmp_path / "v.xlsx")

    @pytest.mark.parametrize("suffix", ["xlsx", "parquet", "csv", "jsonl"])
    @pytest.mark.parametrize(
        "content", [b"", b"PK\x03\x04 no archive", b"PAR1 no table PAR1", b"\x00" * 40, b'"\n' * 9]
    )
    def test_no_content_raises_anything_else(self, tmp_path: Path, suffix: str, content: bytes) -> None:
        report = report_of(written(tmp_path, content, f"v.{suffix}"))
        assert report.read == report.accepted + report.refused
        assert report.accepted == 0

    def test_a_folder_and_an_absent_file_are_sentences(self, tmp_path: Path) -> None:
        assert "is a folder" in failure_of(tmp_path)
        assert "cannot be read (FileNotFoundError)" in failure_of(tmp_path / "a.csv")

    def test_json_that_is_too_deep_is_refused_and_the_next_line_read(self, tmp_path: Path) -> None:
        deep = '{"title":' * 900 + "1" + "}" * 900
        report = report_of(written(tmp_path, f"\ufeff{deep}\n{{}}\n".encode(), "v.jsonl"))
        assert (report.read, report.refused) == (2, 2)
        assert report.refusals[0].rule_id == "json_too_deep"


_PIECES = st.sampled_from(['"', ",", ";", "\n", "\r", "\x00", "\ufeff", "x", "1,234", "\ud7ff", "open", " ", "=", "\t"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 6), _PIECES), max_size=4), st.integers(0, 2))
@example([(0, 0, '"')], 0)
def test_a_mangled_file_raises_nothing_else_and_loses_no_row_silently(
    edits: list[tuple[int, int, str]], cut: int
) -> None:
    text = TEXT
    for place, length, piece in edits:
        text = text[:place] + piece + text[place + length :]
    content = text.encode()[: len(text.encode()) - cut]
    with tempfile.TemporaryDirectory() as folder:
        report = report_of(written(Path(folder), content))
    assert report.read == report.accepted + report.refused
    if report.failure is None:
        try:
            records = [
                row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True) if any(row)
            ]
        except csv.Error:
            records = []
        assert report.read >= len(records) - 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["utf-8", "cp1251", "kz1048", "utf-16", "utf-16-le", "utf-16-be"]))
def test_any_bytes_are_an_account(content: bytes, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = report_of(written(Path(folder), content), form=TextFormat(encoding))
    assert report.read == report.accepted + report.refused
