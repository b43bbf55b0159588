"""Topics on a real broker."""

from __future__ import annotations

import uuid

import pytest
from kafka import KafkaProducer

from arna.errors import BrokerUnavailable, ConfigError
from arna.settings import Settings
from arna.topics import begin_offsets, end_offsets, ensure_topics, read_messages, topic_ids, topic_specs

pytestmark = pytest.mark.integration


def test_topics_are_made_once_and_known_by_id(kafka_bootstrap: str) -> None:
    settings = Settings()
    ensure_topics(kafka_bootstrap, settings)
    assert ensure_topics(kafka_bootstrap, settings) == []
    names = [spec.name for spec in topic_specs(settings)]
    assert len(names) == 8
    ids = topic_ids(kafka_bootstrap, [*names, "arna.absent.v1"])
    assert set(ids) == set(names)
    assert len(set(ids.values())) == len(names)
    assert all(isinstance(topic_id, uuid.UUID) for topic_id in ids.values())


def test_offsets_and_messages_are_read_again(kafka_bootstrap: str) -> None:
    ensure_topics(kafka_bootstrap, Settings())
    topic = "arna.receipt.v1"
    before = end_offsets(kafka_bootstrap, [topic, "arna.absent.v1"])
    assert len(before) == Settings().topic_partitions
    producer = KafkaProducer(bootstrap_servers=kafka_bootstrap)
    for number in range(5):
        producer.send(topic, key=b"k", value=b"%d" % number, headers=[("h", b"v")], partition=3)
    producer.flush()
    producer.close()
    first = before[topic, 3]
    assert end_offsets(kafka_bootstrap, [topic])[topic, 3] == first + 5
    assert begin_offsets(kafka_bootstrap, [topic])[topic, 3] == 0
    messages = list(read_messages(kafka_bootstrap, topic, 3, first + 1, first + 4))
    assert [(message.offset - first, message.value, message.key) for message in messages] == [
        (1, b"1", b"k"), (2, b"2", b"k"), (3, b"3", b"k"),
    ]  # fmt: skip
    assert messages[0].headers == [("h", b"v")]


def test_too_high_a_replication_names_the_setting(kafka_bootstrap: str) -> None:
    from kafka.admin import KafkaAdminClient

    ensure_topics(kafka_bootstrap, Settings())
    admin = KafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    admin.delete_topics(["arna.mart-changed.v1"])
    try:
        with pytest.raises(ConfigError, match="ARNA_TOPIC_REPLICATION"):
            ensure_topics(kafka_bootstrap, Settings(topic_replication=3))
    finally:
        admin.close()
        ensure_topics(kafka_bootstrap, Settings())


def test_an_absent_broker_is_transient() -> None:
    with pytest.raises(BrokerUnavailable, match="does not answer"):
        topic_ids("127.0.0.1:1", ["arna.vacancy.v1"])
