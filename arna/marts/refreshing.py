"""Refresh and rebuild of the marts.

A refresh takes in the loaded batches its group has not taken in yet, recomputes the people, skills and months
these touch, and commits once, so a reader never sees half. Every figure is a function of ``core``, ``ref`` and
the day alone: in whatever order batches come, and however they are cut, the content is the same, and
``rebuild`` gives that content from nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from arna.errors import ConfigError, WarehouseUnavailable
from arna.marts.profile import refresh_profile
from arna.marts.publishing import Change, Publisher, announce, is_changed
from arna.marts.registry import GROUPS, VIEWS, MartGroup
from arna.marts.retraining import refresh_retraining
from arna.marts.scope import Scope
from arna.skills.terms import decide_terms
from arna.warehouse.database import Database, Session
from arna.warehouse.sqlfiles import list_sql, read_sql


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
        rows: rows computed, by mart table.
        changes: rows that were added, updated and removed, by mart table; none where what was computed was there.
    """

    group: MartGroup
    as_of: date
    is_rebuild: bool
    batches: int
    persons: int
    vacancies: int
    rows: Mapping[str, int]
    changes: Mapping[str, Change]

    def counts(self) -> dict[str, object]:
        """What was recomputed, as JSON has it: counts and the day, no values."""
        return {
            "as_of": self.as_of.isoformat(),
            "is_rebuild": self.is_rebuild,
            "batches": self.batches,
            "persons": self.persons,
            "vacancies": self.vacancies,
            "rows": dict(self.rows),
        }


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


@contextmanager
def lock_group(db: Database, group: MartGroup) -> Iterator[None]:
    """Waits for a group's lock and holds it: nobody else refreshes the group meanwhile. It may be taken within itself.

    Raises:
        WarehouseUnavailable: it was not to be had.
    """
    with db.entity_lock(f"mart.{group}", wait=True) as is_locked:
        if not is_locked:
            message = f"the lock of the {group} marts was not to be had."
            raise WarehouseUnavailable(message)
        yield


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
    with lock_group(db, group):
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
    days = {"as_of_date": as_of, "today": today}
    reference = session.fetch_all(
        "marts/read_reference.sql", {**days, "reference_load_id": state["reference_load_id"] or 0}
    )[0]
    scope = Scope(
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
        # The profile group holds nothing that is made of occupations.
        has_new_reference=group == "retraining" and reference["has_new_reference"],
        change_seq=(state["change_seq"] or 0) + 1,
    )
    publisher = Publisher(session, scope)
    persons = vacancies = 0
    written: dict[str, int] = {}
    if scope.has_news:
        persons = _touch_persons(session, scope)
        _replace_skills(session, publisher, scope)
        if group == "profile":
            written = refresh_profile(session, publisher, scope)
        else:
            written = refresh_retraining(session, publisher, scope)
            vacancies = written["posting"]
    if scope.is_rebuild:
        session.execute(f"marts/{group}/analyze_marts.sql")
    session.execute("marts/mark_batches.sql", {"mart_group": group, "waiting_ids": scope.waiting_ids})
    values = {
        "mart_group": group,
        "today": today,
        "model_sha256": models,
        "skill_revision": state["latest_skill_revision"],
        "reference_load_id": reference["load_id"],
        "change_seq": scope.change_seq if any(publisher.changes.values()) else scope.change_seq - 1,
    }
    session.execute("marts/save_state.sql", values)
    announce(session, scope, VIEWS[group], publisher.changes)
    _save_freshness(session, scope, publisher.changes)
    batches = len(scope.waiting_ids)
    return RefreshResult(group, today, scope.is_rebuild, batches, persons, vacancies, written, publisher.changes)


def _has_lost_skills(session: Session, group: MartGroup) -> bool:
    """Notes which keys changed their meaning; whether only a rebuild finds all that counted under them."""
    session.execute("marts/touch_skills.sql", {"mart_group": group})
    has_lost: bool = session.fetch_all("marts/has_lost_skills.sql")[0]["has_lost"]
    return has_lost


def _touch_persons(session: Session, scope: Scope) -> int:
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


def _replace_skills(session: Session, publisher: Publisher, scope: Scope) -> None:
    group = {"mart_group": scope.group}
    if scope.is_rebuild:
        session.execute("marts/delete_mentions.sql", group)
    elif scope.has_new_skills:
        session.execute("marts/rekey_mentions.sql", group)
    named = session.execute("marts/skill_mention.sql", {**group, "batch_ids": scope.batch_ids})
    if named or scope.is_rebuild or scope.has_new_skills:
        # One table for both groups: even a rebuild speaks for its own rows only.
        publisher.replace("skill", group, scope_params=group, folder="marts")


def _save_freshness(session: Session, scope: Scope, changes: Mapping[str, Change]) -> None:
    for name, view in VIEWS[scope.group].items():
        change = changes.get(view.table, Change()) if view.table is not None else None
        session.execute(
            "marts/save_freshness.sql",
            {
                "view_name": name,
                "mart_group": scope.group,
                "entities": list(view.entities),
                "batch_ids": scope.batch_ids,
                "row_change": None if change is None else change.growth,
                "change_seq": scope.change_seq if is_changed(view, changes) else 0,
                "table_name": view.table,
            },
        )
