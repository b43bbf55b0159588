"""Mappings: what they say, what they make of a file, and how what is wrong with them is said."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from arna.settings import get_settings
from producers.adapters.mapping import MappingOptions, read_rows
from producers.adapters.mapping_file import SHIPPED, find_mapping, load_mapping
from producers.adapters.mapping_report import MASK, begin_mapping, mask, required_fields
from producers.adapters.outbox_rules import load_outbox
from producers.adapters.text_files import TextFormat
from producers.identities import Identities
from producers.publishing import publish_rows
from producers.rows import AdaptedRow
from producers.versions import VersionMemory
from tests.support.adapted import data_of, outcomes, write_csv

pytestmark = pytest.mark.unit

SCHOOL = """
entity: enrolment
source: urn:kz:bin:500140000077
file: {delimiter: ";", encoding: cp1251}
blank: ["-", нет]
fields:
  enrolment_id: {template: "{школа}-{номер}"}
  organisation.bin: {value: "500140000077"}
  organisation.kind: {value: school}
  programme.code: {value: general}
  programme.name.ru: {value: Среднее образование}
  programme.isced_level: {column: класс, lookup: {"9": 2, "10": 3, "11": 3}, otherwise: 1}
  grade: класс
  study_form: {value: full_time}
  language: {column: язык, lookup: {казахский: kk, русский: ru}}
  funding: {value: state_grant}
  kato: {column: город, place: true}
  begin_date: {column: зачислен, date: DD.MM.YYYY}
  end_date: {column: выбыл, date: DD.MM.YYYY}
  entry_type: {value: new}
  exit_type:
    - {value: graduated, when: [{column: выбыл, filled: true}, {column: класс, equals: 11}]}
    - {value: other, when: {column: выбыл, filled: true}}
  status:
    - {value: ended, when: {column: выбыл, filled: true}}
    - {value: active}
identities: {person.iin: номер}
skip: {column: роль, not_in: [ученик]}
ignore: [прим]
"""
PUPIL = {
    "школа": "12", "номер": "u1", "класс": "9", "язык": "русский", "город": "Астана", "зачислен": "01.09.2025",
    "выбыл": "-", "роль": "ученик", "прим": "",
}  # fmt: skip


def mapping(folder: Path, text: str = SCHOOL, name: str = "school.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def adapt(folder: Path, *pupils: dict[str, str], text: str = SCHOOL, **options: Any) -> list[AdaptedRow]:
    path = write_csv(folder / "school.csv", pupils, ";", "cp1251")
    options.setdefault("identities", Identities({"u1": make_synthetic_iin(1)}))
    return list(read_rows(path, load_mapping(mapping(folder, text)), MappingOptions(**options)))


class TestRules:
    def test_a_school_list_becomes_enrolments(self, tmp_path: Path) -> None:
        rows = adapt(tmp_path, PUPIL, PUPIL | {"класс": "11", "выбыл": "25.05.2026"}, PUPIL | {"роль": "учитель"})
        assert outcomes(rows) == {"ok": 2, "skipped_by_mapping": 1}
        data = data_of(rows[0])
        assert (data["enrolment_id"], data["grade"], data["kato"], data["begin_date"]) == (
            "12-u1", 9, "710000000", "2025-09-01",
        )  # fmt: skip
        assert data["person"] == {"iin": make_synthetic_iin(1)}
        assert "end_date" not in data
        ended = data_of(rows[1])
        assert (ended["status"], ended["exit_type"], ended["programme"]["isced_level"]) == ("ended", "graduated", 3)
        assert rows[1].draft is not None
        assert rows[1].draft.action == "ended"

    def test_a_refusal_names_the_field_and_its_column(self, tmp_path: Path) -> None:
        rows = adapt(
            tmp_path, PUPIL | {"язык": "немецкий"}, PUPIL | {"зачислен": "2025-09-01"}, PUPIL | {"номер": "u2"},
            PUPIL | {"класс": "13"},
        )  # fmt: skip
        report = publish_rows(rows, None)
        assert [(refusal.row, refusal.rule_id, refusal.pointer, refusal.column) for refusal in report.refusals] == [
            (1, "value_not_in_lookup", "/data/language", "язык"),
            (2, "date_not_in_format", "/data/begin_date", "зачислен"),
            (3, "field_missing", "/data/person", "номер"),
            (4, "number_range", "/data/grade", "класс"),
        ]

    def test_columns_that_are_missing_or_undecided_stop_the_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"no column примечание, which the mapping reads\. Is it прим\?"):
            adapt(tmp_path, PUPIL, text=f"{SCHOOL}event_id: примечание")
        with pytest.raises(ConfigError, match="neither reads nor ignores: прим"):
            adapt(tmp_path, PUPIL, text=SCHOOL.replace("ignore: [прим]", ""))
        assert outcomes(adapt(tmp_path, PUPIL, text=SCHOOL.replace("[прим]", "all"))) == {"ok": 1}

    def test_numbers_lists_and_hashes(self, tmp_path: Path) -> None:
        text = """
