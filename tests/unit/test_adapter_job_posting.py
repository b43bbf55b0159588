"""schema.org JobPosting: in JSON, in lines, in pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arna.contracts.identifiers import make_synthetic_bin
from producers.adapters import job_posting
from producers.identities import Identities
from producers.places import built_in_places
from producers.rows import AdaptedRow
from tests.support.adapted import data_of, outcomes

pytestmark = pytest.mark.unit

OPTIONS = job_posting.JobPostingOptions("urn:kz:bin:500240000000", built_in_places(), Identities(synthetic=True))
POSTING: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "JobPosting",
    "identifier": {"@type": "PropertyValue", "value": "j-1"},
    "title": "Деректер инженері",
    "hiringOrganization": {"name": "Дала", "identifier": make_synthetic_bin(77)},
    "jobLocation": {"address": {"addressLocality": "Шымкент"}},
    "employmentType": ["FULL_TIME"],
    "skills": "SQL, Python",
    "occupationalCategory": "15-1243.00 Database Architects",
    "baseSalary": {"currency": "KZT", "value": {"minValue": 500000, "unitText": "MONTH"}},
    "datePosted": "2026-05-04",
    "totalJobOpenings": 2,
}


def read(path: Path, options: job_posting.JobPostingOptions = OPTIONS) -> list[AdaptedRow]:
    return list(job_posting.read_vacancies([path], options))


def page(path: Path, *bodies: str, head: str = '<meta charset="utf-8">', encoding: str = "utf-8") -> Path:
    scripts = "".join(f'<script type="application/ld+json">{body}</script>' for body in bodies)
    path.write_text(f"<!doctype html><html><head>{head}</head><body>{scripts}</body></html>", encoding=encoding)
    return path


def test_a_full_posting_is_a_vacancy(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonld"
    path.write_text(json.dumps(POSTING))
    (row,) = read(path)
    data = data_of(row)
    assert (data["language"], data["kato"], data["openings"]) == ("kk", "790000000", 2)
    assert data["employer"]["id"] == make_synthetic_bin(77)
    assert [skill["name"] for skill in data["skills"]] == ["SQL", "Python"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps([POSTING, POSTING | {"identifier": "j-2"}])),
        ("a.json", json.dumps({"@graph": [{"@type": "Organization"}, POSTING, POSTING]})),
        ("a.jsonl", json.dumps(POSTING) + "\n\n" + json.dumps(POSTING) + "\n"),
        ("a.json", json.dumps({"@type": "ItemList", "itemListElement": [{"item": POSTING}, {"item": POSTING}]})),
        ("a.json", "\ufeff" + json.dumps([POSTING, POSTING | {"@type": ["schema:JobPosting"]}])),
    ],
)
def test_every_posting_of_a_document_is_a_row(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert outcomes(read(path)) == {"ok": 2}


def test_an_employer_that_is_only_referred_to_is_found_in_its_graph(tmp_path: Path) -> None:
    employer = {"@id": "#us", "@type": "Organization", "name": "Дала", "taxID": make_synthetic_bin(3)}
    graph = {"@graph": [employer, POSTING | {"hiringOrganization": {"@id": "#us"}}]}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(graph))
    assert data_of(read(path)[0])["employer"] == {"id": make_synthetic_bin(3), "name": "Дала"}


class TestPage:
    def test_several_scripts_and_other_nodes(self, tmp_path: Path) -> None:
        crumbs = json.dumps({"@type": "BreadcrumbList"})
        path = page(tmp_path / "jobs.html", crumbs, json.dumps(POSTING), json.dumps([POSTING, POSTING]))
        assert outcomes(read(path)) == {"ok": 3}

    @pytest.mark.parametrize(
        "wrapping", ["<!-- {} -->", "<![CDATA[{}]]>", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/{}/*]]>*/", "\n{}\n"]
    )
    def test_old_wrappings_are_taken_off(self, tmp_path: Path, wrapping: str) -> None:
        path = page(tmp_path / "a.htm", wrapping.replace("{}", json.dumps(POSTING)))
        assert outcomes(read(path)) == {"ok": 1}

    def test_a_type_with_a_parameter_and_in_capitals(self, tmp_path: Path) -> None:
        path = tmp_path / "a.html"
        path.write_text(f'<script type="Application/LD+JSON; charset=utf-8">{json.dumps(POSTING)}</script>')
        assert outcomes(read(path)) == {"ok": 1}

    def test_a_page_without_a_posting_is_one_refusal_that_names_it(self, tmp_path: Path) -> None:
        for name, bodies in (("a.html", []), ("b.html", [json.dumps({"@type": "WebPage"})])):
            (row,) = read(page(tmp_path / name, *bodies))
            assert (row.file, row.refusal and row.refusal.rule_id) == (name, "page_without_posting")

    def test_a_broken_script_is_a_refusal_and_the_next_is_read(self, tmp_path: Path) -> None:
        path = page(tmp_path / "a.html", '{"@type": "JobPosting",', json.dumps(POSTING))
        assert outcomes(read(path)) == {"json_malformed": 1, "ok": 1}

    def test_the_charset_that_the_page_declares_is_read_and_no_other(self, tmp_path: Path) -> None:
        posting = json.dumps(POSTING | {"title": "Аналитик"}, ensure_ascii=False)
        named = page(tmp_path / "a.html", posting, head='<meta charset="windows-1251">', encoding="cp1251")
        assert data_of(read(named)[0])["title"] == "Аналитик"
        silent = page(tmp_path / "b.html", posting, head="", encoding="cp1251")
        assert outcomes(read(silent)) == {"not_utf8": 1}
        other = page(tmp_path / "c.html", json.dumps(POSTING), head='<meta charset="koi8-r">')
        assert outcomes(read(other)) == {"charset_unsupported": 1}

    def test_pages_of_a_folder_with_one_name_are_different_vacancies(self, tmp_path: Path) -> None:
        unnamed = {name: value for name, value in POSTING.items() if name != "identifier"}
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            page(tmp_path / folder / "index.html", json.dumps(unnamed))
        (tmp_path / "style.css").write_text("")
        rows = read(tmp_path)
        assert [row.file for row in rows] == ["a/index.html", "b/index.html"]
        assert len({row.draft.subject for row in rows if row.draft}) == 2


def test_what_a_posting_lacks_is_named_by_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonld"
    path.write_text('{"@type": "JobPosting", "title": "Stone mason"}')
    assert outcomes(read(path)) == {"field_missing /data/employer/id": 1}


def test_what_it_says_wrongly_is_refused_at_its_place(tmp_path: Path) -> None:
    for change, expected in (
        ({"datePosted": "04.05.2026"}, "date_malformed /data/published_on"),
        ({"totalJobOpenings": 2.5}, "type_mismatch /data/openings"),
        ({"totalJobOpenings": 0}, "number_range /data/openings"),
    ):
        path = tmp_path / "one.json"
        path.write_text(json.dumps(POSTING | change))
        assert outcomes(read(path)) == {expected: 1}


def test_defaults_complete_an_object_field_by_field(tmp_path: Path) -> None:
    own = make_synthetic_bin(9)
    options = job_posting.JobPostingOptions(
        OPTIONS.source, OPTIONS.places, Identities(), {"employer.id": own, "employment_type": "other"}, 2
    )
    path = tmp_path / "one.json"
    path.write_text(json.dumps(POSTING | {"hiringOrganization": "Дала", "employmentType": None}))
    (row,) = read(path, options)
    data = data_of(row)
    assert (data["employer"], data["employment_type"]) == ({"id": own, "name": "Дала"}, "other")
    assert row.draft is not None
    assert (row.draft.action, row.draft.record_version) == ("amended", 2)


def test_files_that_hold_no_posting_are_one_refusal_each(tmp_path: Path) -> None:
    for name, text, rule in (
        ("a.json", "", "not_a_job_posting"),
        ("b.json", "{", "json_malformed"),
        ("c.json", "5", "not_a_job_posting"),
        ("d.json", "[" * 100 + "]" * 100, "json_too_deep"),
        ("e.jsonl", "", "not_a_job_posting"),
    ):
        path = tmp_path / name
        path.write_text(text)
        assert outcomes(read(path)) == {rule: 1}
    assert outcomes(read(tmp_path / "absent.json")) == {"file_unreadable": 1}


_NAMES = st.sampled_from(["@id", "@type", "name", "value", "minValue", "unitText", "address"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
    | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(_NAMES, below, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*sorted(POSTING), "experienceRequirements", "inLanguage"]), _JSON, max_size=6))
def test_whatever_a_posting_holds_it_is_one_row(changes: dict[str, Any]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps([POSTING | changes | {"@type": "JobPosting"}]))
        assert outcomes(read(path)).total() == 1
