"""Publishes adapted rows and keeps account: read = accepted + refused + unknown, always."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from arna.errors import BrokerUnavailable, ContractError
from producers.publisher import Delivery, EventPublisher, Outcome
from producers.rows import AdaptedRow, Refusal

MAX_LISTED_REFUSALS = 10_000
"""Refusals beyond it are counted, not listed."""
_PROGRESS_EVERY = 500


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A record that was not published, without any of its values.

    Attributes:
        file: name of the file.
        row: number of the record in it.
        rejection_class: class of the reason.
        rule_id: the rule.
        pointer: JSON pointer to the field.
    """

    file: str
    row: int
    rejection_class: str
    rule_id: str
    pointer: str

    def as_json(self) -> dict[str, Any]:
        """The refusal under the names of the command's output."""
        return {
            "file": self.file,
            "row": self.row,
            "class": self.rejection_class,
            "rule": self.rule_id,
            "pointer": self.pointer,
        }


@dataclass(slots=True)
class PublishReport:
    """What became of the records of a run.

    Attributes:
        read: records read.
        accepted: records that Kafka acknowledged; in a dry run, those that keep their contract.
        refused: records that were not published.
        unknown: records without an answer: publish them again, their ids make that harmless.
        refusals: the refused records, at most ``MAX_LISTED_REFUSALS``.
        by_rule: how many were refused by class and rule.
        unchecked: those sent although they break their contract, for the lander to reject.
        interrupted: the broker went away, so the rest of the records was not read.
        iins: the identity numbers that were published, for a privacy scan; never printed.
    """

    read: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    unchecked: int = 0
    interrupted: bool = False
    refusals: list[RefusedRow] = field(default_factory=list)
    by_rule: dict[tuple[str, str], int] = field(default_factory=dict)
    iins: set[str] = field(default_factory=set, repr=False)

    def refuse(self, row: AdaptedRow, refusal: Refusal) -> None:
        """Counts a record as refused."""
        self.refused += 1
        key = (refusal.rejection_class, refusal.rule_id)
        self.by_rule[key] = self.by_rule.get(key, 0) + 1
        if len(self.refusals) < MAX_LISTED_REFUSALS:
            self.refusals.append(RefusedRow(row.file, row.row, *asdict(refusal).values()))

    def as_json(self) -> dict[str, Any]:
        """The report as the last line of ``--json``."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "refused": self.refused,
            "unknown": self.unknown,
            "unchecked": self.unchecked,
            "interrupted": self.interrupted,
            "refusals": [refusal.as_json() for refusal in self.refusals],
        }


class _Waiting:
    """Deliveries that have no answer yet, oldest first."""

    def __init__(self, report: PublishReport) -> None:
        self._report = report
        self._queue: deque[tuple[AdaptedRow, Delivery]] = deque()

    def add(self, row: AdaptedRow, delivery: Delivery) -> None:
        self._queue.append((row, delivery))

    def settle(self, *, final: bool = False) -> None:
        while self._queue and (final or self._queue[0][1].outcome is not Outcome.PENDING):
            row, delivery = self._queue.popleft()
            match delivery.outcome:
                case Outcome.DELIVERED:
                    self._report.accepted += 1
                case Outcome.REFUSED:
                    self._report.refuse(row, Refusal("broker_refused", delivery.error or "unknown_error"))
                case _:
                    self._report.unknown += 1


def publish_rows(
    rows: Iterable[AdaptedRow],
    publisher: EventPublisher | None,
    *,
    unchecked: bool = False,
    on_progress: Callable[[int], None] | None = None,
    flush_timeout: float | None = None,
) -> PublishReport:
    """Checks and publishes rows in their order.

    Args:
        rows: adapted rows; read as they are published, never held together.
        publisher: where to; None is a dry run, which checks everything and sends nothing.
        unchecked: send also what breaks its contract, for the lander to reject with its reason.
        on_progress: called with the number of further rows read, every few hundred.
        flush_timeout: seconds to wait for the last answers.

    Returns:
        The report; an exception of the rows themselves is passed on.
    """
    report = PublishReport()
    waiting = _Waiting(report)
    reported = 0
    for row in rows:
        report.read += 1
        if report.read % _PROGRESS_EVERY == 0:
            waiting.settle()
            if on_progress is not None:
                on_progress(_PROGRESS_EVERY)
            reported = report.read
        _publish_row(row, publisher, report, waiting, unchecked)
        if report.interrupted:
            break
    if publisher is not None:
        publisher.flush(flush_timeout)
    waiting.settle(final=True)
    if on_progress is not None and report.read > reported:
        on_progress(report.read - reported)
    return report


def _publish_row(
    row: AdaptedRow, publisher: EventPublisher | None, report: PublishReport, waiting: _Waiting, unchecked: bool
) -> None:
    if row.draft is None:
        report.refuse(row, row.refusal or Refusal("record_ignored", "nothing_to_publish"))
        return
    event = None
    try:
        event = row.draft.check()
    except ContractError as error:
        if not unchecked:
            report.refuse(row, Refusal(error.rejection_class, error.rule_id, error.pointer))
            return
        report.unchecked += 1
    except (TypeError, ValueError):
        # A value that JSON has no form for (bytes of a Parquet column, an integer of 30 digits).
        report.refuse(row, Refusal("schema_invalid", "type_mismatch", "/data"))
        return
    report.iins.update(row.draft.iins())
    if publisher is None:
        report.accepted += 1
        return
    try:
        waiting.add(row, publisher.send_unchecked(event or row.draft.unchecked()))
    except BrokerUnavailable:
        if report.read == 1:
            raise
        report.unknown += 1
        report.interrupted = True
