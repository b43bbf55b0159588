"""Reference data in PostgreSQL: idempotent, versioned, honest about what is missing."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from arna.errors import ConfigError
from arna.reference import ReferenceLoad, diff_reference, list_loads, load_dataset, load_reference, load_sample
from arna.reference.datasets import DATASETS, KATO_FILE, KATO_SOURCE_FILE
from arna.warehouse.database import Database, connection_string

pytestmark = pytest.mark.integration

SHARED_DATA = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data"))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with Database(database_url) as database:
        yield database


def _query(url: str, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        return connection.execute(statement).fetchall()


def load_kato(db: Database, path: Path) -> ReferenceLoad:
    return load_dataset(db, next(dataset for dataset in DATASETS if dataset.name == "kato"), path)


def _write_kato(folder: Path, rows: dict[str, tuple[str, str]], actualised_at: str = "2026-07-17") -> Path:
    path = folder / KATO_FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kato", "kato_version", "level", "type_code", "name_ru", "name_kk"])
        writer.writerows([code, "E", "", "", *names] for code, names in rows.items())
    about = {"kato_version": "E", "in_force_from": "2025-02-01", "actualised_at": actualised_at}
    (folder / KATO_SOURCE_FILE).write_text(json.dumps(about), encoding="utf-8")
    return path


def test_a_second_load_of_the_same_file_changes_nothing(db: Database, database_url: str, tmp_path: Path) -> None:
    path = _write_kato(tmp_path, {"710000000": ("г.Астана", "Астана қ."), "711000000": ("район", "")})
    assert (load_kato(db, path).rows, load_kato(db, path).differences) == (2, 0)
    rows = _query(database_url, "select * from ref.kato order by kato_code")
    assert [(str(row["valid_from"]), row["valid_to"], row["parent_code"]) for row in rows] == [
        ("2025-02-01", None, None),
        ("2025-02-01", None, "710000000"),
    ]
    assert rows[1]["name_kk"] is None
    assert rows[1]["name_en"] is None
    assert [(load["relation_name"], load["row_count"]) for load in list_loads(db)] == [("ref.kato", 2)]


def test_a_changed_name_begins_a_new_row_and_a_missing_code_ends_its_row(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    load_kato(db, _write_kato(tmp_path, {"710000000": ("Целиноград", ""), "750000000": ("Алматы", "")}))
    path = _write_kato(tmp_path, {"710000000": ("Астана", ""), "790000000": ("Шымкент", "")}, "2026-09-01")
    load = load_kato(db, path)
    assert (load.added, load.changed, load.retired) == (1, 1, 1)
    assert load_kato(db, path).differences == 0
    rows = _query(database_url, "select kato_code, name_ru, valid_from, valid_to from ref.kato order by 1, 3")
    assert [(r["kato_code"], r["name_ru"], str(r["valid_from"]), str(r["valid_to"])) for r in rows] == [
        ("710000000", "Целиноград", "2025-02-01", "2026-09-01"),
        ("710000000", "Астана", "2026-09-01", "None"),
        ("750000000", "Алматы", "2025-02-01", "2026-09-01"),
        ("790000000", "Шымкент", "2026-09-01", "None"),
    ]


def test_sample_gives_way_to_the_full_data_and_never_replaces_it(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    assert [load.rows for load in load_sample(db)] == [20, 19]
    assert [load.differences for load in load_reference(db)] == [0, 0]
    load_kato(db, _write_kato(tmp_path, {"710000000": ("г.Астана", "Астана қ.")}))
    load_sample(db)
    in_force = _query(database_url, "select name_ru, valid_from::text as day from ref.kato where valid_to is null")
    assert in_force == [{"name_ru": "г.Астана", "day": "2025-02-01"}]


def test_a_folder_without_reference_files_is_refused(db: Database, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no reference file"):
        load_reference(db, tmp_path)


def test_a_file_without_rows_ends_nothing(db: Database, database_url: str, tmp_path: Path) -> None:
    load_kato(db, _write_kato(tmp_path, {"710000000": ("г.Астана", "")}))
    with pytest.raises(ConfigError, match="has no rows"):
        load_kato(db, _write_kato(tmp_path, {}))
    assert _query(database_url, "select count(*) as n from ref.kato where valid_to is null") == [{"n": 1}]


def test_a_diff_says_what_a_load_would_do_and_does_not_do_it(db: Database, database_url: str, tmp_path: Path) -> None:
    load_reference(db, _write_kato(tmp_path, {"710000000": ("Целиноград", ""), "750000000": ("Алматы", "")}).parent)
    _write_kato(tmp_path, {"710000000": ("Астана", ""), "790000000": ("Шымкент", "")}, "2026-09-01")
    before = _query(database_url, "select * from ref.kato order by kato_code, valid_from")
    diffs = {diff.relation: diff for diff in diff_reference(db, tmp_path)}
    kato = diffs["ref.kato"]
    assert (kato.added, kato.changed, kato.retired) == (1, 1, 1)
    assert kato.examples == {"added": ("790000000",), "changed": ("710000000",), "retired": ("750000000",)}
    assert all(not diff.examples for relation, diff in diffs.items() if relation != "ref.kato")
    assert _query(database_url, "select * from ref.kato order by kato_code, valid_from") == before
    load = next(load for load in load_reference(db, tmp_path) if load.relation == "ref.kato")
    assert (load.added, load.changed, load.retired) == (kato.added, kato.changed, kato.retired)
    assert not any(diff.examples for diff in diff_reference(db, tmp_path))


def test_a_file_speaks_for_its_own_scheme_only(db: Database, database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute(
            "insert into ref.occupation (scheme, occupation_code, valid_from) values ('nkz', '2512-1', '2020-01-01')"
        )
    (tmp_path / "onet_29.2").mkdir()
    path = tmp_path / "onet_29.2" / "Occupation_Data.txt"
    path.write_text("O*NET-SOC Code\tTitle\tDescription\n15-1252.00\tSoftware Developers\tx\n", encoding="utf-8")
    load_reference(db, tmp_path)
    path.write_text("O*NET-SOC Code\tTitle\tDescription\n15-1253.00\tTesters\tx\n", encoding="utf-8")
    load_reference(db, tmp_path)
    rows = _query(database_url, "select scheme, occupation_code from ref.occupation where valid_to is null order by 1")
    assert rows == [
        {"scheme": "nkz", "occupation_code": "2512-1"},
        {"scheme": "onet", "occupation_code": "15-1253.00"},
    ]


def test_an_edition_without_a_label_keeps_the_one_known_before(db: Database, database_url: str, tmp_path: Path) -> None:
    uri = "http://data.europa.eu/esco/skill/1"
    for folder, name, header in (
        ("esco_skills_pypi", "skills.csv", "id,description"),
        ("esco_v1.1", "ictSkillsCollection_en.csv", "conceptUri,skillType,preferredLabel,altLabels"),
    ):
        (tmp_path / folder).mkdir()
        row = f"{uri},x" if header.startswith("id") else f"{uri},knowledge,Python (computer programming),"
        (tmp_path / folder / name).write_text(f"{header}\n{row}\n", encoding="utf-8")
    load_reference(db, tmp_path)
    (tmp_path / "esco_v1.1" / "ictSkillsCollection_en.csv").unlink()
    load_reference(db, tmp_path)
    names = _query(database_url, "select name_en from ref.skill where framework = 'esco' and valid_to is null")
    assert names == [{"name_en": "Python (computer programming)"}]


def test_bodies_that_publish_are_organisations(db: Database, database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(connection_string(database_url)) as connection:
        for uri, bin_, name in (
            ("urn:a", "501240000013", "Мектеп"),
            ("urn:b", "501240000013", "x"),
            ("urn:c", None, "y"),
        ):
            connection.execute(
                "insert into ops.source (source_uri, bin, name, entities) values (%s, %s, %s, %s)",
                (uri, bin_, name, ["enrolment"]),
            )
    _write_kato(tmp_path, {"710000000": ("г.Астана", "")})
    assert diff_reference(db, tmp_path)[-1].examples == {"added": ("registry 501240000013",)}
    load_reference(db, tmp_path)
    assert _query(database_url, "select origin, organisation_code, bin, name, name_kk from ref.organisation") == [
        {
            "origin": "registry",
            "organisation_code": "501240000013",
            "bin": "501240000013",
            "name": "Мектеп",
            "name_kk": None,
        }
    ]


def test_currencies_and_levels_are_known_before_and_after_a_load(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    def known() -> list[dict[str, Any]]:
        return _query(
            database_url,
            "select (select count(*) from ref.currency) as currencies, "
            "(select count(*) from ref.isced_level) as levels",
        )

    before = known()
    _write_kato(tmp_path, {"710000000": ("г.Астана", "")})
    load_reference(db, tmp_path)
    assert known() == before == [{"currencies": 155, "levels": 9}]
    assert _query(database_url, "select name_kk, name_ru, name_en from ref.currency where currency_code = 'KZT'") == [
        {"name_kk": "теңге", "name_ru": "тенге", "name_en": "Tenge"}
    ]


@pytest.mark.skipif(not (SHARED_DATA / "reference").is_dir(), reason="the reference is not here (ARNA_SHARED_DATA)")
def test_the_real_files_load_whole_and_once(db: Database, database_url: str) -> None:
    loads = {(load.relation, load.source): load.rows for load in load_reference(db, SHARED_DATA)}
    assert loads["ref.kato", "KATO NK RK 11-2025"] == 15_594
    assert loads["ref.occupation", "ISCO-08 groups"] == 619
    assert loads["ref.occupation", "ESCO v1.1 occupations"] == 2_942
    assert loads["ref.occupation", "O*NET 29.2 occupations"] == 1_016
    assert loads["ref.occupation_crosswalk", "ESCO v1.1 crosswalk to ISCO-08"] == 2_942
    assert loads["ref.occupation_skill", "ESCO v1.1 ICT occupations and skills"] > 1_900
    assert loads["ref.occupation_skill", "O*NET 2024 technologies of occupations"] > 32_000
    assert loads["ref.occupation_relation", "O*NET 29.2 related occupations"] == 18_460
    assert loads["ref.skill", "ESCO v1.1 skills"] >= 13_939
    assert loads["ref.skill", "O*NET 2024 technology skills"] > 8_700
    assert loads["ref.organisation", "Hipo university domains, Kazakhstan"] == 29
    assert loads["ref.skill_alias", "Aliases of skills"] > 700
    assert all(load.differences == 0 for load in load_reference(db, SHARED_DATA))
    checks = _query(
        database_url,
        """
        select
            (select count(distinct region_code) from ref.kato) as regions,
            (select count(*) from ref.kato where parent_code is null) as tops,
            (select count(*) from ref.occupation_crosswalk c where not exists (
                select 1 from ref.occupation i
                where i.scheme = c.to_scheme and i.occupation_code = c.to_code)) as astray,
            (select count(*) from ref.occupation_skill r where not exists (
                select 1 from ref.skill s where s.framework = r.framework and s.skill_code = r.skill_code)) as gone,
            (select count(distinct occupation_code) from ref.occupation_skill r where not exists (
                select 1 from ref.occupation o
                where o.scheme = r.scheme and o.occupation_code = r.occupation_code)) as unoccupied,
            (select count(*) from ref.isced_field f where f.parent_code is not null and not exists (
                select 1 from ref.isced_field p where p.isced_field_code = f.parent_code)) as orphans,
            (select string_agg(distinct left(isced_field_code, 1), '' order by left(isced_field_code, 1))
                from ref.isced_field where level = 'broad') as first_digits,
            (select count(*) from ref.skill where name_en is not null and framework = 'esco') as named,
            (select skill_key from ref.skill_equivalent where framework = 'onet' and skill_code = 'Python') as python
        """,
    )[0]
    assert (checks["regions"], checks["tops"]) == (20, 20)
    assert (checks["astray"], checks["gone"], checks["orphans"]) == (0, 0, 0)
    # The ICT list is of a later ESCO than the occupations: six of its 91 are not in v1.1.
    assert checks["unoccupied"] == 6
    assert checks["first_digits"] == "019"
    assert checks["named"] > 1_500
    assert checks["python"] == "esco:http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
