"""Brings the rows of somebody's outbox table to Kafka: at least once, always under the same id, so they count once.

The table itself is the queue on disk, so events go straight to Kafka and not through the spool. A row is marked after
Kafka acknowledged it; a relay that is killed in between sends it again, and the warehouse knows the id.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from arna.errors import ContractError, TransientError
from producers.adapters.database import OutboxRow, OutboxTable
from producers.direct import Delivery, DirectPublisher, Outcome, RawMessage, raw_message
from producers.publishing import PublishReport
from producers.rows import Refusal

POLL_SECONDS: Final = 1.0
_LONGEST_WAIT: Final = 30.0


class OutboxRelay:
    """Publishes what waits in a table.

    Args:
        table: the table.
        connect: makes the publisher; called again after Kafka was away.
    """

    def __init__(self, table: OutboxTable, connect: Callable[[], DirectPublisher]) -> None:
        self._table = table
        self._connect = connect
        self._publisher: DirectPublisher | None = None
        # Refused rows without a column for the reason stay and are read in each pass, but are reported once.
        self._reported: set[tuple[Any, Any]] = set()

    def run_once(self) -> PublishReport:
        """One pass over all rows that wait.

        Returns:
            What became of them. Unknown ones are not marked: the next pass sends them again.

        Raises:
            BrokerUnavailable: Kafka does not answer; nothing further was marked.
            SourceDatabaseUnavailable: the database does not answer; what was sent and not marked is sent again.
        """
        report = PublishReport()
        after = None
        while rows := self._table.read(after):
            self._publish(rows, report)
            if report.unknown:
                break  # Kafka has fallen silent; what follows would only wait as long again
            after = rows[-1].key
        return report

    def follow(
        self,
        stop: threading.Event,
        on_pass: Callable[[PublishReport], None],
        on_trouble: Callable[[TransientError], None],
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """Passes until told to stop; waits longer and longer while Kafka or the database is away.

        Args:
            stop: set to end after the pass under way.
            on_pass: gets the report of each pass that found something.
            on_trouble: gets what is away.
            poll_seconds: pause between passes that found nothing more.
        """
        wait = poll_seconds
        while not stop.is_set():
            try:
                report = self.run_once()
            except TransientError as error:
                on_trouble(error)
                self._disconnect()
                wait = min(max(wait, 1.0) * 2, _LONGEST_WAIT)
            else:
                wait = poll_seconds if not report.unknown else min(max(wait, 1.0) * 2, _LONGEST_WAIT)
                if report.read:
                    on_pass(report)
            stop.wait(wait)

    def _publish(self, rows: list[OutboxRow], report: PublishReport) -> None:
        """Checks, sends, waits for the answers, then marks."""
        sending: list[tuple[OutboxRow, RawMessage]] = []
        refused: list[tuple[OutboxRow, Refusal]] = []
        for row in rows:
            message = _message(row)
            if isinstance(message, Refusal):
                refused.append((row, message))
            else:
                sending.append((row, message))
        deliveries = self._send([message for _, message in sending])
        delivered: list[OutboxRow] = []
        for (row, _), delivery in zip(sending, deliveries, strict=True):
            if delivery.outcome is Outcome.DELIVERED:
                delivered.append(row)
            elif delivery.outcome is Outcome.REFUSED:
                refused.append((row, Refusal("broker_refused", delivery.error or "unknown_error")))
            else:
                report.read += 1
                report.unknown += 1
        self._table.mark(delivered)
        report.read += len(delivered)
        report.accepted += len(delivered)
        self._refuse(refused, report)

    def _send(self, messages: list[RawMessage]) -> list[Delivery]:
        if not messages:
            return []
        if self._publisher is None:
            self._publisher = self._connect()
        deliveries = self._publisher.send_many(messages)
        self._publisher.flush()
        return deliveries

    def _refuse(self, refused: list[tuple[OutboxRow, Refusal]], report: PublishReport) -> None:
        self._table.refuse(
            [(row, f"{why.rejection_class}: {why.rule_id} at {why.pointer or '/'}") for row, why in refused]
        )
        for row, refusal in refused:
            seen = (row.key, row.version)
            if seen not in self._reported:
                self._reported.add(seen)
                report.read += 1
                report.refuse(row.adapted, refusal)

    def _disconnect(self) -> None:
        if self._publisher is not None:
            self._publisher.close(1)
            self._publisher = None

    def close(self) -> None:
        """Closes the connection to Kafka."""
        self._disconnect()


def _message(row: OutboxRow) -> RawMessage | Refusal:
    draft = row.adapted.draft
    if draft is None:
        return row.adapted.refusal or Refusal("record_ignored", "nothing_to_publish")
    try:
        return raw_message(draft.check())
    except ContractError as error:
        return Refusal(error.rejection_class, error.rule_id, error.pointer)
    except (TypeError, ValueError):
        return Refusal("schema_invalid", "type_mismatch", "/data")
