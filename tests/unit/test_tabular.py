"""Files in the contract's own shape, and the account that publishing keeps of them."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters.tabular import TabularOptions, convert_text, field_kinds, nest, read_rows
from producers.known_sources import SAMPLES
from producers.publishing import publish_rows
from tests.support.samples import sample_event

pytestmark = pytest.mark.unit

SOURCE = "urn:kz:bin:500140000027"
OPTIONS = TabularOptions(SOURCE)
VACANCY: dict[str, Any] = {
    "vacancy_id": "v1",
    "employer.id": "501240000013",
    "employer.name": "Дала",
    "title": "Python",
    "language": "ru",
    "kato": "710000000",
    "remote": "false",
    "employment_type": "full_time",
    "openings": "2",
    "skills": "SQL; Python",
    "salary.min": "500000,5",
    "salary.currency": "KZT",
    "salary.period": "month",
    "salary.gross": "true",
    "published_on": "2026-05-04",
    "status": "open",
}


def one(path: Path, entity: Entity = Entity.VACANCY, options: TabularOptions = OPTIONS) -> dict[str, Any]:
    rows = list(read_rows(path, entity, options))
    assert len(rows) == 1
    assert rows[0].draft is not None
    return rows[0].draft.check().data


def csv_file(path: Path, *rows: dict[str, Any]) -> Path:
    names = list(rows[0])
    lines = [",".join(names)] + [",".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_text_becomes_the_type_of_its_field(tmp_path: Path) -> None:
    data = one(csv_file(tmp_path / "v.csv", VACANCY))
    assert data["openings"] == 2
    assert data["remote"] is False
    assert data["salary"] == {"min": 500000.5, "currency": "KZT", "period": "month", "gross": True}
    assert data["skills"] == [{"name": "SQL"}, {"name": "Python"}]


def test_every_format_gives_the_same_data(tmp_path: Path) -> None:
    expected = one(csv_file(tmp_path / "v.csv", VACANCY))
    nested = nest({name: value for name, value in VACANCY.items() if not name.startswith("salary")})
    nested |= {"remote": False, "openings": 2, "skills": ["SQL", "Python"], "salary": expected["salary"]}
    (tmp_path / "v.jsonl").write_text(json.dumps(nested) + "\n\n")
    book = openpyxl.Workbook()
    assert book.active is not None
    typed = VACANCY | {"openings": 2, "kato": 710000000, "remote": False, "salary.min": 500000.5}
    typed |= {"published_on": datetime(2026, 5, 4)}  # noqa: DTZ001 - as a spreadsheet keeps it
    book.active.append(list(typed))
    book.active.append(list(typed.values()))
    book.save(tmp_path / "v.xlsx")
    table = nested | {"published_on": date(2026, 5, 4)}
    pyarrow.parquet.write_table(pa.Table.from_pylist([table]), tmp_path / "v.parquet")
    assert all(one(tmp_path / f"v.{suffix}") == expected for suffix in ("jsonl", "xlsx", "parquet"))


def test_the_kinds_come_from_the_contract() -> None:
    kinds = field_kinds(Entity.CERTIFICATION)
    assert kinds["achievement.hours"] == "number"
    assert kinds["achievement.skills"] == "array"
    assert kinds["result.value"] == "number_or_text"
    assert "person.iin" not in kinds


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("7", "integer", 7), ("seven", "integer", "seven"), ("٧", "integer", "٧"), ("1,5", "number", 1.5),
        ("NaN", "number", "NaN"), ("maybe", "boolean", "maybe"), ("A", "number_or_text", "A"), ("[1", "array", "[1"),
        ("007", None, "007"),
    ],
)  # fmt: skip
def test_what_does_not_read_as_its_type_is_left_for_the_contract(text: str, kind: str | None, value: object) -> None:
    assert convert_text(text, kind) == value


def test_publishing_a_file_again_gives_the_same_ids_and_an_edited_row_another(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "v.csv", VACANCY)

    def ids() -> list[str]:
        return [row.draft.check().event_id for row in read_rows(path, Entity.VACANCY, OPTIONS) if row.draft]

    first = ids()
    os.utime(path, (1_900_000_000, 1_900_000_000))
    assert ids() == first
    csv_file(path, VACANCY | {"openings": "3"})
    assert ids() != first


def test_the_action_follows_from_status_and_version(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "v.csv",
        VACANCY | {"recordversion": "1"},
        VACANCY | {"recordversion": "2"},
        VACANCY | {"recordversion": "3", "status": "filled"},
    )
    actions = [row.draft.action for row in read_rows(path, Entity.VACANCY, OPTIONS) if row.draft]
    assert actions == ["published", "amended", "closed"]


def test_whole_cloud_events_keep_their_bytes(tmp_path: Path) -> None:
    events = [sample_event(entity, number=3) for entity in (Entity.CERTIFICATION,)]
    value = events[0].to_structured()[0]
    path = tmp_path / "events.jsonl"
    path.write_bytes(value + b"\n")
    rows = list(read_rows(path, Entity.CERTIFICATION, TabularOptions()))
    assert rows[0].draft is not None
    assert rows[0].draft.check().to_structured()[0] == value


def test_refusals_name_row_rule_and_pointer_and_never_a_value(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "v.csv", VACANCY, VACANCY | {"employer.id": "990101100001"}, VACANCY | {"openings": "zwei"}
    )
    report = publish_rows(read_rows(path, Entity.VACANCY, OPTIONS), None)
    assert (report.read, report.accepted, report.refused, report.unknown) == (3, 1, 2, 0)
    assert [(refusal.row, refusal.rule_id, refusal.pointer) for refusal in report.refusals] == [
        (2, "iin_check_digit", "/data/employer/id"),
        (3, "type_mismatch", "/data/openings"),
    ]
    assert "990101100001" not in json.dumps(report.as_json())


def test_lines_that_are_no_event_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    good = json.dumps(nest(VACANCY | {"remote": False, "openings": 1, "salary.min": 1, "salary.gross": True}))
    path.write_text(f"{{\n[]\n{good}\n" + '{"specversion":"1.0"}\n')
    report = publish_rows(read_rows(path, Entity.VACANCY, OPTIONS), None)
    assert (report.read, report.accepted, report.refused) == (4, 1, 3)


def test_values_that_json_has_no_form_for_are_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "v.csv", VACANCY | {"openings": "9" * 30})
    report = publish_rows(read_rows(path, Entity.VACANCY, OPTIONS), None)
    assert (report.accepted, report.refused) == (0, 1)


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "v.pdf"
    path.write_text("")
    with pytest.raises(ConfigError, match="parquet"):
        list(read_rows(path, Entity.VACANCY, OPTIONS))


def test_the_samples_keep_their_contract() -> None:
    for name, entity in (("enrolments.csv", Entity.ENROLMENT), ("vacancies.jsonl", Entity.VACANCY)):
        report = publish_rows(read_rows(SAMPLES / name, entity, OPTIONS), None)
        assert report.refused == 0
        assert report.read == report.accepted > 0


class TestCommand:
    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(build_app(), list(arguments))

    def test_a_dry_run_ends_with_one_line_of_json(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path / "v.csv", VACANCY, VACANCY | {"status": "asleep"})
        result = self.run("publish", "vacancy", str(path), "--source", SOURCE, "--dry-run", "--json")
        last = json.loads(result.stdout.splitlines()[-1])
        assert result.exit_code == 1
        assert (last["read"], last["accepted"], last["refused"], last["unknown"]) == (2, 1, 1, 0)
        assert last["refusals"] == [
            {
                "file": "v.csv",
                "row": 2,
                "class": "schema_invalid",
                "rule": "value_not_listed",
                "pointer": "/data/status",
                "column": "status",
            }
        ]

    def test_a_clean_file_ends_with_exit_code_0(self) -> None:
        result = self.run("publish", "vacancy", str(SAMPLES / "vacancies.jsonl"), "--source", SOURCE, "--dry-run")
        assert result.exit_code == 0

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (["--from", "oneroster"], "oneroster holds enrolment"),
            (["--from", "one_roster"], "no shape one_roster"),
            (["--from", "no.yaml"], "cannot be read"),
            (["--encoding", "utf-7"], "none of the encodings"),
            (["--delimiter", "ab"], "not one character"),
        ],
    )
    def test_what_cannot_be_read_ends_with_a_sentence_and_an_account_of_nothing(
        self, tmp_path: Path, arguments: list[str], reason: str
    ) -> None:
        path = csv_file(tmp_path / "v.csv", VACANCY)
        result = self.run("publish", "vacancy", str(path), "--dry-run", "--json", *arguments)
        last = json.loads(result.stdout.splitlines()[-1])
        assert (result.exit_code, last["read"], last["accepted"], last["refused"]) == (2, 0, 0, 0)
        assert reason in last["error"]
        assert reason in result.stderr

    def test_a_file_that_cannot_be_read_after_one_that_can_leaves_the_account_of_the_first(
        self, tmp_path: Path
    ) -> None:
        good = csv_file(tmp_path / "v.csv", VACANCY)
        result = self.run(
            "publish", "vacancy", str(good), str(tmp_path), "--source", SOURCE, "--dry-run", "--json"
        )  # fmt: skip
        last = json.loads(result.stdout.splitlines()[-1])
        assert (result.exit_code, last["read"], last["accepted"]) == (2, 1, 1)
        assert "is a folder" in last["error"]

    def test_the_help_names_the_shapes(self) -> None:
        result = CliRunner().invoke(build_app(), ["publish", "--help"], terminal_width=200, color=False)
        assert result.exit_code == 0
        assert "oneroster" in result.stdout
        assert "mapping" in result.stdout

    def test_a_third_party_shape_is_read(self) -> None:
        result = self.run(
            "publish", "enrolment", str(SAMPLES / "oneroster"), "--from", "oneroster", "--synthetic-identities",
            "--dry-run", "--json",
        )  # fmt: skip
        assert json.loads(result.stdout.splitlines()[-1])["accepted"] == 9

    def test_generate_needs_one_destination(self) -> None:
        assert isinstance(self.run("generate", "--people", "1").exception, ConfigError)

    def test_generate_writes_files(self, tmp_path: Path) -> None:
        result = self.run("generate", "--people", "30", "--dirty", "0.1", "--to", str(tmp_path), "--json")
        assert result.exit_code == 0
        assert json.loads(result.stdout.splitlines()[-1]) == json.loads((tmp_path / "manifest.json").read_text())
