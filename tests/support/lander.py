"""A place to land in: topics of the test's own, a fresh warehouse, vault keys, and landers on it."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from confluent_kafka import Producer
from kafka.admin import KafkaAdminClient

from arna.contracts.envelope import Event
from arna.contracts.registry import SPECS, Entity
from arna.embedded.processes import wait_until
from arna.settings import Settings
from arna.sources import SourceDefinition, register_source
from arna.topics import dead_letter_topic, read_offsets
from arna.vault import Vault, ensure_keys, load_keys
from arna.warehouse.database import Database, connection_string
from consumers.lander import Lander, PollSummary
from producers.direct import Delivery, DirectPublisher
from tests.support.samples import SAMPLE_SOURCE
from tests.support.stack import role_url

RawMessage = tuple[bytes | None, Iterable[tuple[str, bytes]], bytes | None]


class LandingSite:
    """Topics ``<random>.<entity>`` on the broker, or the real ones on a broker of the test's own, and a warehouse.

    Args:
        bootstrap_servers: the broker.
        database_url: a migrated, empty warehouse.
        folder: for the vault keys.
        partitions: partitions of each topic.
        real_topics: the topics that ``arna lander run`` reads.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        database_url: str,
        folder: Path,
        partitions: int = 2,
        *,
        real_topics: bool = False,
    ) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.database_url = database_url
        self.partitions = partitions
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.topics = {SPECS[entity].topic if real_topics else f"{self.name}.{entity}": entity for entity in Entity}
        self.settings = Settings(
            home=folder,
            kafka_bootstrap_servers=bootstrap_servers,
            warehouse_url=role_url(database_url, "arna_lander"),
            lander_max_poll_records=500,
        )
        ensure_keys(self.settings.vault_keys_path)
        self.vault = Vault(load_keys(self.settings))
        with Database(database_url) as database:
            register_source(database, SourceDefinition(uri=SAMPLE_SOURCE, name="Sample", entities=tuple(Entity)))
        self.create_topics([*self.topics, *map(dead_letter_topic, self.topics)])
        self._publisher = DirectPublisher(bootstrap_servers)

    def topic(self, entity: Entity = Entity.CERTIFICATION) -> str:
        return next(name for name, carried in self.topics.items() if carried is entity)

    def create_topics(self, names: Iterable[str]) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        try:
            wanted = {name: {"num_partitions": self.partitions, "replication_factor": 1} for name in names}
            admin.create_topics(wanted)
            admin.wait_for_topics(list(wanted), timeout_ms=20_000)
        finally:
            admin.close()

    def recreate_topic(self, entity: Entity = Entity.CERTIFICATION) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        try:
            admin.delete_topics([self.topic(entity)])
        finally:
            admin.close()
        deadline = monotonic() + 30
        while self.topic(entity) in read_offsets(self.bootstrap_servers, [self.topic(entity)]).topic_ids:
            assert monotonic() < deadline
        self.create_topics([self.topic(entity)])

    def delete_records(self, partition: int, before_offset: int, entity: Entity = Entity.CERTIFICATION) -> None:
        """What retention does: the broker forgets the offsets below."""
        from kafka import TopicPartition

        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        try:
            admin.delete_records({TopicPartition(self.topic(entity), partition): before_offset})
        finally:
            admin.close()

    def publish(self, *events: Event) -> None:
        for event in events:
            self.publish_raw(*event.to_structured(), entity=event.entity)
        assert self._publisher.flush(30) == 0

    def publish_raw(
        self,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes | None]] = (),
        key: bytes | None = None,
        *,
        entity: Entity = Entity.CERTIFICATION,
    ) -> Delivery:
        return self._publisher.send_raw(self.topic(entity), value, list(headers), key)  # type: ignore[arg-type]

    def publish_nothing(self, entity: Entity = Entity.CERTIFICATION) -> None:
        """A message with neither key nor value, which kafka-python refuses to send; in its place among the others."""
        self.flush()
        producer = Producer({"bootstrap.servers": self.bootstrap_servers})
        producer.produce(self.topic(entity), headers=[("content-type", b"application/cloudevents+json")])
        assert producer.flush(30) == 0

    def flush(self) -> None:
        assert self._publisher.flush(30) == 0

    @contextmanager
    def lander(self, **settings: Any) -> Iterator[Lander]:
        lander = Lander(self.settings.model_copy(update=settings), topics=self.topics, group_id=f"{self.name}-landers")
        try:
            yield lander
        finally:
            lander.close()

    def land(self, lander: Lander, timeout: float = 30.0) -> list[PollSummary]:
        """Polls until all that is published is landed."""
        summaries: list[PollSummary] = []
        deadline = monotonic() + timeout
        while self.waiting():
            assert monotonic() < deadline, f"{self.waiting()} offsets still wait"
            summaries.append(lander.poll_once(0.2))
        return summaries

    def wait_landed(self, timeout: float = 60.0) -> None:
        """Waits until landers that run elsewhere have passed all that is published."""
        assert wait_until(lambda: self.waiting() == 0, timeout, poll=0.2), f"{self.waiting()} offsets still wait"

    @contextmanager
    def running(self, *landers: Lander) -> Iterator[None]:
        """Landers at work in threads."""
        stop = threading.Event()
        threads = [threading.Thread(target=lander.run, args=(stop,)) for lander in landers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def land_all(self) -> list[PollSummary]:
        with self.lander() as lander:
            return self.land(lander)

    def waiting(self) -> int:
        """Offsets in Kafka that no lander has passed."""
        offsets = read_offsets(self.bootstrap_servers, self.topics)
        stored = {(row["topic_id"], row["partition"]): row["next_offset"] for row in self.offsets()}
        return sum(
            end - stored.get((offsets.topic_ids[topic], partition), offsets.begin[topic, partition])
            for (topic, partition), end in offsets.end.items()
        )

    def offsets(self) -> list[dict[str, Any]]:
        return self.rows("select * from ops.landing_offset order by topic_name, partition, topic_id")

    def raw(self, entity: Entity = Entity.CERTIFICATION) -> list[dict[str, Any]]:
        rows = self.rows(f'select * from raw.{entity} order by topic_id, partition, "offset"')
        return [row | {"data": json.loads(row["data"])} for row in rows]

    def rejections(self) -> list[dict[str, Any]]:
        return self.rows('select * from ops.rejection order by topic_id, partition, "offset"')

    def gaps(self) -> list[dict[str, Any]]:
        return self.rows("select * from ops.offset_gap order by topic_id, partition, from_offset")

    def rows(self, statement: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with psycopg.connect(
            connection_string(self.database_url), row_factory=psycopg.rows.dict_row, autocommit=True
        ) as connection:
            return connection.execute(statement, params).fetchall()  # type: ignore[arg-type]

    def check_conservation(self) -> None:
        """C1, C2 and C3: each offset below next_offset is exactly once in raw, rejections or a gap."""
        for row in self.offsets():
            place = {"topic_id": row["topic_id"], "partition": row["partition"]}
            found = [
                offset["offset"]
                for offset in self.rows(
                    f"""
                select "offset" from raw.{row["entity"]} where topic_id = %(topic_id)s and partition = %(partition)s
                union all
                select "offset" from ops.rejection
                where topic_id = %(topic_id)s and partition = %(partition)s and stage = 'landing'
                union all
                select generate_series(from_offset, to_offset - 1) from ops.offset_gap
                where topic_id = %(topic_id)s and partition = %(partition)s
                """,
                    place,
                )
            ]
            assert sorted(found) == list(range(row["start_offset"], row["next_offset"])), row["topic_name"]

    def close(self) -> None:
        self._publisher.close()
