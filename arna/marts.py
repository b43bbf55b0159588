"""Marts: the tables behind the readers' views, kept up to date with what the loads brought.

A refresh takes in the loaded batches its group has not taken in yet, recomputes the people, skills and months
these touch, and commits once, so a reader never sees half. Every figure is a function of ``core``, ``ref`` and
the day alone: in whatever order batches come, and however they are cut, the content is the same, and
``rebuild`` gives that content from nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from arna.errors import ConfigError, WarehouseUnavailable
from arna.skills.terms import decide_terms
from arna.warehouse.database import Database, Session
from arna.warehouse.sqlfiles import list_sql, read_sql

MartGroup = Literal["profile", "retraining"]
GROUPS: tuple[MartGroup, ...] = get_args(MartGroup)
VIEWS: Mapping[MartGroup, Mapping[str, tuple[str, ...]]] = {
    "profile": {
        "profile.student": ("enrolment",),
        "profile.certificate": ("certification",),
        "profile.skill": ("certification",),
    },
    "retraining": {
        "retraining.skill_demand": ("vacancy",),
        "retraining.skill_supply": ("enrolment", "certification"),
        "retraining.skill_gap": ("enrolment", "certification", "vacancy"),
    },
}
"""The views of each group, and the entities each is made of."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What a refresh did.

    Attributes:
        group: the group of marts.
        as_of: the day the marts now stand for.
        is_rebuild: whether everything was computed anew.
        batches: loaded batches taken in that were not before.
        persons: person tokens recomputed.
        vacancies: vacancies recomputed.
        rows: rows written, by mart table.
    """

    group: MartGroup
    as_of: date
    is_rebuild: bool
    batches: int
    persons: int
    vacancies: int
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What one refresh has to look at."""

    group: MartGroup
    today: date
    as_of: date
    is_rebuild: bool
    waiting_ids: list[int]
    has_new_skills: bool

    @property
    def batch_ids(self) -> list[int] | None:
        """The batches to look at; None is all."""
        return None if self.is_rebuild else self.waiting_ids

    @property
    def days(self) -> dict[str, date]:
        return {"today": self.today, "as_of_date": self.as_of}

    @property
    def has_new_day(self) -> bool:
        return self.today != self.as_of

    @property
    def has_new_month(self) -> bool:
        return (self.today.year, self.today.month) != (self.as_of.year, self.as_of.month)


def refresh(db: Database, group: MartGroup) -> RefreshResult:
    """Brings a group of marts up to date, for the cost of what changed.

    It is rebuilt instead when its models are others than last time. Names of skills that are new are matched with the
    reference first; where a name or code came to mean another skill, the people and vacancies it touches are computed
    anew. Of two refreshes of a group at once the second waits, then finds nothing to do.

    Raises:
        WarehouseUnavailable: nothing was changed; try again later.
    """
    return _run(db, group, is_forced=False)


def rebuild(db: Database, group: MartGroup) -> RefreshResult:
    """Computes a group of marts anew from ``core``; readers keep the old content until it is done."""
    return _run(db, group, is_forced=True)


def model_sha256(group: MartGroup) -> str:
    """Hash of the SQL a group is built with."""
    digest = hashlib.sha256()
    for name in (*list_sql("marts"), *list_sql(f"marts/{group}")):
        digest.update(f"{name}\n{read_sql(name)}\n".encode())
    return digest.hexdigest()


def _run(db: Database, group: MartGroup, *, is_forced: bool) -> RefreshResult:
    if group not in GROUPS:
        raise ConfigError("mart group", "there is no such group of marts.", f"Use one of: {', '.join(GROUPS)}.")
    # The lock comes before the transaction: a snapshot taken while waiting would be of the time before.
    with db.entity_lock(f"mart.{group}", wait=True) as is_locked:
        if not is_locked:
            message = f"the lock of the {group} marts was not to be had."
            raise WarehouseUnavailable(message)
        known_ids = _decide_skills(db, group, is_forced=is_forced)
        with db.session("repeatable read") as session:
            return _refresh_in(session, group, known_ids, is_forced=is_forced)


