"""Reading Kafka again and comparing it, message by message, with what the warehouse says it took from there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from arna.contracts.decode import hash_binary
from arna.topics import Offsets, read_messages
from arna.warehouse.database import Session

_WINDOW = 50_000
_REJECTION_ID = "arna.rejection.id"


@dataclass(frozen=True, slots=True)
class LandedRun:
    """The landed offsets of one partition of a topic that Kafka has now."""

    topic: str
    partition: int
    topic_id: UUID
    entity: str
    start_offset: int
    next_offset: int


def compare_messages(
    session: Session, bootstrap_servers: str, runs: Sequence[LandedRun], kafka: Offsets
) -> tuple[int, list[str]]:
    """Compares the hash of every landed message that Kafka still has with the stored one.

    Returns:
        How many were compared, and a sentence per partition where any differs.

    Raises:
        BrokerUnavailable: Kafka stopped answering.
    """
    compared, problems = 0, []
    for run in runs:
        first = max(kafka.begin.get((run.topic, run.partition), 0), run.start_offset)
        last = min(run.next_offset, kafka.end.get((run.topic, run.partition), 0))
        differing = 0
        for start in range(first, last, _WINDOW):
            stop = min(start + _WINDOW, last)
            stored = _stored_hashes(session, run, start, stop)
            for message in read_messages(bootstrap_servers, run.topic, run.partition, start, stop):
                value = message.value or b""
                compared += 1
                # In binary mode the headers belong to the event; a refused message was hashed by its value.
                hashes = (hashlib.sha256(value).digest(), hash_binary(value, message.headers))
                differing += stored.get(message.offset) not in hashes
        if differing:
            problems.append(f"{run.topic}-{run.partition}: {differing} messages in Kafka differ from what was landed")
    return compared, problems


def compare_dead_letters(session: Session, bootstrap_servers: str, kafka: Offsets) -> tuple[int, list[str]]:
    """Compares the dead letters in Kafka with the rejections, by id; raises and returns as ``compare_messages``."""
    sent = {str(row["rejection_id"]): bool(row["is_sent"]) for row in session.fetch_all("ops/list_sent_rejections.sql")}
    # A rejection with a higher number was made after the snapshot we look at.
    newest = max(map(int, sent), default=0)
    found: set[str] = set()
    compared, foreign, is_complete = 0, 0, True
    for (topic, partition), end in sorted(kafka.end.items()):
        if not topic.startswith("dlq."):
            continue
        begin = kafka.begin[topic, partition]
        is_complete = is_complete and begin == 0
        for message in read_messages(bootstrap_servers, topic, partition, begin, end):
            compared += 1
            rejection_id = (dict(message.headers).get(_REJECTION_ID) or b"").decode("ascii", "replace")
            found.add(rejection_id)
            foreign += rejection_id not in sent and not (rejection_id.isdigit() and int(rejection_id) > newest)
    problems = [f"{foreign} messages in the dead-letter topics have no rejection"] if foreign else []
    # Letters that retention has deleted are no loss.
    missing = sum(is_sent and rejection_id not in found for rejection_id, is_sent in sent.items()) if is_complete else 0
    if missing:
        problems.append(f"{missing} dead letters are marked as sent, but Kafka does not have them")
    return compared, problems


def _stored_hashes(session: Session, run: LandedRun, start: int, stop: int) -> dict[int, bytes]:
    window = {"topic_id": run.topic_id, "partition": run.partition, "from_offset": start, "to_offset": stop}
    rows = session.fetch_all("ops/list_payload_hashes.sql", window, {"entity": run.entity})
    return {row["offset"]: bytes(row["payload_sha256"]) for row in rows}
