"""Topics: their specification, creation, identity and offsets, through kafka-python's admin client."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kafka import IsolationLevel, KafkaConsumer, OffsetSpec, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from arna.contracts.mart_change import MART_CHANGE_TOPIC
from arna.contracts.receipt import RECEIPT_TOPIC
from arna.contracts.registry import SPECS, Entity
from arna.errors import BrokerUnavailable, ConfigError

if TYPE_CHECKING:
    from arna.settings import Settings

ENTITIES = tuple(str(entity) for entity in SPECS)
MAX_MESSAGE_BYTES = 1_048_576
_HOUR_MS = 3_600_000
_UNKNOWN_TOPIC = 3
_TOPIC_EXISTS = 36
_TIMEOUT_MS = 20_000


def event_topic(entity: str) -> str:
    """The topic that carries an entity's events."""
    return SPECS[Entity(entity)].topic


def dead_letter_topic(topic: str) -> str:
    """The topic that tells of what was refused on another."""
    return f"dlq.{topic}"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic must be."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def topic_specs(settings: Settings) -> tuple[TopicSpec, ...]:
    """All topics Arna needs: events, dead letters, receipts, news for readers."""
    config = {
        "cleanup.policy": "delete",
        "retention.ms": str(settings.topic_retention_hours * _HOUR_MS),
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        "message.timestamp.type": "LogAppendTime",  # a producer's wrong clock must not decide what retention deletes
    }
    events = [event_topic(entity) for entity in ENTITIES]
    names = [*events, *(dead_letter_topic(name) for name in events), RECEIPT_TOPIC, MART_CHANGE_TOPIC]
    return tuple(TopicSpec(name, settings.topic_partitions, config) for name in names)


def ensure_topics(bootstrap_servers: str, settings: Settings) -> list[str]:
    """Makes the topics that are not there; what is there is left as it is.

    Returns:
        Names of the topics made now, once each of their partitions has a leader.

    Raises:
        BrokerUnavailable: Kafka does not answer.
        ConfigError: Kafka refuses, for instance because it has fewer brokers than the replication asked for.
    """
    with _admin(bootstrap_servers) as admin:
        present = set(admin.list_topics())
        wanted = {
            spec.name: {
                "num_partitions": spec.partitions,
                "replication_factor": settings.topic_replication,
                "configs": dict(spec.config),
            }
            for spec in topic_specs(settings)
            if spec.name not in present
        }
        if not wanted:
            return []
        answer = admin.create_topics(wanted, raise_errors=False)
        made = [topic["name"] for topic in answer["topics"] if topic["error_code"] == 0]
        for topic in answer["topics"]:
            # Somebody else made it in between: all the better.
            if topic["error_code"] not in {0, _TOPIC_EXISTS}:
                reason = f"Kafka refuses to make {topic['name']}: {topic.get('error_message') or topic['error_code']}."
                raise ConfigError("ARNA_TOPIC_REPLICATION", reason)
        admin.wait_for_topics(list(wanted), timeout_ms=_TIMEOUT_MS)
        return made


def topic_ids(bootstrap_servers: str, names: Iterable[str]) -> dict[str, uuid.UUID]:
    """The UUID Kafka gave to each topic; a topic that is not there is left out.

    Raises:
        BrokerUnavailable: Kafka does not answer.
    """
    with _admin(bootstrap_servers) as admin:
        return {name: topic["topic_id"] for name, topic in _describe(admin, names).items()}


def end_offsets(bootstrap_servers: str, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """Offset after the last stable message, by topic and partition; topics that are not there are left out.

    Raises:
        BrokerUnavailable: Kafka does not answer.
    """
    return read_offsets(bootstrap_servers, topics).end


def begin_offsets(bootstrap_servers: str, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """Offset of the first message still there, by topic and partition; raises as ``end_offsets``."""
    return read_offsets(bootstrap_servers, topics).begin


@dataclass(frozen=True, slots=True)
class Offsets:
    """What Kafka says of its topics at one moment."""

    topic_ids: Mapping[str, uuid.UUID]
    begin: dict[tuple[str, int], int]
    end: dict[tuple[str, int], int]


def read_offsets(bootstrap_servers: str, topics: Iterable[str]) -> Offsets:
    """Topic ids, first and end offsets over one connection; raises as ``end_offsets``."""
    with _admin(bootstrap_servers) as admin:
        described = _describe(admin, topics)
        partitions = [
            TopicPartition(name, entry["partition_index"])
            for name, topic in described.items()
            for entry in topic["partitions"]
        ]
        ids = {name: topic["topic_id"] for name, topic in described.items()}
        return Offsets(
            ids, *(_list_offsets(admin, partitions, spec) for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST))
        )


@dataclass(frozen=True, slots=True)
class KafkaMessage:
    """One message as it lies in Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def read_messages(
    bootstrap_servers: str, topic: str, partition: int, from_offset: int, to_offset: int
) -> Iterator[KafkaMessage]:
    """Reads a run of offsets again, outside any consumer group.

    Raises:
        BrokerUnavailable: Kafka does not answer, or stops answering.
    """
    place = TopicPartition(topic, partition)
    with _translated(bootstrap_servers):
        consumer = KafkaConsumer(
            bootstrap_servers=bootstrap_servers.split(","),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            isolation_level="read_committed",
            max_poll_records=5_000,
        )
        try:
            consumer.assign([place])
            consumer.seek(place, from_offset)
            while consumer.position(place) < to_offset:
                records = consumer.poll(timeout_ms=_TIMEOUT_MS).get(place, [])
                if not records and consumer.position(place) < to_offset:
                    message = f"Kafka at {bootstrap_servers} stopped answering."
                    raise BrokerUnavailable(message)
                for record in records:
                    if record.offset >= to_offset:
                        return
                    yield KafkaMessage(topic, partition, record.offset, record.key, record.value, record.headers)
        finally:
            consumer.close()


@contextmanager
def _translated(bootstrap_servers: str) -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        message = f"Kafka at {bootstrap_servers} does not answer ({type(error).__name__})."
        raise BrokerUnavailable(message) from error


@contextmanager
def _admin(bootstrap_servers: str) -> Iterator[KafkaAdminClient]:
    with _translated(bootstrap_servers):
        client = KafkaAdminClient(bootstrap_servers=bootstrap_servers.split(","), request_timeout_ms=_TIMEOUT_MS)
        try:
            yield client
        finally:
            client.close()


def _describe(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for topic in admin.describe_topics(list(names)):
        code = topic["error_code"]
        if code == _UNKNOWN_TOPIC:
            continue
        if code != 0:
            message = f"Kafka cannot describe {topic['name']} (error {code})."
            raise BrokerUnavailable(message)
        topic_id = uuid.UUID(str(topic.get("topic_id") or uuid.UUID(int=0)))
        if topic_id.int == 0:
            reason = f"gives no id for {topic['name']}."
            raise ConfigError("ARNA_KAFKA_BOOTSTRAP_SERVERS", reason, "Use Kafka 2.8 or newer.")
        found[topic["name"]] = {**topic, "topic_id": topic_id}
    return found


def _list_offsets(
    admin: KafkaAdminClient, partitions: Sequence[TopicPartition], spec: OffsetSpec
) -> dict[tuple[str, int], int]:
    if not partitions:
        return {}
    # Read committed: a lander cannot pass a transaction that is still open.
    asked = dict.fromkeys(partitions, spec)
    answer = admin.list_partition_offsets(asked, IsolationLevel.READ_COMMITTED, timeout_ms=_TIMEOUT_MS)
    return {(place.topic, place.partition): found.offset for place, found in answer.items()}