def _decide_skills(db: Database, group: MartGroup, *, is_forced: bool) -> set[int]:
    """Sees to it that every name of a skill is decided before it counts. Returns the batches of which that is so."""
    with db.session("repeatable read") as session:
        state = session.fetch_all("marts/read_state.sql", {"mart_group": group})[0]
        waiting = _waiting_ids(session, group)
    is_whole = is_forced or state["model_sha256"] != model_sha256(group)
    decide_terms(db, None if is_whole else waiting)
    return set(waiting)


def _waiting_ids(session: Session, group: MartGroup) -> list[int]:
    return [row["batch_id"] for row in session.fetch_all("marts/take_batches.sql", {"mart_group": group})]


def _refresh_in(session: Session, group: MartGroup, known_ids: set[int], *, is_forced: bool) -> RefreshResult:
    session.execute("marts/set_memory.sql")
    session.execute("marts/create_scratch.sql")
    state = session.fetch_all("marts/read_state.sql", {"mart_group": group})[0]
    models = model_sha256(group)
    today: date = state["today"]
    as_of: date = state["as_of_date"] or today
    has_new_skills = state["skill_revision"] != state["latest_skill_revision"]
    scope = _Scope(
        group=group,
        today=today,
        as_of=as_of,
        is_rebuild=is_forced
        or state["model_sha256"] != models
        or today < as_of
        or (has_new_skills and _has_lost_skills(session, group)),
        # A batch that was loaded since waits for the next refresh, which decides its skills first.
        waiting_ids=[batch_id for batch_id in _waiting_ids(session, group) if batch_id in known_ids],
        has_new_skills=has_new_skills,
    )
    persons = vacancies = 0
    written: dict[str, int] = {}
    changed: dict[str, int] = {}
    if scope.waiting_ids or scope.is_rebuild or scope.has_new_day or scope.has_new_skills:
        persons = _touch_persons(session, scope)
        _replace_skills(session, scope)
        if group == "profile":
            written, changed = _refresh_profile(session, scope)
        else:
            vacancies = _touch_vacancies(session, scope)
            written, changed = _refresh_retraining(session, scope)
    session.execute("marts/mark_batches.sql", {"mart_group": group, "waiting_ids": scope.waiting_ids})
    values = {"today": today, "model_sha256": models, "skill_revision": state["latest_skill_revision"]}
    session.execute("marts/save_state.sql", {"mart_group": group, **values})
    _save_freshness(session, scope, changed)
    return RefreshResult(group, today, scope.is_rebuild, len(scope.waiting_ids), persons, vacancies, written)


def _has_lost_skills(session: Session, group: MartGroup) -> bool:
    """Notes which keys changed their meaning; whether only a rebuild finds all that counted under them."""
    session.execute("marts/touch_skills.sql", {"mart_group": group})
    has_lost: bool = session.fetch_all("marts/has_lost_skills.sql")[0]["has_lost"]
    return has_lost


def _touch_persons(session: Session, scope: _Scope) -> int:
    if scope.is_rebuild:
        count = session.execute("marts/touch_all_persons.sql")
    else:
        count = session.execute("marts/touch_persons.sql", {"batch_ids": scope.batch_ids})
        if scope.has_new_day:
            count += session.execute("marts/touch_persons_by_day.sql", scope.days)
        if scope.has_new_skills:
            count += session.execute(f"marts/{scope.group}/touch_persons_by_skill.sql")
    session.execute("marts/analyze_persons.sql")
    session.execute("marts/fill_identity.sql")
    session.execute("marts/analyze_identity.sql")
    return count


