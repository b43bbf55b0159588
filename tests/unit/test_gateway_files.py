"""Files for the gateway: read into events, whatever is in them; and the page's texts, alike in each language."""

from __future__ import annotations

import io
import json
import re
import string
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import openpyxl
import orjson
import pytest

from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.errors import ContractError
from arna.source_keys import KeyHolder
from producers.adapters.records import flatten
from producers.adapters.tabular import known_columns
from producers.gateway.checking import check_events
from producers.gateway.file_rows import (
    FileEvents,
    FileOptions,
    allowed_values,
    read_events,
    suffix_of,
    template_columns,
)
from producers.gateway.files import LANGUAGES, FileReport
from producers.gateway.problems import Problem
from producers.gateway.results import EventResult, EventStatus, Report
from producers.gateway.static_page import FOLDER, HEADERS
from tests.support.samples import SAMPLE_SOURCE, sample_data, sample_event

pytestmark = pytest.mark.unit

TEXTS = FOLDER / "texts"
HOLDER = KeyHolder(
    "a" * 12, b"", None, None, 1, SAMPLE_SOURCE, "Sample", frozenset(Entity), None, "kk", True, None, None, None
)


def columns_of(number: int, **overrides: Any) -> dict[str, Any]:
    return dict(flatten(sample_data(Entity.ENROLMENT, number=number))) | overrides


def csv_of(*rows: dict[str, Any], delimiter: str = ",") -> bytes:
    names = template_columns(Entity.ENROLMENT)
    lines = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    return "".join(delimiter.join(line) + "\r\n" for line in lines).encode()


def read(body: bytes, suffix: str = ".csv", **options: Any) -> FileEvents:
    return read_events(body, Entity.ENROLMENT, FileOptions(suffix, **options), SAMPLE_SOURCE)


def report_on(file: FileEvents, holder: KeyHolder = HOLDER) -> FileReport:
    checked = check_events(file.events, holder)
    results = [
        EventResult(index, EventStatus.REFUSED, None, event)
        if isinstance(event, ContractError)
        else EventResult(index, EventStatus.ACCEPTED)
        for index, event in enumerate(checked)
    ]
    return FileReport(Entity.ENROLMENT, file, Report(results, is_dry_run=True))


def reason_of(body: bytes, suffix: str = ".csv", **options: Any) -> Any:
    with pytest.raises(Problem) as caught:
        read(body, suffix, **options)
    return caught.value.members.get("reason") or caught.value.kind.name


def test_each_row_is_accounted_for_by_number_rule_and_column() -> None:
    broken = "1,2\r\n"
    body = (
        csv_of(
            columns_of(1),
            columns_of(2, **{"person.iin": "160101101250"}),
            columns_of(3, study_form="күндізгі"),
        )
        + broken.encode()
    )
    report = report_on(read(body))
    assert report.counts() == {"read": 4, "accepted": 1, "refused": 3, "unknown": 0, "not_sent": 0}
    answer = report.as_json(("ru",))
    assert [(row["row"], row["rule"], row.get("column")) for row in answer["rows"]] == [
        (2, "iin_check_digit", "person.iin"),
        (3, "value_not_listed", "study_form"),
        (4, "cells_missing", "person.birth_date"),
    ]
    assert answer["rows"][0]["message"] == "Неверный контрольный разряд ИИН."
    assert answer["allowed"] == {"study_form": ("full_time", "part_time", "evening", "distance")}


def test_an_answer_in_all_languages_says_each_rule_once() -> None:
    rows = [columns_of(number, kato="") for number in range(1, 21)]
    answer = report_on(read(csv_of(*rows))).as_json(LANGUAGES)
    assert len(answer["rows"]) == 20
    assert all("message" not in row for row in answer["rows"])
    assert set(answer["rules"]["field_missing"]) == set(LANGUAGES)
    assert all(words["message"] and words["mend"] for words in answer["rules"]["field_missing"].values())


def test_an_answer_holds_no_value_of_the_file() -> None:
    iin = make_synthetic_iin(7)
    wrong = iin[:-1] + str((int(iin[-1]) + 1) % 10)
    body = csv_of(columns_of(7, **{"person.iin": wrong, "enrolment_id": iin}), columns_of(8, status="secret-word"))
    text = orjson.dumps(report_on(read(body)).as_json(LANGUAGES)).decode()
    assert "secret-word" not in text
    assert not re.search(r"[0-9]{6,}", text)


