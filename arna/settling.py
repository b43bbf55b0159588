"""The end of a batch: each of its events becomes a version of core, a duplicate or a rejection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arna import __version__
from arna.batches import Batch, Settlement, entity_names, finish_batch, read_batch, read_settlement
from arna.contracts.rules import RULES, Rule
from arna.errors import IntegrityError
from arna.staging import StageLostError, count_stage, is_whole, stage_lost
from arna.warehouse.database import Database, Session

# Autovacuum that comes by while such a load is not committed yet takes the table for empty, and the next batch gets
# plans for an empty core.
_ANALYZE_FROM_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """What a rejection by a rule says, and which field it points to."""

    rule: Rule
    pointer: str


def settle_batch(db: Database, batch: Batch, reasons: Mapping[str, RejectionReason]) -> Settlement:
    """Loads the batch: rejections, duplicates, core versions and the batch's end in one transaction.

    Call it under the entity's lock. A batch that is loaded already is left as it is.

    Args:
        db: the warehouse.
        batch: a validated batch.
        reasons: what a rejection says, by rule id; the conflicts of the load itself are added here.

    Raises:
        StageLostError: the stage does not hold the batch any more, or it was not validated.
    """
    with db.session() as session:
        batch = read_batch(session, batch.batch_id)
        if not batch.is_open:
            return read_settlement(session, batch)
        counts = count_stage(session, batch)
        if batch.state != "validated" or not is_whole(batch, counts):
            raise StageLostError(stage_lost(batch))
        names = entity_names(batch.entity)
        entity = {"entity": str(batch.entity)}
        session.execute("load/allow_memory.sql")
        if counts["failing"] or counts["duplicates"]:
            # The marks came after the stage was analysed; a planner that expects none of them joins row by row.
            session.execute("load/analyze_stage.sql", names=names)
        if _decide_conflicts(session, names):
            counts = count_stage(session, batch)
        if counts["failing"]:
            if counts["duplicates"]:
                session.execute("load/reject_repeats.sql", names=names)
            session.execute("load/insert_rejections.sql", entity | _reason_columns(reasons), names)
        if counts["duplicates"]:
            session.execute("load/insert_duplicates.sql", entity, names)
        if session.execute("load/create_placement.sql", names=names):
            session.execute("load/analyze_placement.sql")
            session.execute("load/retire_versions.sql", names=names)
            session.execute("load/supersede_versions.sql", names=names)
        session.execute(f"load/{batch.entity}/insert_core.sql")
        settlement = read_settlement(session, batch)
        _check_sum(batch, settlement)
        if settlement.loaded >= _ANALYZE_FROM_EVENTS:
            session.execute("load/analyze_core.sql", names=names)
        session.execute("load/empty_stage.sql", names=names)
        finish_batch(session, batch, "loaded")
        return settlement


def _decide_conflicts(session: Session, names: Mapping[str, str]) -> bool:
    """Settles events that share an id or a version, as if they had come one by one in landing order.

    Each round accepts the events that come first for both their id and their version, and settles those that
    meet an accepted one; an event can be refused by one that is itself refused later on, hence the rounds.
    Returns whether there were any.
    """
    if not session.execute("load/create_contested.sql", names=names):
        return False
    session.execute("load/analyze_contested.sql")
    session.execute("load/read_contested.sql", names=names)
    session.execute("load/decide_by_core.sql")
    while session.execute("load/decide_accept.sql"):
        session.execute("load/decide_by_event.sql")
        session.execute("load/decide_by_version.sql")
    session.execute("load/apply_contested.sql", names=names)
    return True


def _reason_columns(reasons: Mapping[str, RejectionReason]) -> dict[str, Any]:
    conflicts = {rule_id: RejectionReason(RULES[rule_id], "") for rule_id in ("event_id_conflict", "version_conflict")}
    every = [*reasons.values(), *conflicts.values()]
    return {
        "rule_ids": [each.rule.rule_id for each in every],
        "rejection_classes": [str(each.rule.rejection_class) for each in every],
        "pointers": [each.pointer for each in every],
        "messages_kk": [each.rule.kk for each in every],
        "messages_ru": [each.rule.ru for each in every],
        "messages_en": [each.rule.en for each in every],
        "release": __version__,
    }


def _check_sum(batch: Batch, settlement: Settlement) -> None:
    total = settlement.loaded + settlement.superseded + settlement.duplicates + settlement.rejected
    if total != batch.event_count:
        message = (
            f"batch {batch.batch_id} of {batch.entity} has {batch.event_count} events, but {total} were settled; "
            "nothing was changed."
        )
        raise IntegrityError(message)
