"""Reconciliation: the invariants, checked on what is really stored and on what Kafka itself says.

C1 conservation, C2 uniqueness, C3 atomic offsets, C4 no rewritten history, C7 privacy, C8 dead letters, and the ledger.
All queries see one snapshot of the warehouse, taken before Kafka is asked, so an event that lands meanwhile is no
difference; an event that is still on its way is one, until it is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from arna.ledger import EVENT_TOPICS, LedgerTotals, ledger_totals
from arna.privacy import scan_warehouse
from arna.rereading import LandedRun, compare_dead_letters, compare_messages
from arna.topics import ENTITIES, Offsets, dead_letter_topic, event_topic, read_offsets
from arna.vault import Vault, read_iins
from arna.warehouse.database import Database, Session

CHECKS = ("C1", "C2", "C3", "C4", "C7", "C8", "ledger")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of one check; the detail names places and counts, never values."""

    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class EntityTotals:
    """What became of an entity's events.

    difference = published - (loaded + superseded + duplicate + rejected + held)
    """

    published: int
    landed: int
    loaded: int
    superseded: int
    duplicate: int
    rejected: int
    held: int
    difference: int


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """Everything ``arna reconcile`` found."""

    entities: Mapping[str, EntityTotals]
    checks: Mapping[str, Check]

    @property
    def checks_ok(self) -> bool:
        """Whether no invariant is broken; events may still be on their way."""
        return all(check.ok for check in self.checks.values())

    @property
    def ok(self) -> bool:
        """Whether no invariant is broken and every published event is accounted for."""
        return self.checks_ok and all(totals.difference == 0 for totals in self.entities.values())

    def failures(self) -> list[str]:
        """One sentence per failed check."""
        return [f"{name}: {check.detail}" for name, check in self.checks.items() if not check.ok]

    def as_json(self) -> dict[str, Any]:
        """``{ok, entities: {…}, checks: {…}}``."""
        return {
            "ok": self.ok,
            "entities": {
                name: {field: getattr(totals, field) for field in EntityTotals.__slots__}
                for name, totals in self.entities.items()
            },
            "checks": {name: {"ok": check.ok, "detail": check.detail} for name, check in self.checks.items()},
        }