def test_a_table_and_json_give_the_same_events() -> None:
    nested = sample_data(Entity.ENROLMENT, number=5)
    lines = orjson.dumps(nested) + b"\n"
    pretty = json.dumps([nested], indent=2, ensure_ascii=False).encode()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(list(columns_of(5)))
    book.active.append(list(columns_of(5).values()))
    sheet = io.BytesIO()
    book.save(sheet)
    files = [
        (csv_of(columns_of(5)), ".csv"),
        (csv_of(columns_of(5), delimiter="\t"), ".tsv"),
        (lines, ".jsonl"),
        (pretty, ".json"),
        (b"\xef\xbb\xbf" + lines, ".json"),
        (sheet.getvalue(), ".xlsx"),
    ]
    data = [orjson.loads(read(body, suffix).events[0][0])["data"] for body, suffix in files]
    assert data == [nested] * len(files)


def test_whole_cloudevents_keep_their_ids_and_another_source_is_refused() -> None:
    own = sample_event(Entity.ENROLMENT, number=1)
    other = sample_event(Entity.ENROLMENT, number=2, source="urn:kz:bin:501240000013")
    body = orjson.dumps([{**event.attributes(), "data": event.data} for event in (own, other)])
    file = read(body, ".json")
    assert [orjson.loads(value)["id"] for value, _ in file.events] == [own.event_id, other.event_id]
    report = report_on(file)
    assert [(row.row, row.rule_id, row.pointer) for row in report.refused()] == [(2, "source_not_allowed", "/source")]


def test_the_same_file_gives_the_same_events() -> None:
    written = datetime(2026, 5, 4, 9, tzinfo=UTC)
    body = csv_of(columns_of(1, begin_date="2090-09-01"))
    first, second = (read(body, written=written).events for _ in range(2))
    assert first == second


def test_encodings_delimiters_and_dates_are_read_as_declared_and_never_guessed() -> None:
    text = csv_of(columns_of(1, begin_date="01.09.2025", **{"programme.name.ru": "Химия"}), delimiter=";").decode()
    text = text.replace("Жасанды интеллект", "Химия")
    body = text.encode("cp1251")
    file = read(body, encoding="windows-1251", delimiter="semicolon", date_format="DD.MM.YYYY")
    assert orjson.loads(file.events[0][0])["data"]["begin_date"] == "2025-09-01"
    assert reason_of(body, delimiter=";") == "encoding"
    assert reason_of(text.encode(), encoding="cp1251", delimiter=";") == "encoding"
    assert reason_of(text.encode()) == "delimiter"
    assert reason_of(text.encode(), encoding="koi8") == "options"
    assert reason_of(text.encode(), date_format="DD.MM.YY") == "options"
    undeclared = report_on(read(text.encode(), delimiter=";"))
    assert [row.rule_id for row in undeclared.refused()] == ["date_malformed"]


def test_unknown_columns_are_named_by_place_with_the_nearest_and_left_out_only_when_asked() -> None:
    body = csv_of(columns_of(1)).replace(b"study_form", b"study_frm", 1).replace(b"kato", "Аты".encode(), 1)
    with pytest.raises(Problem) as caught:
        read(body)
    places = {name: place for place, name in enumerate(template_columns(Entity.ENROLMENT), 1)}
    assert caught.value.members == {
        "reason": "columns",
        "columns": [{"column": places["study_form"], "nearest": "study_form"}, {"column": places["kato"]}],
    }
    file = read(body, ignores_unknown=True)
    assert file.ignored_columns == [places["study_form"], places["kato"]]
    assert [row.rule_id for row in report_on(file).refused()] == ["field_missing"]


