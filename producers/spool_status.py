"""What a spool holds, for people and for monitoring; no value of any event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from producers.spool import Spool
from producers.spool_files import Drainer, DrainLock


@dataclass(frozen=True, slots=True)
class TopicBacklog:
    """What waits for one topic.

    Attributes:
        topic: the topic.
        events: how many events wait.
        bytes: their bytes.
        oldest: when the oldest of them was entered.
    """

    topic: str
    events: int
    bytes: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class RefusedEvents:
    """What Kafka refused for one reason.

    Attributes:
        topic: the topic.
        error: name of the error.
        events: how many events.
        latest: when the latest of them was refused.
    """

    topic: str
    error: str
    events: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """What a spool holds at one moment.

    Attributes:
        file: where it lies.
        address: the Kafka it is for.
        cluster_id: id of the cluster that answered there, once one did.
        bytes_on_disk: bytes of its file and log.
        waiting: what waits, by topic.
        refused: what was refused, by topic and reason.
        drainer: the process that drains it now.
        trouble: name of the last error that kept it from being drained, and when.
    """

    file: Path
    address: str
    cluster_id: str | None
    bytes_on_disk: int
    waiting: list[TopicBacklog] = field(default_factory=list)
    refused: list[RefusedEvents] = field(default_factory=list)
    drainer: Drainer | None = None
    trouble: tuple[str, datetime] | None = None

    @property
    def events_waiting(self) -> int:
        """How many events wait."""
        return sum(one.events for one in self.waiting)

    @property
    def events_refused(self) -> int:
        """How many events were refused."""
        return sum(one.events for one in self.refused)

    def as_json(self) -> dict[str, Any]:
        """The status under the names of ``--json``."""
        return {
            "file": str(self.file),
            "address": self.address,
            "cluster_id": self.cluster_id,
            "bytes_on_disk": self.bytes_on_disk,
            "waiting": {
                "events": self.events_waiting,
                "bytes": sum(one.bytes for one in self.waiting),
                "oldest": min((one.oldest for one in self.waiting), default=None),
                "by_topic": {one.topic: one.events for one in self.waiting},
            },
            "refused": {
                "events": self.events_refused,
                "by_reason": [
                    {"topic": one.topic, "error": one.error, "events": one.events, "latest": one.latest}
                    for one in self.refused
                ],
            },
            "drained_by": None if self.drainer is None else {"pid": self.drainer.pid, "host": self.drainer.host},
            "trouble": None if self.trouble is None else {"error": self.trouble[0], "at": self.trouble[1]},
        }


def read_status(file: Path) -> SpoolStatus:
    """What a spool holds now.

    Raises:
        SpoolDamaged: the file is not a spool, or is broken.
    """
    lock = DrainLock(file)
    spool = Spool.at(file)
    try:
        with spool.reading() as db:
            address, cluster_id, error, error_at = db.execute(
                "select address, cluster_id, last_error, last_error_at from state"
            ).fetchone()
            waiting = db.execute(
                "select topic, sum(events), sum(bytes), min(entered_at) from packet group by topic order by topic"
            ).fetchall()
            refused = db.execute(
                "select topic, error, sum(events), max(refused_at) from refused group by topic, error "
                "order by topic, error"
            ).fetchall()
        return SpoolStatus(
            file,
            address,
            cluster_id,
            sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*")),
            [TopicBacklog(topic, events, size, _moment(oldest)) for topic, events, size, oldest in waiting],
            [RefusedEvents(topic, name, events, _moment(latest)) for topic, name, events, latest in refused],
            lock.holder(),
            # An error of the past says nothing where nothing waits.
            (error, _moment(error_at)) if error and waiting else None,
        )
    finally:
        spool.close()
        lock.close()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
