"""Reference data in PostgreSQL: idempotent, versioned, honest about what is missing."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from arna.errors import ConfigError
from arna.reference import KATO_FILE, KATO_SOURCE_FILE, list_loads, load_kato, load_reference, load_sample
from arna.warehouse.database import Database, connection_string

pytestmark = pytest.mark.integration

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with Database(database_url) as database:
        yield database


def _query(url: str, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        return connection.execute(statement).fetchall()


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
    assert (load_kato(db, path).rows, load_kato(db, path).changed) == (2, 0)
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
    assert load_kato(db, path).changed == 3
    assert load_kato(db, path).changed == 0
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
    assert [load.changed for load in load_reference(db)] == [0, 0]
    load_kato(db, _write_kato(tmp_path, {"710000000": ("г.Астана", "Астана қ.")}))
    load_sample(db)
    in_force = _query(database_url, "select name_ru, valid_from::text as day from ref.kato where valid_to is null")
    assert in_force == [{"name_ru": "г.Астана", "day": "2025-02-01"}]


def test_a_folder_without_reference_files_is_refused(db: Database, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no reference file"):
        load_reference(db, tmp_path)


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the shared data is not here")
def test_the_real_files_load_whole_and_once(db: Database, database_url: str) -> None:
    loads = {(load.relation, load.source): load for load in load_reference(db, SHARED_DATA)}
    assert loads["ref.kato", "KATO NK RK 11-2025"].rows == 15_594
    assert loads["ref.occupation", "ISCO-08 groups"].rows == 619
    assert loads["ref.occupation", "ESCO v1.1 occupations"].rows == 2_942
    assert loads["ref.skill", "ESCO v1.1 skills"].rows >= 13_939
    assert all(load.changed == 0 for load in load_reference(db, SHARED_DATA))
    checks = _query(
        database_url,
        """
        select
            (select count(distinct region_code) from ref.kato) as regions,
            (select count(*) from ref.kato where parent_code is null) as tops,
            (select count(*) from ref.occupation o where scheme = 'esco' and not exists (
                select 1 from ref.occupation i
                where i.scheme = 'isco08' and i.occupation_code = o.isco_code)) as astray,
            (select count(*) from ref.skill where name_en is not null) as named
        """,
    )[0]
    assert (checks["regions"], checks["tops"], checks["astray"]) == (20, 20, 0)
    assert checks["named"] > 1_500
