"""The lander: takes events from Kafka into PostgreSQL, each exactly once, or refused with its reason.

PostgreSQL holds the offsets. They move in the transaction that writes the rows, by compare-and-set, so a lander may be
killed at any point, or lose its partitions without knowing: what is not committed is read again, and what is
committed cannot be written twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic, time
from typing import Final

import structlog
from kafka import TopicPartition

from arna.contracts.registry import SPECS, Entity
from arna.errors import TransientError
from arna.settings import Settings
from arna.sources import SourceRegistry
from arna.vault import Vault, load_keys, verify_token_key
from arna.warehouse.database import CommitOutcomeUnknown, Database
from consumers.addresses import require_addresses
from consumers.backoff import Backoff
from consumers.broker import GROUP_ID, LandingConsumer, Messages, OffsetsGone, TopicRecreated
from consumers.landing import LandingStore, PartitionMoved
from consumers.locating import Locator
from consumers.metrics import LanderMetrics
from consumers.micro_batch import MicroBatch, Stager
from consumers.positions import Place
from consumers.watchdog import LanderStalledError, PollWatchdog

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.5
_SECONDS_BETWEEN_IDLE_CHECKS: Final = 5.0


@dataclass(frozen=True, slots=True)
class PollSummary:
    """What one ``poll_once`` did.

    Attributes:
        landed: events written to raw.
        rejected: messages refused.
        gap_offsets: offsets declared to hold no event.
        persons: persons the micro-batch brought that this lander did not know.
        started: partitions whose position was read from PostgreSQL.
        dropped: whether a micro-batch was dropped because another lander had moved its partitions.
    """

    landed: int = 0
    rejected: int = 0
    gap_offsets: int = 0
    persons: int = 0
    started: int = 0
    dropped: bool = False

    @property
    def progressed(self) -> bool:
        """Whether any offset moved."""
        return bool(self.landed or self.rejected or self.gap_offsets)


class Lander:
    """One member of the landers' group.

    Args:
        settings: with the addresses of Kafka and the warehouse filled in.
        topics: what to land, and what each topic carries; unset: the topics of all entities.
        group_id: the consumer group.
        metrics: where to count; unset: counted and not served.

    Raises:
        ConfigError: an address or the vault keys are missing.
        TransientError: Kafka or PostgreSQL does not answer.
        IntegrityError: the vault keys are not those of this warehouse.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        topics: Mapping[str, Entity] | None = None,
        group_id: str = GROUP_ID,
        metrics: LanderMetrics | None = None,
    ) -> None:
        addresses = require_addresses(settings)
        self._topics = topics if topics is not None else {spec.topic: entity for entity, spec in SPECS.items()}
        self._metrics = metrics or LanderMetrics()
        self._stall_seconds = settings.lander_poll_watchdog_seconds
        vault = Vault(load_keys(settings))
        self._database = Database(addresses.warehouse_url, application_name="arna-lander")
        verify_token_key(self._database, vault)
        self._store = LandingStore(self._database)
        self._stager = Stager(vault, SourceRegistry(self._database))
        self._make_consumer = partial(
            LandingConsumer,
            addresses.bootstrap_servers,
            self._topics,
            max_poll_records=settings.lander_max_poll_records,
            group_id=group_id,
        )
        self._connect()
        self._watchdog = PollWatchdog(self._stall_seconds)
        self._ids_checked_at = 0.0
        self._progressed_at = monotonic()
        self._prepared_month: tuple[int, int] | None = None

    @property
    def assignment(self) -> set[TopicPartition]:
        """Partitions whose events this lander lands now."""
        return set(self._places) & self._consumer.assignment() - self._consumer.waiting()

    def run(self, stop: threading.Event) -> None:
        """Lands until told to stop; a micro-batch under way is finished first.

        Retries what can heal with backoff. Any other error ends the lander with nothing committed; its supervisor
        starts another.

        Raises:
            IntegrityError: offsets, hashes or topic ids disagree.
            LanderStalledError: events wait and polls bring none.
        """
        backoff = Backoff()
        while not stop.is_set():
            try:
                self.poll_once()
                backoff.reset()
            except TransientError as error:
                delay = backoff.next()
                log.warning("lander_retries", error=str(error), seconds=round(delay, 2))
                stop.wait(delay)

    def poll_once(self, timeout: float = POLL_SECONDS) -> PollSummary:
        """Lands what one poll brings.

        1. Start the partitions that the group handed over, each where PostgreSQL says.
        2. Poll Kafka for bytes.
        3. Decode, check against contract and source registry, swap identity numbers for tokens.
        4. Make sure that the topics are still the ones whose ids the rows will carry.
        5. Write rows, rejections, persons and offsets in one transaction.
        6. Tell Kafka how far we are, as a gauge.

        Args:
            timeout: seconds to wait for the first record.

        Raises:
            TransientError: nothing was landed, or it is unknown; the next call reads the offsets from PostgreSQL again.
            IntegrityError: offsets or topic ids disagree; nothing was landed.
        """
        try:
            # 1. Start new partitions.
            started = self._start_partitions()
            # 2. Poll.
            with self._watchdog.guard():
                messages = self._consumer.poll(timeout)
            # 3. Decode, check, swap.
            batch = self._stage(messages)
            # 4. Topic ids.
            self._check_topic_ids(move.place for move in batch.moves)
            if not batch.moves:
                self._check_progress()
                return PollSummary(started=started)
            # 5. Write.
            self._land(batch)
        except PartitionMoved as error:
            log.warning("micro_batch_dropped", reason=str(error))
            self._metrics.retries.labels("partition_moved").inc()
            self._consumer.hold_all()
            return PollSummary(dropped=True)
        except OffsetsGone:
            log.warning("offsets_gone")
            self._consumer.hold_all()
            return PollSummary(dropped=True)
        except TopicRecreated:
            # The broker keeps the old topic's id in this consumer's fetch session and refuses every fetch.
            self._metrics.retries.labels("topic_recreated").inc()
            self._consumer.close()
            self._connect()
            return PollSummary(dropped=True)
        except CommitOutcomeUnknown:
            # Whether it was written is read from the offset rows when the partitions start again.
            self._metrics.retries.labels("commit_unknown").inc()
            self._consumer.hold_all()
            raise
        except BaseException as error:
            # What was fetched is not landed: never go on from the consumer's own position.
            self._metrics.retries.labels(type(error).__name__).inc()
            with suppress(Exception):
                self._consumer.hold_all()
            raise
        # 6. Gauge.
        self._consumer.commit({move.place.kafka: move.next_offset for move in batch.moves})
        return replace(self._count(batch), started=started)

    def close(self) -> None:
        """Leaves the group and closes the connections."""
        self._watchdog.stop()
        self._consumer.close()
        self._database.close()

    def _connect(self) -> None:
        self._consumer = self._make_consumer()
        self._locator = Locator(self._store, self._consumer, self._topics)
        self._places: dict[TopicPartition, Place] = {}
        self._next_offsets: dict[TopicPartition, int] = {}

    def _start_partitions(self) -> int:
        waiting = self._consumer.waiting()
        if not waiting:
            return 0
        self._prepare_month(datetime.now(UTC))
        self._ids_checked_at = monotonic()
        located = self._locator.locate(waiting)
        for place, offset in located:
            self._places[place.kafka] = place
            self._next_offsets[place.kafka] = offset
            self._consumer.start(place.kafka, offset)
        assigned = self._consumer.assignment()
        for partition in set(self._places) - assigned:
            del self._places[partition], self._next_offsets[partition]
        log.info("partitions_started", started=len(located), partitions=len(self._places))
        self._metrics.partitions.set(len(self._places))
        self._progressed_at = monotonic()
        return len(located)

    def _stage(self, messages: Messages) -> MicroBatch:
        batch = MicroBatch()
        now = datetime.now(UTC)
        for partition, place in self._places.items():
            position = self._consumer.position(partition)
            # None: the group took it from us in this very poll, and its messages with it.
            if position is not None:
                expected = self._next_offsets[partition]
                self._stager.stage(batch, place, expected, messages.get(partition, ()), position, now)
        self._stager.seal(batch)
        return batch

    def _check_topic_ids(self, places: Iterable[Place]) -> None:
        """A topic that was deleted and made anew starts its offsets again; they must not be taken for the old ones.

        Asked after each poll, before the rows are written: an id that was right then was right when they were read.
        Between polls that bring nothing, now and then: the broker refuses this consumer's fetches of the new topic.
        """
        checked = set(places)
        if not checked:
            if monotonic() - self._ids_checked_at < _SECONDS_BETWEEN_IDLE_CHECKS:
                return
            checked = set(self._places.values())
        self._ids_checked_at = monotonic()
        ids = self._consumer.topic_ids({place.topic for place in checked})
        for place in checked:
            topic_id = ids.get(place.topic)
            if topic_id is None:
                raise OffsetsGone
            if topic_id != place.topic_id:
                log.error("topic_recreated", topic=place.topic, topic_id=str(topic_id))
                raise TopicRecreated

    def _land(self, batch: MicroBatch) -> None:
        self._prepare_month(datetime.now(UTC))
        with self._metrics.seconds.time():
            self._store.land(batch)
        self._stager.remember(batch)
        for move in batch.moves:
            self._next_offsets[move.place.kafka] = move.next_offset
        self._progressed_at = monotonic()

    def _prepare_month(self, now: datetime) -> None:
        month = (now.year, now.month)
        if month != self._prepared_month:
            self._store.prepare()
            self._prepared_month = month

    def _check_progress(self) -> None:
        """Stops when events wait and polls bring none; an open transaction of a publisher is no lag."""
        idle = monotonic() - self._progressed_at
        if idle < self._stall_seconds or not self._next_offsets:
            return
        bounds = self._consumer.bounds(self._next_offsets)
        lag = sum(max(0, end - self._next_offsets[partition]) for partition, (_, end) in bounds.items())
        if lag:
            raise LanderStalledError(idle, lag)
        self._progressed_at = monotonic()

    def _count(self, batch: MicroBatch) -> PollSummary:
        for entity, rows in batch.rows.items():
            if rows:
                self._metrics.landed.labels(str(entity)).inc(len(rows))
        for rejection in batch.rejections:
            self._metrics.rejected.labels(rejection.entity, rejection.rejection_class).inc()
        for gap in batch.gaps:
            self._metrics.gaps.labels(str(gap.reason)).inc(gap.to_offset - gap.from_offset)
        self._metrics.last_progress.set(time())
        summary = PollSummary(
            landed=batch.landed,
            rejected=len(batch.rejections),
            gap_offsets=sum(gap.to_offset - gap.from_offset for gap in batch.gaps),
            persons=len(batch.persons),
        )
        log.info(
            "landed",
            landed=summary.landed,
            rejected=summary.rejected,
            gap_offsets=summary.gap_offsets,
            partitions=len(batch.moves),
        )
        return summary
