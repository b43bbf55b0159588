"""Reading reference files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from arna.reference import ESCO_COLLECTION_FILES, ESCO_ICT_SKILLS_FILE, KATO_FILE, read_kato, read_skill_names

pytestmark = pytest.mark.unit


def test_a_place_lies_in_the_nearest_unit_above_it_that_exists(tmp_path: Path) -> None:
    path = tmp_path / KATO_FILE
    codes = ["100000000", "101000000", "101010000", "103230100", "103200000"]
    lines = ["kato,kato_version,level,type_code,name_ru,name_kk", *(f"{code},E,x,0,имя,аты" for code in codes)]
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    assert {row.code: row.parent_code for row in read_kato(path)} == {
        "100000000": None,
        "101000000": "100000000",
        "101010000": "101000000",
        "103230100": "103200000",
        "103200000": "100000000",
    }


def test_a_missing_label_stays_missing(tmp_path: Path) -> None:
    path = tmp_path / KATO_FILE
    path.write_text("kato,kato_version,level,type_code,name_ru,name_kk\n710000000,E,x,0, Астана ,\n", encoding="utf-8")
    (row,) = read_kato(path)
    assert (row.name_ru, row.name_kk, row.name_en) == ("Астана", None, None)


def test_skill_names_come_from_every_collection_that_is_there(tmp_path: Path) -> None:
    folder = "http://data.europa.eu/esco/skill"
    for name in (ESCO_COLLECTION_FILES[0], ESCO_ICT_SKILLS_FILE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / ESCO_COLLECTION_FILES[0]).write_text(f"conceptUri,preferredLabel\n{folder}/1,one\n", encoding="utf-8")
    with gzip.open(tmp_path / ESCO_ICT_SKILLS_FILE, "wt", encoding="utf-8") as file:
        items = [
            {"uri": f"{folder}/2", "label": "two"},
            {"uri": f"{folder}/3", "label": ""},
            {"uri": "x", "label": "y"},
        ]
        json.dump(items, file)
    assert read_skill_names(tmp_path) == {f"{folder}/1": "one", f"{folder}/2": "two"}


def test_without_collections_no_skill_has_a_name(tmp_path: Path) -> None:
    assert read_skill_names(tmp_path) == {}