def _replace_skills(session: Session, scope: _Scope) -> None:
    group = {"mart_group": scope.group}
    if scope.is_rebuild:
        session.execute("marts/delete_mentions.sql", group)
    elif scope.has_new_skills:
        session.execute("marts/rekey_mentions.sql", group)
    named = session.execute("marts/skill_mention.sql", {**group, "batch_ids": scope.batch_ids})
    if named or scope.is_rebuild or scope.has_new_skills:
        session.execute("marts/delete_skill.sql", group)
        session.execute("marts/skill.sql", group)


def _refresh_profile(session: Session, scope: _Scope) -> tuple[dict[str, int], dict[str, int]]:
    removed = {
        table: session.execute(f"marts/profile/delete_{table}.sql")
        for table in ("student", "certificate", "person_skill", "person")
    }
    today = {"today": scope.today}
    written = {"person": session.execute("marts/profile/person.sql")}
    written["student"] = session.execute("marts/profile/student.sql", today)
    written["certificate"] = session.execute("marts/profile/certificate.sql")
    written["person_skill"] = session.execute("marts/profile/person_skill.sql", today)
    views = {"student": "profile.student", "certificate": "profile.certificate", "person_skill": "profile.skill"}
    return written, {view: written[table] - removed[table] for table, view in views.items()}


def _touch_vacancies(session: Session, scope: _Scope) -> int:
    if scope.is_rebuild:
        count = session.execute("marts/retraining/touch_all_vacancies.sql")
    else:
        params = {**scope.days, "batch_ids": scope.batch_ids}
        count = session.execute("marts/retraining/touch_vacancies.sql", params)
    session.execute("marts/retraining/analyze_vacancies.sql")
    return count


def _refresh_retraining(session: Session, scope: _Scope) -> tuple[dict[str, int], dict[str, int]]:
    folder = "marts/retraining"
    today = {"today": scope.today}
    if scope.is_rebuild:
        for table in ("supply_span", "supply_change", "vacancy_span", "demand_change"):
            session.execute(f"{folder}/empty_{table}.sql")
    else:
        session.execute(f"{folder}/take_back_supply.sql")
        session.execute(f"{folder}/take_back_demand.sql")
    session.execute(f"{folder}/person_region.sql", today)
    session.execute(f"{folder}/analyze_region.sql")
    written = {
        "supply_span": session.execute(f"{folder}/supply_span.sql", today),
        "vacancy_span": session.execute(f"{folder}/vacancy_span.sql", today),
    }
    for side in ("supply", "demand"):
        session.execute(f"{folder}/add_{side}.sql")
        written[f"{side}_change"] = session.execute(f"{folder}/merge_{side}.sql")
    session.execute(f"{folder}/touch_pairs.sql")
    if scope.has_new_month and not scope.is_rebuild:
        session.execute(f"{folder}/touch_all_pairs.sql")
    changed = {}
    for side in ("supply", "demand"):
        # A rebuild touches the pairs that now exist, so old ones go by emptying, not by pair.
        step = "empty" if scope.is_rebuild else "delete"
        removed = session.execute(f"{folder}/{step}_skill_{side}.sql")
        written[f"skill_{side}"] = session.execute(f"{folder}/skill_{side}.sql", today)
        changed[f"retraining.skill_{side}"] = written[f"skill_{side}"] - removed
    changed["retraining.skill_gap"] = session.fetch_all(f"{folder}/count_gap.sql")[0]["row_count"]
    return written, changed


def _save_freshness(session: Session, scope: _Scope, changed: Mapping[str, int]) -> None:
    for view, entities in VIEWS[scope.group].items():
        session.execute(
            "marts/save_freshness.sql",
            {
                "view_name": view,
                "mart_group": scope.group,
                "entities": list(entities),
                "batch_ids": scope.batch_ids,
                "row_change": changed.get(view, 0),
                # The gap is counted whole; the others by what came and went.
                "is_count": view == "retraining.skill_gap" and view in changed,
            },
        )
