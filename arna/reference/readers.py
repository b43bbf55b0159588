"""What the reference files hold, as rows of text: one reader a format, nothing decided yet.

A reader yields one mapping per row of the reference: where a file packs several into one cell (the alternative labels
of ESCO, say), it yields one for each.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

SourceRow = Mapping[str, str | None]

ESCO_SKILLS_FILE = "esco_skills_pypi/skills.csv"
ESCO_ICT_SKILLS_FILE = "esco_ict_partec/esco.json.gz"
ESCO_COLLECTION_FILES = (
    "esco_v1.1/ictSkillsCollection_en.csv",
    "esco_v1.1/languageSkillsCollection_en.csv",
    "esco_v1.1/transversalSkillsCollection_en.csv",
)
ISCED_FIELD_NAMES_FILE = "isced_f_2013_sortuniversity.md"

_FIELD_LINE = re.compile(r"^(?:###\s*|\s*-\s*\**)(\d{2,4})\**\s+(.+?)\s*$")
_ISCED_FIELD_URI = re.compile(r"/isced-f/(\d{2,4})$")
# ESCO's own files call the types by two names.
_SKILL_KINDS = {"skill": "skill", "skill/competence": "skill", "knowledge": "knowledge"}


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a comma-separated file with a header; a byte order mark is skipped."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def read_tsv(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a file of O*NET: tabs, no quotes."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_own(name: str) -> Iterator[dict[str, str]]:
    """Rows of a list that Arna brings itself (``arna/reference/data``)."""
    text = resources.files("arna.reference").joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def read_kato(path: Path) -> Iterator[SourceRow]:
    """Codes with the unit each lies in: of the codes 2+2+2+3 digits long, the nearest longer one that exists."""
    rows = list(read_csv(path))
    codes = {row["kato"] for row in rows}
    for row in rows:
        code = row["kato"]
        parents = (f"{code[:length]:0<9}" for length in (6, 4, 2))
        yield {**row, "parent": next((parent for parent in parents if parent != code and parent in codes), None)}


def read_isco(path: Path) -> Iterator[SourceRow]:
    """ISCO-08 groups; ESCO's list also has the top concept, which has no code."""
    return (row for row in read_csv(path) if row["code"])


def read_esco_occupation_labels(path: Path) -> Iterator[SourceRow]:
    """Alternative and hidden labels of ESCO's occupations, one row a label; the first kind wins."""
    for row in read_csv(path):
        seen = {row["preferredLabel"]}
        for kind in ("alternative", "hidden"):
            for label in split_labels(row["altLabels" if kind == "alternative" else "hiddenLabels"]):
                if label not in seen:
                    seen.add(label)
                    yield {"conceptUri": row["conceptUri"], "label": label, "kind": kind}


def read_esco_skills(path: Path) -> Iterator[SourceRow]:
    """ESCO's skills. The full list has no column with the name alone; names and kinds come from the lists beside it."""
    described = {row["uri"]: row for row in _read_described_skills(path.parent.parent)}
    for uri in dict.fromkeys([*(row["id"] for row in read_csv(path)), *described]):
        yield described.get(uri) or {"uri": uri}


def read_esco_skill_labels(path: Path) -> Iterator[SourceRow]:
    """Alternative labels of the ESCO skills that the collections and the ICT list describe, one row a label."""
    folder = path.parent.parent
    names = {row["uri"]: row["name"] for row in _read_described_skills(folder)}
    for row in _collection_rows(folder):
        for label in split_labels(row["altLabels"]):
            if "/skill/" in row["conceptUri"] and label != names.get(row["conceptUri"]):
                yield {"uri": row["conceptUri"], "label": label}
    for item in _ict_items(folder):
        label = str(item.get("altLabel") or "").strip()
        if label and item["uri"] in names and label != names[item["uri"]]:
            yield {"uri": item["uri"], "label": label}


def read_esco_ict_relations(path: Path) -> Iterator[SourceRow]:
    """Skills of ESCO's ICT occupations. The list says ``essential`` or ``optional`` of none of them."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for occupation in json.load(file):
            for uri in occupation["s"]:
                yield {"occupation": occupation["uri"], "skill": uri}


def read_technologies(path: Path) -> Iterator[SourceRow]:
    """O*NET's technologies, each once, with the first of the commodities it stands under."""
    rows: dict[str, dict[str, str]] = {}
    for row in read_tsv(path):
        first = rows.setdefault(row["Example"], row)
        if row["Commodity Code"] < first["Commodity Code"]:
            rows[row["Example"]] = row
    yield from rows.values()


def read_isced_fields(path: Path) -> Iterator[SourceRow]:
    """ISCED-F: every code with its zeros from ESCO's groups, the name as UNESCO writes it where that list is there."""
    names_path = path.parent.parent / ISCED_FIELD_NAMES_FILE
    lines = names_path.read_text(encoding="utf-8").splitlines() if names_path.is_file() else []
    names = {match[1]: match[2] for line in lines if (match := _FIELD_LINE.match(line))}
    levels = {2: "broad", 3: "narrow", 4: "detailed"}
    for row in read_csv(path):
        if match := _ISCED_FIELD_URI.search(row["conceptUri"]):
            code = match[1]
            yield {
                "code": code,
                "level": levels[len(code)],
                "parent": code[:-1] if len(code) > min(levels) else None,
                "name": names.get(code, row["preferredLabel"]),
            }


def read_universities(path: Path) -> Iterator[SourceRow]:
    """Universities of the public list; the first web domain names one."""
    for item in json.loads(path.read_text(encoding="utf-8")):
        if item.get("domains"):
            yield {"domain": item["domains"][0], "name": item["name"]}


def split_labels(cell: str | None) -> list[str]:
    """Labels of one cell: ESCO parts them by lines in one file, by " | " in another."""
    return list(dict.fromkeys(label for part in re.split(r"\n|\s\|\s", cell or "") if (label := part.strip())))


def _read_described_skills(folder: Path) -> Iterator[dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for row in _collection_rows(folder):
        found[row["conceptUri"]] = _describe(row["conceptUri"], row["preferredLabel"], row.get("skillType"))
    for item in _ict_items(folder):
        found[item["uri"]] = _describe(item["uri"], item.get("label"), item.get("skillType"))
    return (row for uri, row in found.items() if "/skill/" in uri and row["name"])


def _describe(uri: str, name: str | None, kind: str | None) -> dict[str, str | None]:
    return {"uri": uri, "name": (name or "").strip() or None, "kind": _SKILL_KINDS.get(kind or "")}


def _collection_rows(folder: Path) -> Iterator[dict[str, str]]:
    for name in ESCO_COLLECTION_FILES:
        if (folder / name).is_file():
            yield from read_csv(folder / name)


def _ict_items(folder: Path) -> Iterable[dict[str, Any]]:
    path = folder / ESCO_ICT_SKILLS_FILE
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        items: list[dict[str, Any]] = json.load(file)
    return items
