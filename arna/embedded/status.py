"""What ``arna status`` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from arna.embedded.state import Addresses, without_password
from arna.errors import ArnaError
from arna.settings import Settings


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One supervised process; the pid is the last one it had."""

    name: str
    pid: int
    alive: bool


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """How far one partition has come on its way from Kafka to the core."""

    topic: str
    entity: str
    partition: int
    end_offset: int
    next_offset: int
    loaded_offset: int

    @property
    def lag(self) -> int:
        """Offsets that are in Kafka and not yet loaded or rejected."""
        return self.end_offset - self.loaded_offset


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The state of the whole stack; ``problems`` says in plain sentences what could not be asked."""

    addresses: Addresses | None
    processes: tuple[ProcessStatus, ...]
    topics: tuple[TopicStatus, ...]
    problems: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape that ``arna status --json`` promises; no password is in it."""
        known = self.addresses
        return {
            "kafka": {"bootstrap_servers": known.kafka_bootstrap_servers if known else None},
            "warehouse": {"url": without_password(known.warehouse_url) if known else None},
            "airflow": {"url": known.airflow_url if known else None},
            "gateway": {"url": known.gateway_url if known else None},
            "processes": [{"name": p.name, "pid": p.pid, "alive": p.alive} for p in self.processes],
            "topics": [
                {
                    "topic": t.topic,
                    "entity": t.entity,
                    "partition": t.partition,
                    "end_offset": t.end_offset,
                    "next_offset": t.next_offset,
                    "loaded_offset": t.loaded_offset,
                    "lag": t.lag,
                }
                for t in self.topics
            ],
        }


def read_topics(addresses: Addresses) -> tuple[tuple[TopicStatus, ...], tuple[str, ...]]:
    """Progress of every partition of the entities' topics, and what kept it from being read.

    A partition from which nothing was landed yet counts as landed and loaded up to offset 0.
    """
    from arna.contracts.registry import SPECS
    from arna.ledger import partition_progress
    from arna.topics import end_offsets
    from arna.warehouse.database import Database

    entities = {spec.topic: str(spec.entity) for spec in SPECS.values()}
    try:
        ends = end_offsets(addresses.kafka_bootstrap_servers, list(entities))
        with Database(addresses.warehouse_url) as database:
            progress = {(row.topic, row.partition): row for row in partition_progress(database)}
    except ArnaError as error:
        return (), (str(error),)
    rows = []
    for (topic, partition), end in sorted(ends.items()):
        known = progress.get((topic, partition))
        landed, loaded = (known.next_offset, known.loaded_offset) if known else (0, 0)
        rows.append(TopicStatus(topic, entities[topic], partition, end, landed, loaded))
    return tuple(rows), ()


def addresses_of(settings: Settings) -> Addresses | None:
    """The stack's addresses, or those that are all set from outside."""
    known = Addresses.read(settings.home)
    kafka = settings.kafka_bootstrap_servers or (known.kafka_bootstrap_servers if known else None)
    warehouse = settings.warehouse_url or (known.warehouse_url if known else None)
    if kafka is None or warehouse is None:
        return known
    return Addresses(
        kafka_bootstrap_servers=kafka,
        warehouse_url=warehouse,
        warehouse_lander_url=settings.warehouse_lander_url or warehouse,
        warehouse_loader_url=settings.warehouse_loader_url or warehouse,
        airflow_url=known.airflow_url if known else None,
        warehouse_gateway_url=settings.warehouse_gateway_url or warehouse,
        gateway_url=known.gateway_url if known else None,
    )