entity: vacancy
source: urn:kz:bin:500240000000
time_zone: "+06:00"
file: {heading: 0, columns: [a, b, pay, skills, changed]}
fields:
  vacancy_id: {hash: [a, b]}
  employer.id: {value: "500240000000"}
  employer.name: {value: X}
  title: {column: a, squeeze: true, max_length: 9}
  language: {column: a, language: true}
  kato: {value: 710000000}
  remote: {value: false}
  employment_type: {value: other}
  openings: {column: b, number: {decimal: ","}}
  salary.min: {column: pay, number: {decimal: ",", thousands: " "}, decimals: 1}
  salary.currency: {value: KZT}
  salary.period: {value: month}
  salary.gross: {value: true}
  skills: {column: skills, split: "/"}
  published_on: {column: changed, date: "DD.MM.YYYY HH:mm"}
  status: {value: open}
version: {time: changed, date: "DD.MM.YYYY HH:mm"}
time: {column: changed, date: "DD.MM.YYYY HH:mm"}
"""
        path = tmp_path / "v.csv"
        path.write_text('Деректер   инженері,2,"1 234,56",SQL/Git,04.05.2026 09:30\nA,x,1,,04.05.2026 09:30\n')
        rows = list(read_rows(path, load_mapping(mapping(tmp_path, text)), MappingOptions()))
        data = data_of(rows[0])
        assert (data["title"], data["language"], data["kato"]) == ("Деректер ", "kk", "710000000")
        assert (data["openings"], data["salary"]["min"], data["published_on"]) == (2, 1234.6, "2026-05-04")
        assert data["skills"] == [{"name": "SQL"}, {"name": "Git"}]
        assert len(data["vacancy_id"]) == 32
        assert data["vacancy_id"].isalpha()
        assert rows[0].draft is not None
        assert rows[0].draft.record_version == 1_777_865_400
        assert rows[0].draft.action == "amended"
        assert rows[0].draft.occurred_at.isoformat() == "2026-05-04T09:30:00+06:00"
        assert outcomes(rows[1:]) == {"number_not_in_format": 1}

    def test_a_workbook_and_json_lines_are_read_by_the_same_rules(self, tmp_path: Path) -> None:
        rules = load_mapping(mapping(tmp_path, SCHOOL.replace('file: {delimiter: ";", encoding: cp1251}', "")))
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(list(PUPIL))
        book.active.append(list((PUPIL | {"класс": 9, "школа": 12.0}).values()))
        book.save(tmp_path / "s.xlsx")
        (tmp_path / "s.jsonl").write_text(json.dumps(PUPIL | {"класс": 9, "выбыл": None}))
        options = MappingOptions(identities=Identities({"u1": make_synthetic_iin(1)}))
        (sheet,), (line,) = (list(read_rows(tmp_path / name, rules, options)) for name in ("s.xlsx", "s.jsonl"))
        assert data_of(sheet) == data_of(line) == data_of(adapt(tmp_path, PUPIL)[0])


class TestVersions:
    COUNTED = f"{SCHOOL}version: counted\n"

    def versions(self, folder: Path, *pupils: dict[str, str], **options: Any) -> list[tuple[int, str, str]]:
        rows = adapt(folder, *pupils, text=self.COUNTED, **options)
        drafts = [row.draft for row in rows if row.draft]
        return [(draft.record_version, draft.action, draft.check().event_id) for draft in drafts]

    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        monkeypatch.setenv("ARNA_SPOOL", str(tmp_path / "spool"))
        get_settings.cache_clear()
        yield tmp_path / "spool"
        get_settings.cache_clear()

    def test_an_edited_row_is_one_higher_and_the_others_stay(self, tmp_path: Path) -> None:
        other = PUPIL | {"школа": "13"}
        first = self.versions(tmp_path, PUPIL, other)
        assert [version for version, *_ in first] == [1, 1]
        assert self.versions(tmp_path, PUPIL, other) == first
        edited = self.versions(tmp_path, PUPIL | {"класс": "10"}, other)
        assert [entry[:2] for entry in edited] == [(2, "changed"), (1, "started")]
        assert edited[1] == first[1]
        assert self.versions(tmp_path, PUPIL | {"класс": "10"}, other) == edited
        assert [version for version, *_ in self.versions(tmp_path, PUPIL, other)] == [3, 1]

    def test_a_dry_run_and_a_refused_row_are_not_remembered(self, tmp_path: Path, home: Path) -> None:
        assert [version for version, *_ in self.versions(tmp_path, PUPIL, dry_run=True)] == [1]
        assert not home.exists()
        adapt(tmp_path, PUPIL | {"класс": "13"}, text=self.COUNTED)
        assert [version for version, *_ in self.versions(tmp_path, PUPIL)] == [1]

    def test_the_file_holds_no_number_and_no_id(self, tmp_path: Path, home: Path) -> None:
        self.versions(tmp_path, PUPIL)
        (file,) = home.rglob("*.sqlite")
        assert file.stat().st_mode & 0o077 == 0
        kept = b"".join(found.read_bytes() for found in home.rglob("*") if found.is_file())
        assert make_synthetic_iin(1).encode() not in kept
        assert b"12-u1" not in kept

    def test_a_file_that_is_no_memory_is_a_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "versions.sqlite"
        path.write_bytes(b"no database" * 100)
        with pytest.raises(ConfigError, match="cannot be used"):
            VersionMemory(path)


class TestFile:
    @pytest.mark.parametrize(
        ("change", "line", "reason"),
        [
            (("grade: класс", "graed: класс"), 13, "graed: is no field of a enrolment; did you mean grade?"),
            (("blank:", "blnak:"), 5, "did you mean blank?"),
            (("place: true", "plcae: true"), 17, "did you mean place?"),
            (("DD.MM.YYYY}", "DD.MM.YY}"), 18, "two digits"),
            (("encoding: cp1251", "encoding: cp866"), 4, "none of the encodings"),
            (("entity: enrolment", "entity: pupil"), 2, "enrolment"),
            (("{value: new}", "{value: new, column: x}"), 20, "exactly one of column, value, template, hash"),
            (("equals: 11", "eq: 11"), 22, "eq: is not known here"),
            (("person.iin: номер", "person.name: номер"), 27, "is none of person.iin, organisation.bin"),
            (("grade: класс", "grade: [класс"), 14, "expected"),
            (("grade: класс", "grade: класс\n  grade: класс"), 14, "stands there twice"),
            (("grade: класс", "grade: ???"), 13, "not complete"),
            (("otherwise: 1", "otherwise: 1, unlisted: keep"), 12, "either unlisted or otherwise"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_with_its_line(
        self, tmp_path: Path, change: tuple[str, str], line: int, reason: str
    ) -> None:
        assert change[0] in SCHOOL
        with pytest.raises(ConfigError) as caught:
            load_mapping(mapping(tmp_path, SCHOOL.replace(*change)))
        assert reason in str(caught.value)
        assert f"line {line}" in str(caught.value)

    def test_words_that_yaml_would_read_as_something_else_stay_words(self, tmp_path: Path) -> None:
        text = SCHOOL.replace("{казахский: kk, русский: ru}", "{no: kk, on: ru, 010: en, 1: kk, true: ru}")
        rules = load_mapping(mapping(tmp_path, text))
        assert rules.fields["language"][0].lookup == {"no": "kk", "on": "ru", "010": "en", "1": "kk", "true": "ru"}

    @pytest.mark.parametrize(
        "content", ["", "[]", "a: 1", "- x", "\x00", "entity: vacancy", "entity: vacancy\nfields: 7"]
    )
    def test_no_text_raises_anything_else(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(ConfigError):
            load_mapping(mapping(tmp_path, content))

    def test_the_shipped_ones_are_found_by_name(self) -> None:
        assert {find_mapping(path.stem).entity for path in SHIPPED.glob("*.yaml")} == {Entity.VACANCY}
        with pytest.raises(ConfigError, match="hh_history"):
            find_mapping("nothing")


class TestCommands:
    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(build_app(), list(arguments))

    @pytest.fixture
    def pupils(self, tmp_path: Path) -> tuple[str, str, str]:
        ids = tmp_path / "ids.csv"
        ids.write_text(f"id,iin\nu1,{make_synthetic_iin(1)}\n")
        path = write_csv(tmp_path / "school.csv", [PUPIL, PUPIL | {"класс": "13"}], ";", "cp1251")
        return str(mapping(tmp_path)), str(path), str(ids)

    def test_check_explains_a_mapping_and_shows_no_number(self, pupils: tuple[str, str, str]) -> None:
        result = self.run("map", "check", pupils[0], pupils[1], "--iin-map", pupils[2], "--json", "--rows", "1")
        assert result.exit_code == 1
        found = json.loads(result.stdout.splitlines()[-1])
        assert (found["read"], found["accepted"], found["refused"]) == (2, 1, 1)
        assert found["columns"]["used"]["номер"] == ["enrolment_id", "identities: person.iin"]
        assert found["columns"]["ignored"] == ["прим"]
        assert found["refusals"][0]["column"] == "класс"
        assert [event["data"]["person"]["iin"] for event in found["events"]] == [MASK]
        assert make_synthetic_iin(1) not in result.output

    def test_check_of_a_clean_file_ends_with_0_and_names_what_is_undecided(
        self, tmp_path: Path, pupils: tuple[str, str, str]
    ) -> None:
        write_csv(Path(pupils[1]), [PUPIL], ";", "cp1251")
        assert self.run("map", "check", pupils[0], pupils[1], "--iin-map", pupils[2]).exit_code == 0
        mapping(tmp_path, SCHOOL.replace("[прим]", "[]"))
        result = self.run("map", "check", pupils[0], pupils[1], "--iin-map", pupils[2], "--json")
        found = json.loads(result.stdout.splitlines()[-1])
        assert (result.exit_code, found["columns"]["undecided"], found["accepted"]) == (1, ["прим"], 1)

    def test_publish_takes_the_mapping(self, pupils: tuple[str, str, str]) -> None:
        result = self.run(
            "publish", "enrolment", pupils[1], "--from", pupils[0], "--iin-map", pupils[2], "--dry-run", "--json"
        )
        assert json.loads(result.stdout.splitlines()[-1])["accepted"] == 1
        wrong = self.run("publish", "vacancy", pupils[1], "--from", pupils[0], "--dry-run", "--json")
        assert "mapping for enrolment" in json.loads(wrong.stdout.splitlines()[-1])["error"]

    def test_new_begins_a_mapping_that_check_asks_to_complete(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "v.csv", [{"vacancy_id": "1", "Published on": "2026-05-04", "зарплата": "1"}])
        text = begin_mapping(Entity.VACANCY, path, TextFormat())
        assert '  published_on: {column: "Published on", date: YYYY-MM-DD}' in text or "Published on" in text
        assert "  - зарплата" in text
        with pytest.raises(ConfigError, match="not complete"):
            load_mapping(mapping(tmp_path, text))
        complete = "\n".join(line.replace("???", "{value: x}") for line in text.splitlines())
        complete = complete.replace("source: {value: x}", "source: urn:kz:bin:500240000000")
        assert load_mapping(mapping(tmp_path, complete)).columns_used().keys() == {"vacancy_id", "Published on"}

    def test_the_required_fields_are_the_contract_s(self) -> None:
        assert {"person.iin", "organisation.bin", "programme.name", "begin_date"} <= set(
            required_fields(Entity.ENROLMENT)
        )


def test_a_mask_hides_every_number_that_is_no_bin() -> None:
    iin = make_synthetic_iin(5)
    shown = json.dumps(mask({"person": {"iin": "12"}, "x": [f"a{iin}b", int(iin), f"9{iin}"], "bin": "501240000013"}))
    assert iin not in shown
    assert '"12"' not in shown
    assert "501240000013" in shown


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.text(st.characters(codec="cp1251"), max_size=8), min_size=9, max_size=9), max_size=3),
    st.sampled_from(["", '"', ";", "\r", "\n;"]),
)
def test_any_cells_are_an_account(cells: list[list[str]], tail: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(
            Path(folder) / "s.csv", [PUPIL, *(dict(zip(PUPIL, row, strict=True)) for row in cells)], ";", "cp1251"
        )
        with path.open("a", encoding="cp1251", newline="") as file:
            file.write(tail)
        rules = load_mapping(mapping(Path(folder)))
        report = publish_rows(read_rows(path, rules, MappingOptions(identities=Identities(synthetic=True))), None)
    assert report.read == report.accepted + report.refused
    if report.failure is None:
        assert report.read >= 1 + sum(any(row) for row in cells)
        assert report.accepted >= 1


@pytest.mark.parametrize("name", ["write-a-mapping", "publish-from-a-database"])
def test_the_examples_of_the_documentation_are_right(tmp_path: Path, name: str) -> None:
    text = (SHIPPED.parent.parent / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    load = load_mapping if name == "write-a-mapping" else load_outbox
    assert load(mapping(tmp_path, example)).source == "urn:kz:bin:500140000077"
