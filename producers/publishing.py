"""Publishes adapted rows and keeps account: read = accepted + refused + unknown, always."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from arna.errors import ConfigError, ContractError, IntegrityError, TransientError
from producers.direct import Delivery, Outcome, RawMessage, raw_message
from producers.publisher import Publisher
from producers.rows import AdaptedRow, Refusal
from producers.spool import SpoolFull
from producers.spooled import SpooledDelivery

MAX_LISTED_REFUSALS = 10_000
"""Refusals beyond it are counted, not listed."""
PATIENCE_SECONDS = 120.0
_PROGRESS_EVERY = 500
# One call is one commit of the spool; not larger than a spool may be.
_CALL_EVENTS = 500
_CALL_BYTES = 1 << 20
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A record that was not published, without any of its values.

    Attributes:
        file: name of the file.
        row: number of the record in it.
        rejection_class: class of the reason.
        rule_id: the rule.
        pointer: JSON pointer to the field.
        column: heading of the column, where the file is a table and the field comes from one.
    """

    file: str
    row: int
    rejection_class: str
    rule_id: str
    pointer: str
    column: str = ""

    def as_json(self) -> dict[str, Any]:
        """The refusal under the names of the command's output."""
        named = {
            "file": self.file,
            "row": self.row,
            "class": self.rejection_class,
            "rule": self.rule_id,
            "pointer": self.pointer,
        }
        return {**named, "column": self.column} if self.column else named


@dataclass(slots=True)
class PublishReport:
    """What became of the records of a run.

    Attributes:
        read: records read.
        accepted: records that Kafka acknowledged; in a dry run, those that keep their contract.
        refused: records that were not published.
        unknown: records without an answer: publish them again, their ids make that harmless.
        spooled: those of the unknown that wait in the spool, from where they will be sent.
        refusals: the refused records, at most ``MAX_LISTED_REFUSALS``.
        by_rule: how many were refused by class and rule.
        unchecked: those sent although they break their contract, for the lander to reject.
        interrupted: the broker went away or the spool is full, so the rest of the records was not read.
        interruption: why, in one sentence.
        failure: why the files were not read to their end; what was read before it is accounted for.
        notes: what reading found beside the rows, by name.
        iins: the identity numbers that were published, for a privacy scan; never printed.
    """

    read: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    spooled: int = 0
    unchecked: int = 0
    interrupted: bool = False
    interruption: str = ""
    refusals: list[RefusedRow] = field(default_factory=list)
    by_rule: dict[tuple[str, str], int] = field(default_factory=dict)
    failure: ConfigError | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    iins: set[str] = field(default_factory=set, repr=False)

    def refuse(self, row: AdaptedRow, refusal: Refusal) -> None:
        """Counts a record as refused."""
        self.refused += 1
        key = (refusal.rejection_class, refusal.rule_id)
        self.by_rule[key] = self.by_rule.get(key, 0) + 1
        if len(self.refusals) < MAX_LISTED_REFUSALS:
            column = refusal.column or row.column_of(refusal.pointer)
            self.refusals.append(
                RefusedRow(row.file, row.row, refusal.rejection_class, refusal.rule_id, refusal.pointer, column)
            )

    def as_json(self) -> dict[str, Any]:
        """The report as the last line of ``--json``."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "refused": self.refused,
            "unknown": self.unknown,
            "spooled": self.spooled,
            "unchecked": self.unchecked,
            "interrupted": self.interrupted,
            **({"error": str(self.failure)} if self.failure else {}),
            **self.notes,
            "refusals": [refusal.as_json() for refusal in self.refusals],
        }


class _Sending:
    """Rows on their way: gathered into calls of some hundred, then waiting for their answers, oldest first."""

    def __init__(self, report: PublishReport, publisher: Publisher, patience: float) -> None:
        self._report = report
        self._publisher = publisher
        self._patience = patience
        self._gathered: list[tuple[AdaptedRow, RawMessage]] = []
        self._bytes = 0
        self._waiting: deque[tuple[AdaptedRow, Delivery]] = deque()
        self._is_first_call = True

    def add(self, row: AdaptedRow, message: RawMessage) -> None:
        """Takes a row; sends when there are enough."""
        self._gathered.append((row, message))
        self._bytes += len(message.value or b"")
        if len(self._gathered) >= _CALL_EVENTS or self._bytes >= _CALL_BYTES:
            self._send()

    def _send(self) -> None:
        rows = [row for row, _ in self._gathered]
        messages = [message for _, message in self._gathered]
        self._gathered, self._bytes = [], 0
        try:
            deliveries = self._try(messages)
        except (TransientError, IntegrityError) as error:
            if self._is_first_call and not isinstance(error, SpoolFull):
                raise  # nothing was sent, so there is nothing to account for
            self._report.unknown += len(rows)
            self._interrupt(error)
        else:
            self._waiting.extend(zip(rows, deliveries, strict=True))
            self._settle()
        self._is_first_call = False

    def _try(self, messages: list[RawMessage]) -> list[Delivery]:
        """Sends; where the spool is full, as soon as it has drained a little.

        Raises:
            SpoolFull: it drained nothing for too long.
        """
        progress = _Progress(self._patience)
        while True:
            try:
                return self._publisher.send_many(messages)
            except SpoolFull:
                self._publisher.flush(_LOOK_SECONDS)
                self._settle()
                if not progress.goes_on(len(self._waiting)):
                    raise

    def finish(self, on_waiting: Callable[[int], None] | None) -> None:
        """Sends the rest and waits for the answers until none comes for too long."""
        if self._gathered:
            self._send()
        progress = _Progress(self._patience)
        try:
            while self._waiting and progress.goes_on(len(self._waiting)):
                self._publisher.flush(_LOOK_SECONDS)
                self._settle()
                if self._waiting and on_waiting is not None:
                    on_waiting(len(self._waiting))
        except IntegrityError as error:
            self._interrupt(error)
        self._settle(final=True)

    def _interrupt(self, error: Exception) -> None:
        self._report.interrupted = True
        self._report.interruption = str(error)

    def _settle(self, *, final: bool = False) -> None:
        while self._waiting and (final or self._waiting[0][1].outcome is not Outcome.PENDING):
            row, delivery = self._waiting.popleft()
            match delivery.outcome:
                case Outcome.DELIVERED:
                    self._report.accepted += 1
                case Outcome.REFUSED:
                    self._report.refuse(row, Refusal("broker_refused", delivery.error or "unknown_error"))
                case _:
                    self._report.unknown += 1
                    self._report.spooled += isinstance(delivery, SpooledDelivery)


class _Progress:
    """Whether anything still happens: fewer and fewer wait, or the last time that was so is not long ago."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._fewest: int | None = None
        self._since = monotonic()

    def goes_on(self, waiting: int) -> bool:
        if self._fewest is None or waiting < self._fewest:
            self._fewest, self._since = waiting, monotonic()
        return monotonic() - self._since < self._patience


