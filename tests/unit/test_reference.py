"""Reading reference files."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from arna.reference.datasets import DATASETS, KATO_FILE, OWN_DATASETS, Dataset
from arna.reference.readers import (
    ESCO_COLLECTION_FILES,
    ESCO_ICT_SKILLS_FILE,
    ESCO_SKILLS_FILE,
    ISCED_FIELD_NAMES_FILE,
    read_esco_occupation_labels,
    read_esco_skill_labels,
    read_esco_skills,
    read_isced_fields,
    read_kato,
    read_own,
    read_technologies,
    split_labels,
)

pytestmark = pytest.mark.unit

URI = "http://data.europa.eu/esco/skill"


def _dataset(name: str) -> Dataset:
    return next(dataset for dataset in (*DATASETS, *OWN_DATASETS) if dataset.name == name)


def _write(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_place_lies_in_the_nearest_unit_above_it_that_exists(tmp_path: Path) -> None:
    path = tmp_path / KATO_FILE
    codes = ["100000000", "101000000", "101010000", "103230100", "103200000"]
    lines = ["kato,kato_version,level,type_code,name_ru,name_kk", *(f"{code},E,x,0,имя,аты" for code in codes)]
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    assert {row["kato"]: row["parent"] for row in read_kato(path)} == {
        "100000000": None,
        "101000000": "100000000",
        "101010000": "101000000",
        "103230100": "103200000",
        "103200000": "100000000",
    }


def test_a_missing_label_stays_missing(tmp_path: Path) -> None:
    path = tmp_path / KATO_FILE
    path.write_text("kato,kato_version,level,type_code,name_ru,name_kk\n710000000,E,x,0, Астана ,\n", encoding="utf-8")
    (row,) = _dataset("kato").rows(path)
    assert (row["name_ru"], row["name_kk"], row["region_code"]) == ("Астана", None, "71")
    assert "name_en" not in row


def _write_skills(folder: Path) -> Path:
    _write(
        folder / ESCO_COLLECTION_FILES[0],
        [
            {
                "conceptUri": f"{URI}/1",
                "preferredLabel": "one",
                "skillType": "skill/competence",
                "altLabels": "uno | one",
            }
        ],
    )
    (folder / ESCO_ICT_SKILLS_FILE).parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / ESCO_ICT_SKILLS_FILE, "wt", encoding="utf-8") as file:
        items = [
            {"uri": f"{URI}/2", "label": "two ", "skillType": "knowledge", "altLabel": "due"},
            {"uri": f"{URI}/2", "label": "two ", "skillType": "knowledge", "altLabel": "deux"},
            {"uri": f"{URI}/3", "label": "", "skillType": "skill", "altLabel": "tre"},
            {"uri": "x", "label": "y", "skillType": "skill", "altLabel": "z"},
        ]
        json.dump(items, file)
    return _write(folder / ESCO_SKILLS_FILE, [{"id": f"{URI}/4", "description": "four"}])


def test_skills_are_named_by_every_list_that_is_there(tmp_path: Path) -> None:
    rows = list(_dataset("esco skills").rows(_write_skills(tmp_path)))
    assert {row["skill_code"]: (row["name_en"], row["kind"]) for row in rows} == {
        f"{URI}/4": (None, None),
        f"{URI}/1": ("one", "skill"),
        f"{URI}/2": ("two", "knowledge"),
    }


def test_without_the_lists_beside_it_no_skill_has_a_name(tmp_path: Path) -> None:
    path = _write(tmp_path / ESCO_SKILLS_FILE, [{"id": f"{URI}/4", "description": "four"}])
    assert [row.get("name") for row in read_esco_skills(path)] == [None]


def test_alternative_labels_are_rows_of_their_own(tmp_path: Path) -> None:
    _write_skills(tmp_path)
    labels = read_esco_skill_labels(tmp_path / ESCO_ICT_SKILLS_FILE)
    assert sorted((row["uri"], row["label"]) for row in labels) == [
        (f"{URI}/1", "uno"),
        (f"{URI}/2", "deux"),
        (f"{URI}/2", "due"),
    ]


def test_an_occupation_label_is_alternative_before_it_is_hidden(tmp_path: Path) -> None:
    row = {"conceptUri": "o", "preferredLabel": "a", "altLabels": "b\na\nb", "hiddenLabels": "b\nc"}
    labels = read_esco_occupation_labels(_write(tmp_path / "o.csv", [row]))
    assert [(row["label"], row["kind"]) for row in labels] == [("b", "alternative"), ("c", "hidden")]


def test_labels_of_one_cell_are_parted_by_lines_or_bars() -> None:
    assert split_labels("a b\nc | d\n\n a b ") == ["a b", "c", "d"]
    assert split_labels(None) == []


def test_fields_of_education_keep_their_zeros(tmp_path: Path) -> None:
    groups = [
        {"conceptUri": f"http://data.europa.eu/esco/isced-f/{code}", "preferredLabel": f"esco {code}"}
        for code in ("00", "001", "0011", "061")
    ]
    groups.append({"conceptUri": f"{URI}/S1", "preferredLabel": "no field"})
    path = _write(tmp_path / "esco" / "groups.csv", groups)
    names = "### 00 Generic\n- **001** Basic\n  - 0011 Basic programmes\n"
    (tmp_path / ISCED_FIELD_NAMES_FILE).write_text(names, encoding="utf-8")
    assert list(read_isced_fields(path)) == [
        {"code": "00", "level": "broad", "parent": None, "name": "Generic"},
        {"code": "001", "level": "narrow", "parent": "00", "name": "Basic"},
        {"code": "0011", "level": "detailed", "parent": "001", "name": "Basic programmes"},
        {"code": "061", "level": "narrow", "parent": "06", "name": "esco 061"},
    ]


def test_a_technology_of_several_commodities_is_one_skill(tmp_path: Path) -> None:
    rows = [
        {"Example": "X", "Commodity Code": "2", "Commodity Title": "b"},
        {"Example": 'The "Y"', "Commodity Code": "3", "Commodity Title": "c"},
        {"Example": "X", "Commodity Code": "1", "Commodity Title": "a"},
    ]
    path = tmp_path / "t.txt"
    text = "\n".join("\t".join(row.values()) for row in rows)
    path.write_text("Example\tCommodity Code\tCommodity Title\n" + text, encoding="utf-8")
    found = {row["Example"]: row["Commodity Title"] for row in read_technologies(path)}
    assert found == {"X": "a", 'The "Y"': "c"}


@pytest.mark.parametrize("dataset", [*DATASETS, *OWN_DATASETS], ids=lambda dataset: dataset.name)
def test_every_data_set_says_what_it_is_and_whose(dataset: Dataset) -> None:
    assert dataset.licence
    assert dataset.edition.source
    assert set(dataset.scope) <= set(dataset.columns)
    assert not {"valid_from", "valid_to"} & set(dataset.columns)


@pytest.mark.parametrize("dataset", OWN_DATASETS, ids=lambda dataset: dataset.name)
def test_own_lists_name_each_code_once(dataset: Dataset) -> None:
    rows = list(dataset.rows(Path()))
    key = "skill_code" if "skill_code" in dataset.columns else next(iter(dataset.columns))
    codes = [row[key] for row in rows]
    assert codes
    assert len(codes) == len(set(codes))


def test_own_labels_are_in_the_language_they_say() -> None:
    russian_only = set("ёэъ")
    for name in ("isced_levels.csv", "currencies.csv", "local_skills.csv"):
        for row in read_own(name):
            assert not russian_only & set(row["name_kk"].lower())
            assert not set("әғқңөұүһі") & set(row["name_ru"].lower())
            assert not any("а" <= letter <= "я" for letter in row["name_en"].lower())
