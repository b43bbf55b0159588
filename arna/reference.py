"""Reference data: places, occupations and skills, with their source, licence and validity.

Loading the same files again changes nothing. A code whose name changes ends its row and begins a new one; a code
that is no longer listed ends its row. A label that a source lacks stays empty: none is made up.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from arna.errors import ConfigError
from arna.warehouse.database import Database, Session

Table = Literal["kato", "occupation", "skill"]
ESCO_LICENCE = "ESCO v1.1, European Commission: reuse with attribution"
KATO_LICENCE = "open data of the Bureau of National Statistics of Kazakhstan; compilation MIT"
OWN_LICENCE = "own"

KATO_FILE = "kato_nkrk11-2025_2026-07.csv"
KATO_SOURCE_FILE = "kato_source.json"
ISCO_FILE = "esco_v1.1/ISCOGroups_en.csv"
ESCO_OCCUPATIONS_FILE = "esco_v1.1/occupations_en.csv"
ESCO_SKILLS_FILE = "esco_skills_pypi/skills.csv"
ESCO_ICT_SKILLS_FILE = "esco_ict_partec/esco.json.gz"
ESCO_COLLECTION_FILES = (
    "esco_v1.1/ictSkillsCollection_en.csv",
    "esco_v1.1/languageSkillsCollection_en.csv",
    "esco_v1.1/transversalSkillsCollection_en.csv",
)


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One code of a reference file; what the file does not say is None."""

    code: str
    parent_code: str | None = None
    isco_code: str | None = None
    match_type: str | None = None
    name_kk: str | None = None
    name_ru: str | None = None
    name_en: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceLoad:
    """What one load did.

    Attributes:
        relation: the table.
        source: what was loaded, as it stands in ``ref.load``.
        licence: its licence.
        rows: codes in force after it.
        changed: codes added, changed or retired; 0 is: all was known already.
    """

    relation: str
    source: str
    licence: str
    rows: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Edition:
    """A reference file as it is loaded."""

    table: Table
    scheme: str
    source: str
    licence: str
    in_force_on: date
    changed_on: date


def load_reference(db: Database, directory: Path | None = None) -> list[ReferenceLoad]:
    """Loads every reference file found in a folder (or in its ``reference/``); without a folder, the built-in sample.

    Raises:
        ConfigError: the folder holds none of the files.
    """
    if directory is None:
        return load_sample(db)
    folder = directory / "reference" if (directory / "reference").is_dir() else directory
    loaders: Mapping[str, Callable[[Database, Path], ReferenceLoad]] = {
        KATO_FILE: load_kato,
        ISCO_FILE: load_isco,
        ESCO_OCCUPATIONS_FILE: load_esco_occupations,
        ESCO_SKILLS_FILE: load_esco_skills,
    }
    found = [loader(db, folder / name) for name, loader in loaders.items() if (folder / name).is_file()]
    if not found:
        raise ConfigError("--from", "holds no reference file.", f"Give a folder with one of: {', '.join(loaders)}.")
    return found


def load_kato(db: Database, path: Path) -> ReferenceLoad:
    """Places: KATO, Kazakh and Russian names. ``kato_source.json`` beside the file tells its edition."""
    about: dict[str, Any] = {}
    if (path.parent / KATO_SOURCE_FILE).is_file():
        about = json.loads((path.parent / KATO_SOURCE_FILE).read_text(encoding="utf-8"))
    edition = _Edition(
        table="kato",
        scheme="kato",
        source=f"KATO {about.get('kato_version', path.name)}".strip(),
        licence=KATO_LICENCE,
        in_force_on=date.fromisoformat(about.get("in_force_from", "2025-02-01")),
        changed_on=date.fromisoformat(about["actualised_at"]) if "actualised_at" in about else _today(),
    )
    return _load(db, edition, read_kato(path))


def load_isco(db: Database, path: Path) -> ReferenceLoad:
    """Occupation groups: ISCO-08, English names."""
    edition = _Edition("occupation", "isco08", "ISCO-08 groups", ESCO_LICENCE, date(2008, 1, 1), _today())
    rows = (
        ReferenceRow(code=row["code"], isco_code=row["code"], match_type="exact", name_en=_text(row["preferredLabel"]))
        for row in _read_csv(path)
        if row["code"]
    )
    return _load(db, edition, rows)


def load_esco_occupations(db: Database, path: Path) -> ReferenceLoad:
    """Occupations: ESCO, English names; each lies within its ISCO-08 unit group, so the match is narrow."""
    edition = _Edition("occupation", "esco", "ESCO v1.1 occupations", ESCO_LICENCE, date(2022, 1, 27), _today())
    rows = (
        ReferenceRow(
            code=row["conceptUri"],
            isco_code=_text(row["iscoGroup"]),
            match_type="narrow" if row["iscoGroup"] else None,
            name_en=_text(row["preferredLabel"]),
        )
        for row in _read_csv(path)
    )
    return _load(db, edition, rows)


