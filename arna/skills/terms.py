"""The names of skills that events carry: each is decided once, kept, and decided again when the reference changes.

``ref.skill_term`` holds every name that was ever sent with the reference skill it means, how that was found and how
alike the two are. The marts look there; a name without a match counts as itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arna.skills.matching import MATCHER_VERSION, Kind, Label, Match, SkillMatcher
from arna.warehouse.database import Database, Session

LOCK = "skill.term"
"""Whoever decides terms holds this lock, so that each is decided by the reference as it is."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a round of deciding did.

    Attributes:
        decided: terms that were new.
        redecided: terms that came to mean something else.
    """

    decided: int
    redecided: int


@dataclass(frozen=True, slots=True)
class UnmatchedTerm:
    """A term that means no reference skill.

    Attributes:
        term: as the warehouse compares it.
        vacancies: current vacancies that name it.
        certificates: current certificates that name it.
        nearest_label: the label most like it, if any is.
        nearest_score: how alike, 0 to 100.
    """

    term: str
    vacancies: int
    certificates: int
    nearest_label: str | None
    nearest_score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a term means, and why.

    Attributes:
        term: as the warehouse compares it.
        match: the decision.
        decided_at: when it was made; None: the term was never sent, so this is what would be decided.
        alias_origin: where the alias that decided it comes from: built-in or curated.
        skill: the skill as it stands in ``ref.skill``: names, kind, validity.
    """

    term: str
    match: Match
    decided_at: datetime | None
    alias_origin: str | None
    skill: dict[str, Any] | None


def decide_terms(db: Database, batch_ids: Sequence[int] | None) -> Decisions:
    """Decides the names of skills in the batches (None: in all of core) that were not decided before.

    Where the reference or the rules are others than last time, every term is decided anew first.

    Raises:
        WarehouseUnavailable: nothing was changed; try again later.
    """
    with db.session() as session:
        session.lock_entity(LOCK, wait=True)
        state = session.fetch_all("skills/read_state.sql")[0]
        matcher: SkillMatcher | None = None
        redecided = 0
        if (state["load_id"], state["matcher_version"]) != (state["latest_load_id"], MATCHER_VERSION):
            matcher = _read_matcher(session)
            redecided = _redecide(session, matcher, session.fetch_all("skills/list_terms.sql", {"methods": None}))
            session.execute(
                "skills/save_state.sql", {"load_id": state["latest_load_id"], "matcher_version": MATCHER_VERSION}
            )
        terms = [row["term"] for row in session.fetch_all("skills/list_new_terms.sql", {"batch_ids": batch_ids})]
        if terms:
            found = matcher or _read_matcher(session)
            session.execute_many("skills/insert_term.sql", [_columns(term, found.match(term)) for term in terms])
        return Decisions(len(terms), redecided)


def list_unmatched(db: Database, limit: int) -> list[UnmatchedTerm]:
    """Terms without a reference skill, those first that most vacancies and certificates name."""
    return [UnmatchedTerm(**row) for row in db.fetch_all("skills/list_unmatched.sql", {"row_limit": limit})]


def explain(db: Database, term: str) -> Explanation | None:
    """What a name means and why; None where nothing of it is left when it is normalised."""
    with db.session(read_only=True) as session:
        normalised = normalise_name(session, term)
        if normalised is None:
            return None
        row = session.fetch_one("skills/get_term.sql", {"term": normalised})
        if row is None:
            match, decided_at = _read_matcher(session).match(normalised), None
        else:
            match = Match(row["method"], row["skill_key"], row["score"], row["matched_label"])
            decided_at = row["decided_at"]
        alias = session.fetch_one("skills/get_alias.sql", {"term": match.label}) if match.label else None
        framework, _, code = (match.skill_key or "").partition(":")
        skill = session.fetch_one("skills/find_skill.sql", {"framework": framework, "skill_code": code})
        return Explanation(normalised, match, decided_at, alias["origin"] if alias else None, skill)


def redecide_near(session: Session, term: str) -> int:
    """Decides anew what an alias that was added, changed or removed can bear on; tells the marts if any term moved.

    Call it with the lock held. These are the term itself, the terms its label decided, and those it is at least as
    like as what they mean now: the outcome is that of deciding all of them.

    Returns:
        How many terms came to mean something else.
    """
    alone = SkillMatcher([Label(term, "local:alias", Kind.ALIAS, 0)])

    def is_near(row: dict[str, Any]) -> bool:
        if term in (row["term"], row["matched_label"]):
            return True
        if row["method"] not in ("none", "fuzzy"):
            return False
        match = alone.match(row["term"])
        return match.skill_key is not None and (row["method"] == "none" or match.score >= row["score"])

    near = [row for row in session.fetch_all("skills/list_terms.sql", {"methods": None}) if is_near(row)]
    moved = _redecide(session, _read_matcher(session), near) if near else 0
    if moved:
        session.execute("skills/raise_revision.sql")
    return moved


def redecide_all(session: Session) -> int:
    """Decides every term anew, with the lock held; the marts are told. Returns how many mean something else."""
    moved = _redecide(session, _read_matcher(session), session.fetch_all("skills/list_terms.sql", {"methods": None}))
    session.execute("skills/raise_revision.sql")
    return moved


def read_labels(session: Session) -> list[Label]:
    """Every way in which the reference in force writes a skill, the aliases too."""
    rows = session.fetch_all("skills/list_labels.sql")
    return [Label(row["text"], row["skill_key"], Kind(row["kind"]), row["rank"]) for row in rows]


def _read_matcher(session: Session) -> SkillMatcher:
    return SkillMatcher(read_labels(session))


def _redecide(session: Session, matcher: SkillMatcher, rows: Iterable[dict[str, Any]]) -> int:
    changes = []
    moved = 0
    for row in rows:
        match = matcher.match(row["term"])
        if match != Match(row["method"], row["skill_key"], row["score"], row["matched_label"]):
            changes.append(_columns(row["term"], match))
            moved += match.skill_key != row["skill_key"]
    if changes:
        session.execute_many("skills/update_term.sql", changes)
    return moved


def normalise_name(session: Session, name: str) -> str | None:
    """A name as the warehouse compares it; None where nothing is left."""
    term: str | None = session.fetch_all("skills/normalise_name.sql", {"name": name})[0]["term"]
    return term


def _columns(term: str, match: Match) -> dict[str, Any]:
    return {
        "term": term,
        "skill_key": match.skill_key,
        "method": match.method,
        "score": match.score,
        "matched_label": match.label,
        "matcher_version": MATCHER_VERSION,
    }