def publish_rows(
    rows: Iterable[AdaptedRow],
    publisher: Publisher | None,
    *,
    unchecked: bool = False,
    on_progress: Callable[[int], None] | None = None,
    on_waiting: Callable[[int], None] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> PublishReport:
    """Checks and publishes rows in their order.

    Args:
        rows: adapted rows; read as they are published, never held together.
        publisher: where to; None is a dry run, which checks everything and sends nothing.
        unchecked: send also what breaks its contract, for the lander to reject with its reason.
        on_progress: called with the number of further rows read, every few hundred.
        on_waiting: called about once a second with how many have no answer, once all are read.
        patience: seconds without any answer after which the rest counts as unknown.

    Returns:
        The report. A file that cannot be read ends the reading and is the report's ``failure``; any other exception
        of the rows themselves is passed on.
    """
    report = PublishReport()
    sending = None if publisher is None else _Sending(report, publisher, patience)
    reported = 0
    for row in _until_failure(rows, report):
        report.read += 1
        if on_progress is not None and report.read % _PROGRESS_EVERY == 0:
            on_progress(_PROGRESS_EVERY)
            reported = report.read
        _publish_row(row, sending, report, unchecked)
        if report.interrupted:
            break
    if sending is not None:
        sending.finish(on_waiting)
    if on_progress is not None and report.read > reported:
        on_progress(report.read - reported)
    return report


def _until_failure(rows: Iterable[AdaptedRow], report: PublishReport) -> Iterator[AdaptedRow]:
    try:
        yield from rows
    except ConfigError as error:
        report.failure = error


def _publish_row(row: AdaptedRow, sending: _Sending | None, report: PublishReport, unchecked: bool) -> None:
    if row.draft is None or (row.refusal is not None and not unchecked):
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
    if sending is None:
        report.accepted += 1
    else:
        sending.add(row, raw_message(event or row.draft.unchecked()))