@pytest.mark.parametrize(
    ("body", "suffix", "reason"),
    [
        (b" \n", ".csv", "empty"),
        (b"enrolment_id,enrolment_id\n1,2\n", ".csv", "heading"),
        (b"160101101250,2012-03-11\n", ".csv", "heading"),
        (b"PK\x03\x04 no zip", ".xlsx", "unreadable"),
        (b"[1, 2", ".json", "body_malformed"),
        (b"\xff\xfe\x00", ".csv", "encoding"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(body: bytes, suffix: str, reason: str) -> None:
    assert reason_of(body, suffix) == reason


def test_a_spreadsheet_that_unfolds_beyond_reason_is_refused_unread() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * (80 * 1024 * 1024))
    assert len(packed.getvalue()) < 200_000
    assert reason_of(packed.getvalue(), ".xlsx") == "body_too_large"


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1, 2", b"[1,,2]"])
def test_json_that_cannot_be_cut_into_records_is_a_problem(body: bytes) -> None:
    assert reason_of(body, ".json") == "body_malformed"


@pytest.mark.parametrize("body", [b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[[],{},1,null]", b"{]", b'["\\ud800"]'])
def test_json_of_any_other_kind_is_refused_record_by_record(body: bytes) -> None:
    counts = report_on(read(body, ".json")).counts()
    assert counts["refused"] == counts["read"] > 0


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_clock_that_is_wrong_is_no_error(year: int) -> None:
    written = datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    assert report_on(read(csv_of(columns_of(1, begin_date="2090-09-01")), written=written)).counts()["accepted"] == 1


def test_a_line_feed_inside_a_text_of_an_array_is_no_space() -> None:
    body = b'[{"enrolment_id": "a\nb"}]'
    assert [row.rule_id for row in report_on(read(body, ".json")).refused()] == ["json_malformed"]


def test_the_type_of_a_file_is_told_by_its_media_type_or_else_by_its_name() -> None:
    assert suffix_of("text/csv; charset=utf-8", "") == ".csv"
    assert suffix_of("application/octet-stream", "Тізім.XLSX") == ".xlsx"
    assert suffix_of("application/json", "list.csv") == ".json"
    with pytest.raises(Problem) as caught:
        suffix_of("application/pdf", "list.csv")
    assert caught.value.kind.status == 415


def test_the_empty_table_has_every_field_and_can_be_filled() -> None:
    for entity in Entity:
        columns = template_columns(entity)
        assert set(columns) <= set(known_columns(entity))
        assert columns[0] in {"enrolment_id", "certificate_id", "vacancy_id"}
    assert "school" in allowed_values(Entity.ENROLMENT)["organisation.kind"]


# ---- the page ----


def texts(language: str) -> dict[str, Any]:
    return orjson.loads((TEXTS / f"{language}.json").read_bytes())  # type: ignore[no-any-return]


def forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def test_every_sentence_of_the_page_is_there_in_each_language_with_the_same_places() -> None:
    by_language = {language: texts(language) for language in LANGUAGES}
    assert len({frozenset(said) for said in by_language.values()}) == 1
    for key in by_language["en"]:
        places = {
            frozenset(name for _, name, _, _ in string.Formatter().parse(form) if name)
            for said in by_language.values()
            for form in forms(said[key])
        }
        # A plural for one thing may leave the number out.
        assert len({place - {"count"} for place in places}) == 1, key


def test_plurals_have_the_forms_that_each_language_needs() -> None:
    needed = {"kk": {"other"}, "ru": {"one", "few", "many", "other"}, "en": {"one", "other"}}
    for language in LANGUAGES:
        plurals = [text for text in texts(language).values() if isinstance(text, dict)]
        assert plurals
        assert all(set(text) == needed[language] for text in plurals)


def test_kazakh_is_kazakh_and_nothing_was_left_untranslated() -> None:
    english = texts("en")
    for language in ("kk", "ru"):
        said = texts(language)
        same = {key for key in said if said[key] == english[key] and re.search("[A-Za-z]{4}", str(said[key]))}
        assert same <= {"file.encoding.auto"}
    assert sum(bool(re.search("[әғқңөұүһі]", str(text))) for text in texts("kk").values()) > 60
    assert not [key for key, text in texts("ru").items() if re.search("[әғқңөұүһі]", str(text))]


def test_every_field_of_the_contracts_has_a_name_in_each_language() -> None:
    names = orjson.loads((TEXTS / "fields.json").read_bytes())
    for entity in Entity:
        for path in known_columns(entity):
            if path != "person.local_id":
                assert set(names[path]) == set(LANGUAGES), path


def test_every_sentence_that_the_page_says_is_written_and_every_one_that_is_written_is_said() -> None:
    scripts = "\n".join(path.read_text() for path in FOLDER.glob("*.js"))
    html = (FOLDER / "index.html").read_text()
    written = set(texts("en"))
    families = "|".join({key.partition(".")[0] for key in written})
    named = set(re.findall(r'data-(?:text|label)="([^"]+)"', html)) | set(re.findall(r'say\("([^"]+)"', scripts))
    assert named <= written
    mentioned = set(re.findall(rf"[\"']((?:{families})(?:\.\w+)*)[\"']", scripts))
    # Names that the scripts put together: `entity.${entity}`.
    built = tuple(re.findall(r"`((?:\w+\.)+)\$\{", scripts))
    assert {key for key in written - named - mentioned if not key.startswith(built)} == set()


def test_the_page_needs_no_other_host_and_no_inline_script_or_style() -> None:
    page = (FOLDER / "index.html").read_text()
    assert not re.search(r"\son\w+=|style=|<style|javascript:", page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    for path in FOLDER.rglob("*.*"):
        if path.suffix in {".html", ".js", ".css"}:
            found = re.findall(r"https?://[^\s\"')]+", path.read_text())
            assert found == [], path.name
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
