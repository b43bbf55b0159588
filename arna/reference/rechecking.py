"""Rows that waited for a code: their warning is taken back once the code is in the reference.

A row whose code is unknown loads with a warning. When a later load of the reference brings the code, the warning says
something that is no longer so. It is taken out of the row, what was taken out is kept in ``ops.cleared_warning``, and
the batches of those rows are queued for the marts again. Rows that are staged and not loaded yet are corrected too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from arna.contracts.registry import Entity
from arna.errors import WarehouseUnavailable
from arna.warehouse.database import Database, Session

RULES: dict[str, tuple[Entity, ...]] = {
    "kato_unknown": (Entity.ENROLMENT, Entity.VACANCY),
    "occupation_unknown": (Entity.VACANCY,),
}
"""Warnings about a code that the reference lacks, and the entities that have the code."""

_SUBJECTS = {Entity.ENROLMENT: "enrolment_id", Entity.CERTIFICATION: "certificate_id", Entity.VACANCY: "vacancy_id"}


@dataclass(frozen=True, slots=True)
class Recheck:
    """What became of the rows that waited for a code.

    Attributes:
        entity: what they are.
        rule_id: the warning they had.
        waiting: versions in core that had it.
        cleared: of those, versions whose code is known now.
    """

    entity: str
    rule_id: str
    waiting: int
    cleared: int


def recheck_warnings(db: Database) -> list[Recheck]:
    """Checks every waiting row again, entity by entity, each in one transaction under the entity's lock.

    The lock keeps a load from putting the old warning into core right behind this.

    Raises:
        WarehouseUnavailable: try again; entities that are done stay done.
    """
    return [
        recheck for entity in dict.fromkeys(e for each in RULES.values() for e in each) for recheck in _run(db, entity)
    ]


def _run(db: Database, entity: Entity) -> Iterator[Recheck]:
    with db.entity_lock(str(entity), wait=True) as is_locked:
        if not is_locked:
            message = f"the lock of {entity} was not to be had."
            raise WarehouseUnavailable(message)
        with db.session() as session:
            rechecks = [_recheck(session, entity, rule) for rule, entities in RULES.items() if entity in entities]
    yield from (recheck for recheck in rechecks if recheck.waiting)


def _recheck(session: Session, entity: Entity, rule_id: str) -> Recheck:
    names = {"entity": str(entity), "subject": _SUBJECTS[entity]}
    params = {"entity": str(entity), "rule_id": rule_id}
    session.execute(f"reference/recheck_stage_{rule_id}.sql", names=names)
    waiting = session.fetch_all("reference/count_waiting.sql", params, names)[0]["row_count"]
    cleared = 0
    if waiting:
        cleared = session.execute(f"reference/recheck_{rule_id}.sql", params, names)
        session.execute("reference/insert_recheck.sql", {**params, "waiting": waiting, "unknown": waiting - cleared})
    if cleared:
        session.execute("reference/queue_rechecked.sql", params)
    return Recheck(str(entity), rule_id, waiting, cleared)