def load_esco_skills(db: Database, path: Path) -> ReferenceLoad:
    """Skills: ESCO. The full list has no column with the name alone; names come from the collections beside it."""
    edition = _Edition("skill", "esco", "ESCO v1.1 skills", ESCO_LICENCE, date(2022, 1, 27), _today())
    names = read_skill_names(path.parent.parent)
    codes = dict.fromkeys([*(row["id"] for row in _read_csv(path)), *names])
    return _load(db, edition, (ReferenceRow(code=code, name_en=names.get(code)) for code in codes))


def load_sample(db: Database) -> list[ReferenceLoad]:
    """Regions and main occupation groups, only where nothing has been loaded."""
    loads = []
    for table, source in (("kato", "KATO, regions only"), ("occupation", "ISCO-08, main groups only")):
        with db.session() as session:
            count = session.execute(f"reference/sample_{table}.sql")
            rows = session.fetch_all(f"reference/count_{table}.sql", {"scheme": "isco08"})[0]["row_count"]
            load = ReferenceLoad(f"ref.{table}", source, OWN_LICENCE, rows, count)
            _note(session, load)
            loads.append(load)
    return loads


def list_loads(db: Database) -> list[dict[str, Any]]:
    """What was loaded from where, in order: columns of ``ref.load``."""
    return db.fetch_all("reference/list_loads.sql")


def read_kato(path: Path) -> Iterator[ReferenceRow]:
    """Codes with the unit each lies in: of the codes 2+2+2+3 digits long, the nearest longer one that exists."""
    rows = list(_read_csv(path))
    codes = {row["kato"] for row in rows}
    for row in rows:
        code = row["kato"]
        parents = (f"{code[:length]:0<9}" for length in (6, 4, 2))
        yield ReferenceRow(
            code=code,
            parent_code=next((parent for parent in parents if parent != code and parent in codes), None),
            name_kk=_text(row["name_kk"]),
            name_ru=_text(row["name_ru"]),
        )


def read_skill_names(folder: Path) -> dict[str, str]:
    """English names by ESCO URI, from whichever of the collections are there."""
    names: dict[str, str] = {}
    for name in ESCO_COLLECTION_FILES:
        if (folder / name).is_file():
            names |= {row["conceptUri"]: row["preferredLabel"] for row in _read_csv(folder / name)}
    if (folder / ESCO_ICT_SKILLS_FILE).is_file():
        with gzip.open(folder / ESCO_ICT_SKILLS_FILE, "rt", encoding="utf-8") as file:
            names |= {item["uri"]: item["label"] for item in json.load(file) if item.get("label")}
    return {uri: text for uri, text in names.items() if "/skill/" in uri and text}


def _load(db: Database, edition: _Edition, rows: Iterable[ReferenceRow]) -> ReferenceLoad:
    table = edition.table
    with db.session() as session:
        session.execute("reference/create_stage.sql")
        with session.copy_in("reference/copy_stage.sql") as copy:
            for row in {row.code: row for row in rows}.values():
                copy.write_row(
                    (
                        row.code,
                        row.parent_code,
                        row.isco_code,
                        row.match_type,
                        row.name_kk,
                        row.name_ru,
                        row.name_en,
                    )
                )
        known = {"relation_name": f"ref.{table}", "source_prefix": edition.source.split()[0]}
        is_first = not session.fetch_all("reference/has_load.sql", known)[0]["has_load"]
        effective_on = edition.in_force_on if is_first else edition.changed_on
        params = {"effective_on": effective_on, "scheme": edition.scheme}
        steps = ("retire", "upsert") if table == "skill" else ("close", "correct", "retire", "insert")
        counts = {step: session.execute(f"reference/{step}_{table}.sql", params) for step in steps}
        # A closed row and the row that follows it are one change.
        changed = sum(counts.values()) - counts.get("close", 0)
        total = session.fetch_all(f"reference/count_{table}.sql", params)[0]["row_count"]
        load = ReferenceLoad(f"ref.{table}", edition.source, edition.licence, total, changed)
        _note(session, load)
        return load


def _note(session: Session, load: ReferenceLoad) -> None:
    # A load that changed nothing leaves no trace: readers of ref.load take a new row for new content.
    if load.changed:
        session.execute(
            "reference/insert_load.sql",
            {
                "relation_name": load.relation,
                "source_name": load.source,
                "licence": load.licence,
                "row_count": load.rows,
            },
        )


def _read_csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _today() -> date:
    return datetime.now(UTC).date()