@dataclass(frozen=True, slots=True)
class _Landed:
    """A row of ``ops/list_landed_offsets.sql``; offsets are None where ``ops.landing_offset`` knows nothing of it."""

    topic_name: str | None
    entity: str | None
    topic_id: UUID
    partition: int
    start_offset: int | None
    next_offset: int | None
    claimed_offset: int | None
    row_count: int
    repeated_count: int
    rejected_count: int
    gap_count: int
    lost_count: int
    min_offset: int | None
    max_offset: int | None
    updated_at: Any

    @property
    def place(self) -> str:
        return f"{self.topic_name or self.topic_id}-{self.partition}"

    @property
    def expected(self) -> int:
        return (self.next_offset or 0) - (self.start_offset or 0)

    @property
    def stored(self) -> int:
        return self.row_count + self.rejected_count + self.gap_count


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read, once, for all checks."""

    landed: Sequence[_Landed]
    totals: Mapping[str, LedgerTotals]
    misplaced: Mapping[str, Mapping[str, int]]
    letters: Mapping[str, int]
    kafka: Offsets

    def current(self) -> dict[tuple[str, int], _Landed]:
        """Partitions of the topics that Kafka has now."""
        return {
            (row.topic_name, row.partition): row
            for row in self.landed
            if row.topic_name is not None and self.kafka.topic_ids.get(row.topic_name) == row.topic_id
        }


def reconcile(
    database: Database,
    bootstrap_servers: str,
    *,
    checks: Collection[str] = CHECKS,
    vault: Vault | None = None,
    deep: bool = False,
) -> ReconcileReport:
    """Compares Kafka, raw, core and the ledger.

    Args:
        database: the warehouse, as its owner or as ``arna_loader``; C7 needs the owner.
        bootstrap_servers: Kafka.
        checks: which checks to make.
        vault: opens the numbers that C7 looks for; unset: C7 is not made, and says so.
        deep: read every landed message that Kafka still has again and compare its hash (C4), and read the dead
            letters again (C8).

    Raises:
        TransientError: Kafka or PostgreSQL does not answer.
    """
    with database.session("repeatable read", read_only=True) as session:
        facts = _read_facts(session, bootstrap_servers, set(checks))
        makers: dict[str, Callable[[], Check]] = {
            "C1": lambda: _check_conservation(facts),
            "C2": lambda: _check_uniqueness(facts),
            "C3": lambda: _check_offsets(facts),
            "C4": lambda: _check_history(facts, session, bootstrap_servers if deep else None),
            "C8": lambda: _check_dead_letters(facts, session, bootstrap_servers if deep else None),
            "ledger": lambda: _check_ledger(facts),
        }
        made = {name: makers[name]() for name in CHECKS if name in checks and name in makers}
    if "C7" in checks:
        made["C7"] = _check_privacy(database, vault)
    entities = {entity: _entity_totals(facts, entity) for entity in ENTITIES}
    return ReconcileReport(entities, {name: made[name] for name in CHECKS if name in made})


def _read_facts(session: Session, bootstrap_servers: str, checks: set[str]) -> _Facts:
    landed = [_Landed(**row) for row in session.fetch_all("ops/list_landed_offsets.sql")]
    totals = {row.entity: row for row in ledger_totals(session)}
    misplaced: dict[str, Mapping[str, int]] = {}
    if "C2" in checks:
        for entity in ENTITIES:
            names = {"entity": entity}
            misplaced[entity] = session.fetch_one("ops/count_misplaced_events.sql", names, names) or {}
    letters = (session.fetch_one("ops/count_dead_letters.sql") or {}) if "C8" in checks else {}
    topics = [*EVENT_TOPICS, *(dead_letter_topic(name) for name in EVENT_TOPICS)]
    return _Facts(landed, totals, misplaced, letters, read_offsets(bootstrap_servers, topics))


def _entity_totals(facts: _Facts, entity: str) -> EntityTotals:
    rows = [row for row in facts.landed if row.entity == entity]
    ledger = facts.totals.get(entity) or LedgerTotals(entity, 0, 0, 0, 0, 0, 0, 0, 0, None)
    landed = sum(row.row_count + row.rejected_count for row in rows)
    published = sum(row.expected - row.gap_count for row in rows) + _count_waiting(facts, event_topic(entity))
    accounted = ledger.loaded + ledger.superseded + ledger.duplicate + ledger.rejected + ledger.held
    return EntityTotals(
        published=published,
        landed=landed,
        loaded=ledger.loaded,
        superseded=ledger.superseded,
        duplicate=ledger.duplicate,
        rejected=ledger.rejected,
        held=ledger.held,
        difference=published - accounted,
    )


def _count_waiting(facts: _Facts, topic: str) -> int:
    current = facts.current()
    waiting = 0
    for (name, partition), end in facts.kafka.end.items():
        if name == topic:
            row = current.get((name, partition))
            known = row.next_offset if row is not None else None
            waiting += end - (facts.kafka.begin[name, partition] if known is None else known)
    return waiting


def _check_conservation(facts: _Facts) -> Check:
    problems = [problem for row in facts.landed if (problem := _find_loss(row)) is not None]
    problems += [problem for row in facts.current().values() if (problem := _find_disagreement(row, facts.kafka))]
    stored = sum(row.row_count + row.rejected_count for row in facts.landed)
    gaps, lost = sum(row.gap_count for row in facts.landed), sum(row.lost_count for row in facts.landed)
    summary = f"{stored} events and {gaps} declared gap offsets in {len(facts.landed)} partitions"
    if lost:
        summary += f"; {lost} offsets were lost to retention before they could be landed"
    return _check(problems, summary)


def _find_loss(row: _Landed) -> str | None:
    """What is wrong with a partition by the warehouse's own account."""
    if row.next_offset is None or row.start_offset is None:
        return f"{row.place}: {row.stored} offsets stored of a partition without a landing offset"
    if row.stored != row.expected:
        return f"{row.place}: {row.expected - row.stored} offsets missing below {row.next_offset}"
    if row.min_offset is not None and row.min_offset < row.start_offset:
        return f"{row.place}: offset {row.min_offset} is stored but the warehouse starts at {row.start_offset}"
    return None


def _find_disagreement(row: _Landed, kafka: Offsets) -> str | None:
    """What is wrong with a partition by Kafka's account."""
    if row.next_offset is None:
        return None
    begin = kafka.begin.get((row.topic_name or "", row.partition))
    end = kafka.end.get((row.topic_name or "", row.partition))
    if begin is None or end is None:
        return f"{row.place}: landed, but Kafka has no such partition"
    if end < row.next_offset:
        return f"{row.place}: landed up to {row.next_offset}, but Kafka ends at {end}"
    if begin > row.next_offset:
        return f"{row.place}: Kafka deleted {begin - row.next_offset} offsets that were not landed"
    return None


