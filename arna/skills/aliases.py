"""What people said a term means: the aliases that Arna brings, and those that are added here.

An alias wins over every other match. Adding or removing one decides anew the terms it bears on, in the same
transaction; the marts take that in at their next refresh, for the people and vacancies that the terms touch.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from arna.errors import ConfigError
from arna.skills.terms import LOCK, normalise_name, redecide_all, redecide_near
from arna.warehouse.database import Database, Session

Origin = Literal["built-in", "curated"]
_FILE = "aliases.csv"


@dataclass(frozen=True, slots=True)
class AliasChange:
    """What an alias that was added or removed did.

    Attributes:
        term: as the warehouse compares it.
        skill_key: the skill it means now; None: none, or it is no longer an alias.
        terms: terms that came to mean something else.
    """

    term: str
    skill_key: str | None
    terms: int


def add_alias(
    db: Database, term: str, *, framework: str | None = None, code: str | None = None, language: str | None = None
) -> AliasChange:
    """Says that a term means a skill of the reference, or, without framework and code, that it means none.

    Raises:
        ConfigError: the term is empty, or the reference has no such skill.
    """
    with db.session() as session:
        session.lock_entity(LOCK, wait=True)
        normalised = _normalise(session, term)
        skill_key = None
        if framework is not None or code is not None:
            if not session.fetch_all("skills/find_skill.sql", {"framework": framework, "skill_code": code}):
                raise ConfigError("CODE", f"is no skill of {framework}.", "See `arna skill explain` and ref.skill.")
            skill_key = f"{framework}:{code}"
        row = {"term": normalised, "skill_key": skill_key, "language_code": language}
        session.execute("skills/upsert_alias.sql", row)
        return AliasChange(normalised, skill_key, _follow(session, normalised))


def remove_alias(db: Database, term: str) -> AliasChange:
    """Takes back an alias that was added here.

    Raises:
        ConfigError: there is no such alias, or Arna brings it; that one can be overruled by adding another.
    """
    with db.session() as session:
        session.lock_entity(LOCK, wait=True)
        normalised = _normalise(session, term)
        if not session.execute("skills/delete_alias.sql", {"term": normalised}):
            raise ConfigError("TERM", "is no alias that was added here.", "See `arna skill alias list`.")
        return AliasChange(normalised, None, _follow(session, normalised))


def list_aliases(db: Database, origin: Origin | None = None) -> list[dict[str, Any]]:
    """Aliases: term, skill_key, language_code, origin, added_at, skill_name."""
    return db.fetch_all("skills/list_aliases.sql", {"origin": origin})


def load_built_in(session: Session) -> tuple[int, int, int]:
    """Brings the built-in aliases up to date with this release and the reference.

    Returns:
        How many were taken in or changed, how many forgotten, and how many aliases there are in all.
    """
    session.lock_entity(LOCK, wait=True)
    session.execute("skills/create_built_in.sql")
    with session.copy_in("skills/copy_built_in.sql") as copy:
        for row in read_built_in():
            copy.write_row((row["term"], row["language_code"] or None, row["framework"], row["skill_code"]))
    removed = session.execute("skills/delete_built_in.sql")
    merged = session.execute("skills/merge_built_in.sql")
    return merged, removed, session.fetch_all("skills/count_aliases.sql")[0]["row_count"]


def read_built_in() -> Iterator[dict[str, str]]:
    """Rows of the list that Arna brings: term, language_code, framework, skill_code, skill_name."""
    text = resources.files("arna.skills").joinpath("data", _FILE).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _follow(session: Session, term: str) -> int:
    """Decides anew what the alias bears on: all terms where it makes two codes one skill, or no longer does."""
    linked = session.fetch_all("skills/link_skills.sql")[0]["change_count"]
    return redecide_all(session) if linked else redecide_near(session, term)


def _normalise(session: Session, term: str) -> str:
    normalised = normalise_name(session, term)
    if normalised is None:
        raise ConfigError("TERM", "is empty.", "Give the term as it is sent.")
    return normalised
