"""The outbox relay: each rejection becomes a dead letter, at least once, without a payload."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from arna.contracts.registry import Entity
from arna.embedded.processes import wait_until
from arna.errors import BrokerUnavailable
from arna.topics import dead_letter_topic, read_offsets
from consumers.outbox import OutboxRelay
from tests.support.garbage import garbage
from tests.support.lander import LandingSite

pytestmark = pytest.mark.integration


@pytest.fixture
def site(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Iterator[LandingSite]:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path)
    cases = [case for case in garbage(Entity.CERTIFICATION) if case.value is not None]
    for case in cases:
        site.publish_raw(case.value, case.headers, case.key)
    site.flush()
    site.land_all()
    assert len(site.rejections()) == len(cases)
    yield site
    site.close()


def dead_letters(site: LandingSite) -> list[tuple[str, bytes | None, dict[str, str]]]:
    topic = dead_letter_topic(site.topic())
    ends = read_offsets(site.bootstrap_servers, [topic]).end
    consumer = KafkaConsumer(bootstrap_servers=site.bootstrap_servers, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(*place) for place in ends])
        consumer.seek_to_beginning()
        found: list[tuple[str, bytes | None, dict[str, str]]] = []
        while len(found) < sum(ends.values()):
            for records in consumer.poll(timeout_ms=500).values():
                found += [
                    (record.key.decode(), record.value, {name: text.decode() for name, text in record.headers})
                    for record in records
                ]
        return found
    finally:
        consumer.close()


def test_each_rejection_becomes_one_dead_letter_without_payload(site: LandingSite) -> None:
    relay = OutboxRelay(site.settings)
    try:
        assert relay.relay_once() == len(site.rejections())
        assert relay.relay_once() == 0
    finally:
        relay.close()
    letters = {key: (value, headers) for key, value, headers in dead_letters(site)}
    assert len(letters) == len(site.rejections())
    for row in site.rejections():
        value, headers = letters[f"{row['topic_id']}-{row['partition']}-{row['offset']}"]
        assert value is None
        assert headers["__connect.errors.topic"] == site.topic()
        assert headers["__connect.errors.offset"] == str(row["offset"])
        assert headers["arna.rejection.rule"] == row["rule_id"]
        assert headers["arna.rejection.sha256"] == row["payload_sha256"].hex()


def test_two_relays_take_different_messages(site: LandingSite) -> None:
    relays = [OutboxRelay(site.settings) for _ in range(2)]
    stop = threading.Event()
    threads = [threading.Thread(target=relay.run, args=(stop,)) for relay in relays]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: not site.rows("select 1 from ops.outbox where sent_at is null"), 30)
    stop.set()
    for thread in threads:
        thread.join()
    for relay in relays:
        relay.close()
    assert len(dead_letters(site)) == len(site.rejections())


def test_a_message_that_kafka_did_not_acknowledge_waits(site: LandingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    relay = OutboxRelay(site.settings)

    def refuse(_waiting: object) -> None:
        raise BrokerUnavailable("Kafka did not acknowledge")

    try:
        with monkeypatch.context() as patch:
            patch.setattr(relay, "_send", refuse)
            with pytest.raises(BrokerUnavailable):
                relay.relay_once()
        assert relay.relay_once() == len(site.rejections())
    finally:
        relay.close()
