"""Which file fills which table of ``ref``, column by column: the declared mappings of the reference data.

A mapping names, for each column, the field of the source row it is taken from, or the value that is the same for every
row. What a source lacks is left out and stays empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from arna.reference import readers
from arna.reference.readers import SourceRow

ESCO_LICENCE = "ESCO v1.1, European Commission: reuse with attribution"
ONET_LICENCE = "O*NET, USDOL/ETA: CC BY 4.0"
KATO_LICENCE = "open data of the Bureau of National Statistics of Kazakhstan; compilation MIT"
OWN_LICENCE = "own"

KATO_FILE = "kato_nkrk11-2025_2026-07.csv"
KATO_SOURCE_FILE = "kato_source.json"
_ESCO_DAY = date(2022, 1, 27)
_ONET_DAY = date(2025, 2, 1)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that is the same for every row of a data set."""

    value: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What a file says about itself.

    Attributes:
        source: its name, as it is noted in ``ref.load``.
        in_force_on: from when its codes hold, for the first load.
        changed_on: from when its changes hold, for the loads after; None is the day of the load.
    """

    source: str
    in_force_on: date
    changed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """One file and the table it fills.

    Attributes:
        name: how people name it.
        relation: the table in ``ref``.
        file: where it lies in the reference folder; empty: Arna brings it itself.
        edition: what it is an edition of.
        licence: its licence.
        read: its rows.
        columns: column of the table: field of the source row, or a value for all.
        scope: columns whose values tell what the file speaks for; codes of other values are left alone.
        keeps_labels: a label that an edition lacks keeps the one known before.
        about: reads the edition from a file beside it.
    """

    name: str
    relation: str
    file: str
    edition: Edition
    licence: str
    read: Callable[[Path], Iterable[SourceRow]]
    columns: Mapping[str, str | Fixed]
    scope: tuple[str, ...] = ()
    keeps_labels: bool = False
    about: Callable[[Path, Edition], Edition] | None = None

    def edition_of(self, path: Path) -> Edition:
        """The edition that lies at a path."""
        return self.about(path, self.edition) if self.about else self.edition

    def rows(self, path: Path) -> Iterator[dict[str, str | None]]:
        """Rows of the table, by column; empty text is None."""
        for row in self.read(path):
            yield {
                column: field.value if isinstance(field, Fixed) else (row.get(field) or "").strip() or None
                for column, field in self.columns.items()
            }


def _own(name: str) -> Callable[[Path], Iterable[SourceRow]]:
    return lambda _path: readers.read_own(name)


def _kato_edition(path: Path, default: Edition) -> Edition:
    """``kato_source.json`` beside the file tells its edition."""
    about_path = path.parent / KATO_SOURCE_FILE
    if not about_path.is_file():
        return default
    about: dict[str, Any] = json.loads(about_path.read_text(encoding="utf-8"))
    return Edition(
        source=f"KATO {about.get('kato_version', path.name)}".strip(),
        in_force_on=date.fromisoformat(about["in_force_from"]) if "in_force_from" in about else default.in_force_on,
        changed_on=date.fromisoformat(about["actualised_at"]) if "actualised_at" in about else None,
    )


def _kato_rows(path: Path) -> Iterator[SourceRow]:
    return ({**row, "region": (row["kato"] or "")[:2]} for row in readers.read_kato(path))


def _onet_yes(path: Path) -> Iterator[SourceRow]:
    """O*NET's marks as PostgreSQL's booleans."""
    marks = {"Y": "true", "N": "false"}
    for row in readers.read_tsv(path):
        yield {**row, "hot": marks.get(row["Hot Technology"]), "in demand": marks.get(row["In Demand"])}


def _onet_tiers(path: Path) -> Iterator[SourceRow]:
    return ({**row, "tier": row["Relatedness Tier"].lower()} for row in readers.read_tsv(path))


def _onet_titles(path: Path) -> Iterator[SourceRow]:
    """Alternate titles and their short forms, which O*NET has in a column of their own."""
    for row in readers.read_tsv(path):
        yield {"code": row["O*NET-SOC Code"], "label": row["Alternate Title"]}
        if row["Short Title"] not in ("", "n/a"):
            yield {"code": row["O*NET-SOC Code"], "label": row["Short Title"]}


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="kato",
        relation="kato",
        file=KATO_FILE,
        edition=Edition(f"KATO {KATO_FILE}", date(2025, 2, 1)),
        licence=KATO_LICENCE,
        read=_kato_rows,
        columns={
            "kato_code": "kato",
            "region_code": "region",
            "parent_code": "parent",
            "name_kk": "name_kk",
            "name_ru": "name_ru",
        },
        about=_kato_edition,
    ),
    Dataset(
        name="isco-08",
        relation="occupation",
        file="esco_v1.1/ISCOGroups_en.csv",
        edition=Edition("ISCO-08 groups", date(2008, 1, 1)),
        licence=ESCO_LICENCE,
        read=readers.read_isco,
        columns={
            "scheme": Fixed("isco08"),
            "occupation_code": "code",
            "isco_code": "code",
            "match_type": Fixed("exact"),
            "name_en": "preferredLabel",
        },
        scope=("scheme",),
    ),
    Dataset(
        # Each lies within its ISCO-08 unit group, so the match is narrow.
        name="esco occupations",
        relation="occupation",
        file="esco_v1.1/occupations_en.csv",
        edition=Edition("ESCO v1.1 occupations", _ESCO_DAY),
        licence=ESCO_LICENCE,
        read=readers.read_csv,
        columns={
            "scheme": Fixed("esco"),
            "occupation_code": "conceptUri",
            "isco_code": "iscoGroup",
            "match_type": Fixed("narrow"),
            "name_en": "preferredLabel",
        },
        scope=("scheme",),
    ),
    Dataset(
        name="esco crosswalk",
        relation="occupation_crosswalk",
        file="esco_v1.1/occupations_en.csv",
        edition=Edition("ESCO v1.1 crosswalk to ISCO-08", _ESCO_DAY),
        licence=ESCO_LICENCE,
        read=readers.read_csv,
        columns={
            "from_scheme": Fixed("esco"),
            "from_code": "conceptUri",
            "to_scheme": Fixed("isco08"),
            "to_code": "iscoGroup",
            "match_type": Fixed("narrow"),
        },
        scope=("from_scheme", "to_scheme"),
    ),
    Dataset(
        name="esco occupation labels",
        relation="occupation_label",
        file="esco_v1.1/occupations_en.csv",
        edition=Edition("ESCO v1.1 occupation labels", _ESCO_DAY),
        licence=ESCO_LICENCE,
        read=readers.read_esco_occupation_labels,
        columns={
            "scheme": Fixed("esco"),
            "occupation_code": "conceptUri",
            "language_code": Fixed("en"),
            "label": "label",
            "kind": "kind",
        },
        scope=("scheme", "language_code"),
    ),
    Dataset(
        name="esco skills",
        relation="skill",
        file=readers.ESCO_SKILLS_FILE,
        edition=Edition("ESCO v1.1 skills", _ESCO_DAY),
        licence=ESCO_LICENCE,
        read=readers.read_esco_skills,
        columns={"framework": Fixed("esco"), "skill_code": "uri", "kind": "kind", "name_en": "name"},
        scope=("framework",),
        keeps_labels=True,
    ),
    Dataset(
        name="esco skill labels",
        relation="skill_label",
        file=readers.ESCO_ICT_SKILLS_FILE,
        edition=Edition("ESCO v1.1 skill labels", _ESCO_DAY),
        licence=ESCO_LICENCE,
        read=readers.read_esco_skill_labels,
        columns={
            "framework": Fixed("esco"),
            "skill_code": "uri",
            "language_code": Fixed("en"),
            "label": "label",
            "kind": Fixed("alternative"),
        },
        scope=("framework", "language_code"),
    ),
    Dataset(
        name="esco ict relations",
        relation="occupation_skill",
        file="esco_ict_partec/esco_o.json.gz",
        edition=Edition("ESCO v1.1 ICT occupations and skills", _ESCO_DAY),
        licence=ESCO_LICENCE,
        read=readers.read_esco_ict_relations,
        columns={
            "scheme": Fixed("esco"),
            "occupation_code": "occupation",
            "framework": Fixed("esco"),
            "skill_code": "skill",
        },
        scope=("scheme", "framework"),
    ),
    Dataset(
        name="onet occupations",
        relation="occupation",
        file="onet_29.2/Occupation_Data.txt",
        edition=Edition("O*NET 29.2 occupations", _ONET_DAY),
        licence=ONET_LICENCE,
        read=readers.read_tsv,
        columns={"scheme": Fixed("onet"), "occupation_code": "O*NET-SOC Code", "name_en": "Title"},
        scope=("scheme",),
    ),
    Dataset(
        name="onet titles",
        relation="occupation_label",
        file="onet_29.2/Alternate_Titles.txt",
        edition=Edition("O*NET 29.2 alternate titles", _ONET_DAY),
        licence=ONET_LICENCE,
        read=_onet_titles,
        columns={
            "scheme": Fixed("onet"),
            "occupation_code": "code",
            "language_code": Fixed("en"),
            "label": "label",
            "kind": Fixed("alternative"),
        },
        scope=("scheme", "language_code"),
    ),
    Dataset(
        name="onet related occupations",
        relation="occupation_relation",
        file="onet_29.2/Related_Occupations.txt",
        edition=Edition("O*NET 29.2 related occupations", _ONET_DAY),
        licence=ONET_LICENCE,
        read=_onet_tiers,
        columns={
            "scheme": Fixed("onet"),
            "occupation_code": "O*NET-SOC Code",
            "related_code": "Related O*NET-SOC Code",
            "tier": "tier",
            "position": "Index",
        },
        scope=("scheme",),
    ),
    Dataset(
        # O*NET gives technologies no code of their own; the name in its file is what tells them apart.
        name="onet technologies",
        relation="skill",
        file="onet_2024/Technology_Skills.txt",
        edition=Edition("O*NET 2024 technology skills", date(2024, 1, 1)),
        licence=ONET_LICENCE,
        read=readers.read_technologies,
        columns={
            "framework": Fixed("onet"),
            "skill_code": "Example",
            "kind": Fixed("technology"),
            "group_code": "Commodity Code",
            "group_name_en": "Commodity Title",
            "name_en": "Example",
        },
        scope=("framework",),
    ),
    Dataset(
        name="onet technologies of occupations",
        relation="occupation_skill",
        file="onet_2024/Technology_Skills.txt",
        edition=Edition("O*NET 2024 technologies of occupations", date(2024, 1, 1)),
        licence=ONET_LICENCE,
        read=_onet_yes,
        columns={
            "scheme": Fixed("onet"),
            "occupation_code": "O*NET-SOC Code",
            "framework": Fixed("onet"),
            "skill_code": "Example",
            "relation": Fixed("technology"),
            "is_hot": "hot",
            "is_in_demand": "in demand",
        },
        scope=("scheme", "framework"),
    ),
    Dataset(
        name="isced fields",
        relation="isced_field",
        file="esco_v1.1/skillGroups_en.csv",
        edition=Edition("ISCED-F 2013 fields", date(2013, 11, 1)),
        licence=f"UNESCO-UIS: CC BY-SA 4.0; {ESCO_LICENCE}",
        read=readers.read_isced_fields,
        columns={"isced_field_code": "code", "level": "level", "parent_code": "parent", "name_en": "name"},
    ),
    Dataset(
        name="universities",
        relation="organisation",
        file="universities_KZ_hipo.json",
        edition=Edition("Hipo university domains, Kazakhstan", date(2000, 1, 1)),
        licence="MIT",
        read=readers.read_universities,
        columns={
            "origin": Fixed("hipo"),
            "organisation_code": "domain",
            "kind": Fixed("university"),
            "name": "name",
            "name_en": "name",
            "web_domain": "domain",
        },
        scope=("origin",),
    ),
)
"""Files that come from elsewhere, in the order in which they are loaded."""

OWN_DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="isced levels",
        relation="isced_level",
        file="",
        edition=Edition("ISCED 2011 levels", date(2011, 1, 1)),
        licence=OWN_LICENCE,
        read=_own("isced_levels.csv"),
        columns={"isced_level": "isced_level", "name_kk": "name_kk", "name_ru": "name_ru", "name_en": "name_en"},
    ),
    Dataset(
        name="currencies",
        relation="currency",
        file="",
        edition=Edition("ISO 4217 currencies", date(1978, 1, 1)),
        licence=OWN_LICENCE,
        read=_own("currencies.csv"),
        columns={"currency_code": "currency_code", "name_kk": "name_kk", "name_ru": "name_ru", "name_en": "name_en"},
    ),
    Dataset(
        name="local skills",
        relation="skill",
        file="",
        edition=Edition("Local skills that ESCO and O*NET lack", date(2000, 1, 1)),
        licence=OWN_LICENCE,
        read=_own("local_skills.csv"),
        columns={
            "framework": Fixed("local"),
            "skill_code": "skill_code",
            "kind": "kind",
            "name_kk": "name_kk",
            "name_ru": "name_ru",
            "name_en": "name_en",
        },
        scope=("framework",),
    ),
)
"""Small lists that Arna brings itself; they come with every load from a folder."""