_MISPLACED = {
    "landed_and_refused": "both in raw and refused at landing",
    "refused_without_raw": "refused at load without a row in raw",
    "loaded_twice": "more than once in core",
    "loaded_without_raw": "in core without the same event in raw",
    "loaded_and_refused": "both in core and refused",
    "loaded_and_duplicate": "both in core and called a duplicate",
}


def _check_uniqueness(facts: _Facts) -> Check:
    problems = [f"{row.place}: {row.repeated_count} offsets twice in raw" for row in facts.landed if row.repeated_count]
    for entity, counts in facts.misplaced.items():
        problems += [f"{entity}: {count} {_MISPLACED[name]}" for name, count in counts.items() if count]
    return _check(problems, "each offset stands in one place")


def _check_offsets(facts: _Facts) -> Check:
    problems: list[str] = []
    for row in facts.landed:
        if row.next_offset is None:
            continue
        expected = row.start_offset if row.max_offset is None else row.max_offset + 1
        if row.next_offset != expected:
            problems.append(f"{row.place}: next offset is {row.next_offset}, stored offsets say {expected}")
    return _check(problems, "each next offset is one more than the last stored")


def _check_history(facts: _Facts, session: Session, bootstrap_servers: str | None) -> Check:
    problems: list[str] = []
    known: dict[str, set[UUID]] = {}
    for row in facts.landed:
        if row.topic_name is not None:
            known.setdefault(row.topic_name, set()).add(row.topic_id)
    for topic, ids in sorted(known.items()):
        now = facts.kafka.topic_ids.get(topic)
        if now is None:
            problems.append(f"{topic}: landed from, but Kafka does not have it any more")
        elif now not in ids:
            problems.append(f"{topic}: Kafka has another topic of this name than the one landed from")
    recreated = sum(len(ids) - 1 for ids in known.values())
    summary = "each topic is the one landed from"
    if recreated:
        summary = f"{recreated} topics were made anew since; what had landed of the old ones is kept"
    if bootstrap_servers is not None:
        partitions = [
            LandedRun(topic, partition, row.topic_id, row.entity or "", row.start_offset or 0, row.next_offset)
            for (topic, partition), row in sorted(facts.current().items())
            if row.next_offset is not None
        ]
        compared, differing = compare_messages(session, bootstrap_servers, partitions, facts.kafka)
        problems += differing
        summary += f"; {compared} messages read again, all as stored"
    return _check(problems, summary)


def _check_dead_letters(facts: _Facts, session: Session, bootstrap_servers: str | None) -> Check:
    letters = facts.letters
    problems = []
    if count := letters.get("without_letter", 0):
        problems.append(f"{count} rejections have no dead letter")
    if count := letters.get("without_rejection", 0):
        problems.append(f"{count} dead letters have no rejection")
    arrived = sum(facts.kafka.end.get(place, 0) for place in facts.kafka.end if place[0].startswith("dlq."))
    if arrived < letters.get("sent", 0):
        problems.append(f"{letters['sent']} dead letters are marked as sent, but Kafka has {arrived}")
    summary = f"{letters.get('sent', 0)} dead letters sent, {letters.get('unsent', 0)} waiting to be sent"
    if bootstrap_servers is not None:
        compared, differing = compare_dead_letters(session, bootstrap_servers, facts.kafka)
        problems += differing
        summary += f"; {compared} read again"
    return _check(problems, summary)


def _check_ledger(facts: _Facts) -> Check:
    problems = []
    for entity in ENTITIES:
        totals = facts.totals.get(entity)
        stored = sum(row.row_count + row.rejected_count for row in facts.landed if row.entity == entity)
        counted = totals.landed if totals is not None else 0
        if counted != stored:
            problems.append(f"{entity}: {stored} events stored, {counted} of them in a batch or waiting for one")
        if totals is not None and totals.incident_count:
            first = totals.first_incident_batch_id
            problems.append(f"{entity}: {totals.incident_count} lines do not add up, the first in batch {first}")
    pending = sum(totals.pending for totals in facts.totals.values())
    return _check(problems, f"landed = loaded + superseded + duplicate + rejected + held + pending ({pending} pending)")


def _check_privacy(database: Database, vault: Vault | None) -> Check:
    if vault is None:
        return Check(ok=True, detail="not checked: no vault keys here")
    iins = read_iins(database, vault)
    findings = scan_warehouse(database, iins)
    problems = [f"{finding.place}: {finding.count} personal numbers" for finding in findings]
    return _check(problems, f"none of {len(iins)} personal numbers stands outside the vault")


def _check(problems: Sequence[str], summary: str) -> Check:
    if not problems:
        return Check(ok=True, detail=summary)
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return Check(ok=False, detail="; ".join(problems[:_SHOWN]) + more)
