"""Publishing to a real broker: what Kafka says became of each event, and what arrives."""

from __future__ import annotations

import json
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import KafkaAdminClient, NewTopic
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.registry import SPECS, Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.errors import BrokerUnavailable
from arna.settings import Settings
from arna.topics import end_offsets, ensure_topics
from producers.demo_input import plan
from producers.generator import CohortSummary, generate_cohort, publish_cohort
from producers.known_sources import SAMPLES
from producers.publisher import EventPublisher, Outcome
from tests.support.samples import sample_event

pytestmark = pytest.mark.integration

TOPICS = [spec.topic for spec in SPECS.values()]


@pytest.fixture
def kafka(kafka_bootstrap: str) -> str:
    """The session's broker with Arna's topics."""
    ensure_topics(kafka_bootstrap, Settings())
    return kafka_bootstrap


@pytest.fixture
def publisher(kafka: str) -> Iterator[EventPublisher]:
    with EventPublisher(kafka, spool=None, delivery_timeout=30) as made:
        yield made


def messages_in(kafka: str) -> dict[str, int]:
    ends = end_offsets(kafka, TOPICS)
    return {topic: sum(offset for (name, _), offset in ends.items() if name == topic) for topic in TOPICS}


def test_each_event_is_delivered_to_a_known_place_in_its_order(publisher: EventPublisher) -> None:
    events = [sample_event(Entity.CERTIFICATION, number=1, record_version=version) for version in range(1, 6)]
    deliveries = [publisher.publish(event) for event in events]
    assert publisher.flush(30) == 0
    assert {delivery.outcome for delivery in deliveries} == {Outcome.DELIVERED}
    assert len({delivery.partition for delivery in deliveries}) == 1
    offsets = [delivery.offset for delivery in deliveries]
    assert offsets == list(range(offsets[0] or 0, (offsets[0] or 0) + 5))


def test_one_event_can_be_waited_for(publisher: EventPublisher) -> None:
    assert publisher.publish(sample_event(Entity.VACANCY)).wait(30) is Outcome.DELIVERED


def test_what_arrives_is_what_was_made(kafka: str, publisher: EventPublisher) -> None:
    from kafka import KafkaConsumer, TopicPartition

    event = sample_event(Entity.ENROLMENT, number=4)
    delivery = publisher.publish(event)
    delivery.wait(30)
    with_ = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    place = TopicPartition(delivery.topic, delivery.partition)
    with_.assign([place])
    with_.seek(place, delivery.offset)
    found = None
    while found is None:
        for records in with_.poll(timeout_ms=1000).values():
            found = records[0]
    with_.close()
    value, headers, key = event.to_structured()
    assert (found.value, found.key, list(found.headers)) == (value, key, headers)


def test_a_message_that_is_too_large_is_refused_and_the_next_goes_on(publisher: EventPublisher) -> None:
    topic = SPECS[Entity.VACANCY].topic
    large = publisher.send_raw(topic, os.urandom(3 * 1024 * 1024), key=b"k")
    good = publisher.publish(sample_event(Entity.VACANCY))
    assert (large.wait(30), large.error) == (Outcome.REFUSED, "MessageSizeTooLargeError")
    assert good.wait(30) is Outcome.DELIVERED


def test_a_topic_that_nobody_made_is_not_made_by_publishing(kafka: str) -> None:
    with EventPublisher(kafka, spool=None, connect_timeout=3, delivery_timeout=10) as publisher:
        try:
            outcome = publisher.send_raw("no-such-topic", b"x", key=b"k").wait(15)
        except BrokerUnavailable:
            outcome = Outcome.REFUSED
    assert outcome is Outcome.REFUSED
    assert "no-such-topic" not in {name for name, _ in end_offsets(kafka, TOPICS)}


def test_a_broker_that_is_away_is_one_plain_sentence() -> None:
    with pytest.raises(BrokerUnavailable, match=r"no Kafka broker answers at 127\.0\.0\.1:1 "):
        EventPublisher("127.0.0.1:1", spool=None, connect_timeout=1)


def test_a_broker_that_falls_silent_leaves_the_outcome_unknown(short_tmp: Callable[[], Path]) -> None:
    broker = EmbeddedKafka(short_tmp() / "kafka")
    broker.start()
    topic = f"silent-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()
    pid = broker.pid
    assert pid is not None
    try:
        publisher = EventPublisher(broker.bootstrap_servers, spool=None, delivery_timeout=3)
        assert publisher.send_raw(topic, b"before", key=b"k").wait(30) is Outcome.DELIVERED
        os.kill(pid, signal.SIGSTOP)
        lost = publisher.send_raw(topic, b"during", key=b"k")
        publisher.flush(10)
        assert lost.outcome in {Outcome.UNKNOWN, Outcome.PENDING}
        assert publisher.counts()[Outcome.REFUSED] == 0
    finally:
        os.kill(pid, signal.SIGCONT)
        publisher.close(5)
        broker.stop()


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


def test_the_command_accounts_for_every_row_and_kafka_agrees(kafka: str) -> None:
    before = messages_in(kafka)
    arguments = ("publish", "enrolment", str(SAMPLES / "oneroster"), "--from", "oneroster", "--synthetic-identities",
                 "--bootstrap-servers", kafka, "--json")  # fmt: skip
    result = run(*arguments)
    report = json.loads(result.stdout.splitlines()[-1])
    assert (report["read"], report["accepted"], report["refused"], report["unknown"]) == (12, 9, 3, 0)
    assert result.exit_code == 1
    topic = SPECS[Entity.ENROLMENT].topic
    assert messages_in(kafka)[topic] - before[topic] == 9


def test_unchecked_sends_what_breaks_its_contract(kafka: str) -> None:
    files = [str(path) for path in sorted((SAMPLES / "open_badges").iterdir())]
    common = ("--from", "open_badges", "--synthetic-identities", "--bootstrap-servers", kafka, "--json")
    strict = json.loads(run("publish", "certification", *files, *common).stdout.splitlines()[-1])
    result = run("publish", "certification", *files, *common, "--unchecked")
    loose = json.loads(result.stdout.splitlines()[-1])
    assert (strict["accepted"], strict["refused"]) == (2, 1)
    assert (loose["accepted"], loose["refused"], loose["unchecked"], result.exit_code) == (3, 0, 1, 0)


def test_a_cohort_is_delivered_whole(kafka: str, publisher: EventPublisher) -> None:
    before = messages_in(kafka)
    summary = CohortSummary({}, 300)
    publish_cohort(generate_cohort(300, 5, 0.2), publisher, summary)
    assert summary.deliveries == {"delivered": summary.messages, "refused": 0, "unknown": 0}
    arrived = {topic: count - before[topic] for topic, count in messages_in(kafka).items()}
    assert arrived == {SPECS[entity].topic: counter.total() for entity, counter in summary.kinds.items()}


def test_the_demo_publishes_its_samples_where_there_is_no_data(kafka: str, publisher: EventPublisher) -> None:
    before = messages_in(kafka)
    seen = 0

    def advance(count: int) -> None:
        nonlocal seen
        seen += count

    results = [job.publish(publisher, advance) for job in plan(None, people=50)]
    assert all(result.read == result.accepted + result.refused + result.unknown for result in results)
    assert seen == sum(result.read for result in results)
    assert sum(messages_in(kafka).values()) - sum(before.values()) == sum(result.accepted for result in results)
    assert all(len(iin) == 12 and iin[6] == "1" for result in results for iin in result.iins)
