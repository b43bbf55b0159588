"""The classifications as the warehouse has them: input of the recomputation, not part of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from arna.warehouse.database import connection_string
from tests.support.recompute.keys import normalise

Names = tuple[str | None, str | None, str | None]
"""In Kazakh, Russian and English."""
_TABLES = {
    "region": "select region_code, name_kk, name_ru, name_en from mart.region",
    "skill": "select framework, skill_code, name_kk, name_ru, name_en from ref.skill where valid_to is null",
    "term": "select term, skill_key from ref.skill_term where skill_key is not null",
    "equivalent": "select framework, skill_code, skill_key from ref.skill_equivalent",
    "occupation": "select scheme, occupation_code, isco_code, name_kk, name_ru, name_en from ref.occupation "
    "where valid_to is null and scheme in ('isco08', 'esco')",
    "crosswalk": "select from_scheme, from_code, to_code, match_type from ref.occupation_crosswalk "
    "where valid_to is null and to_scheme = 'isco08'",
    "link": "select occupation_code, framework, skill_code, relation from ref.occupation_skill "
    "where valid_to is null and scheme = 'esco'",
}


@dataclass(frozen=True)
class Reference:
    """Regions, skills, occupations, and what names of skills were decided to mean."""

    regions: dict[str, Names]
    skill_labels: dict[str, Names]
    terms: dict[str, str]
    equivalents: dict[tuple[str, str], str]
    isco_names: dict[str, Names]
    esco_isco: dict[str, str]
    crosswalk: dict[tuple[str, str], list[tuple[str, str]]]
    links: list[tuple[str, str, str, str | None]]

    def region_of(self, kato: str | None) -> str:
        """The first two digits where they are a region, else unknown."""
        return kato[:2] if kato is not None and kato[:2] in self.regions else "ZZ"

    def region_columns(self, code: str) -> dict[str, str | None]:
        """The columns that describe a region."""
        kk, ru, en = self.regions[code]
        return {"region_code": code, "region_name_kk": kk, "region_name_ru": ru, "region_name_en": en}

    def skill_key(self, framework: str | None, code: str | None, name: str | None) -> str:
        """One key per skill."""
        code = (code or "").strip()
        if code and framework in {"esco", "onet", "local"}:
            listed = f"{framework}:{code}"
            if (framework, code) in self.equivalents:
                return self.equivalents[framework, code]
            if framework != "local" or listed in self.skill_labels:
                return listed
        term = normalise(name or "")
        return self.terms.get(term, f"local:{term}")

    def isco_of(self, scheme: str | None, code: str | None) -> str | None:
        """The ISCO-08 group of an occupation, where it is known."""
        if scheme is None or code is None or scheme == "isco08":
            return code
        pairs = self.crosswalk.get((scheme, code), [])
        groups = sorted(to for to, match in pairs if to and match in {"exact", "narrow"})
        if groups:
            return groups[0]
        return self.esco_isco.get(code) if scheme == "esco" else None

    def isco_columns(self, code: str, prefix: str = "") -> dict[str, str | None]:
        """The columns that describe an occupation."""
        kk, ru, en = self.isco_names.get(code, (None, None, None))
        return {
            f"{prefix}isco_code": code,
            f"{prefix}occupation_name_kk": kk,
            f"{prefix}occupation_name_ru": ru,
            f"{prefix}occupation_name_en": en,
        }


def read_reference(url: str) -> Reference:
    """The reference of a warehouse."""
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        tables = {name: connection.execute(query).fetchall() for name, query in _TABLES.items()}
    crosswalk = defaultdict(list)
    for row in tables["crosswalk"]:
        crosswalk[row["from_scheme"], row["from_code"]].append((row["to_code"], row["match_type"]))
    occupations = tables["occupation"]
    return Reference(
        regions={row["region_code"]: _names(row) for row in tables["region"]},
        skill_labels={f"{row['framework']}:{row['skill_code']}": _names(row) for row in tables["skill"]},
        terms={row["term"]: row["skill_key"] for row in tables["term"]},
        equivalents={(row["framework"], row["skill_code"]): row["skill_key"] for row in tables["equivalent"]},
        isco_names={row["occupation_code"]: _names(row) for row in occupations if row["scheme"] == "isco08"},
        esco_isco={
            row["occupation_code"]: row["isco_code"]
            for row in occupations
            if row["scheme"] == "esco" and row["isco_code"]
        },
        crosswalk=dict(crosswalk),
        links=[
            (row["occupation_code"], row["framework"], row["skill_code"], row["relation"]) for row in tables["link"]
        ],
    )


def _names(row: dict[str, Any]) -> Names:
    return row["name_kk"], row["name_ru"], row["name_en"]
