"""Messages of another Kafka client: its codecs, its header form, its transactions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloudevents.v1 import kafka as cloudevents_kafka
from cloudevents.v1.http import CloudEvent
from confluent_kafka import Producer

from arna.contracts.envelope import Event
from arna.contracts.registry import Entity
from tests.support.lander import LandingSite
from tests.support.samples import sample_event

pytestmark = pytest.mark.integration


@pytest.fixture
def site(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Iterator[LandingSite]:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path, partitions=1)
    yield site
    site.close()


def produce(producer: Producer, site: LandingSite, event: Event) -> None:
    value, headers, key = event.to_structured()
    producer.produce(site.topic(event.entity), value, key=key, headers=headers)


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_batches_of_every_codec_land(site: LandingSite, codec: str) -> None:
    producer = Producer(
        {"bootstrap.servers": site.bootstrap_servers, "compression.type": codec, "linger.ms": 50, "acks": "all"}
    )
    for number in range(300):
        produce(producer, site, sample_event(Entity.CERTIFICATION, number=number))
    assert producer.flush(30) == 0
    site.land_all()
    assert len(site.raw()) == 300
    assert site.rejections() == []
    site.check_conservation()


@pytest.mark.parametrize("entity", Entity)
def test_a_binary_cloudevent_of_the_sdk_lands_like_ours(site: LandingSite, entity: Entity) -> None:
    event = sample_event(entity, number=5)
    attributes = {name: str(value) for name, value in event.attributes().items()}
    message = cloudevents_kafka.to_binary(CloudEvent(attributes, event.data), key_mapper=lambda one: one["subject"])
    producer = Producer({"bootstrap.servers": site.bootstrap_servers})
    producer.produce(site.topic(entity), message.value, key=message.key, headers=list(message.headers.items()))
    assert producer.flush(30) == 0
    site.publish(sample_event(entity, number=6))
    site.land_all()
    theirs, ours = sorted(site.raw(entity), key=lambda row: row["offset"])
    assert theirs["subject"] == event.subject
    assert str(theirs["event_id"]) == event.event_id
    assert theirs["occurred_at"] == event.occurred_at
    assert theirs["data"].keys() == ours["data"].keys() == event.data.keys()
    assert site.rejections() == []


def test_a_message_without_key_or_headers_lands(site: LandingSite) -> None:
    value, _, _ = sample_event(Entity.CERTIFICATION).to_structured()
    producer = Producer({"bootstrap.servers": site.bootstrap_servers})
    producer.produce(site.topic(), value)
    producer.produce(site.topic(), json.dumps(json.loads(value), indent=2).encode())
    assert producer.flush(30) == 0
    site.land_all()
    assert len(site.raw()) == 2


def test_aborted_transactions_leave_declared_gaps(site: LandingSite) -> None:
    """Commit, abort, commit, abort: the aborted events and all markers, the last one too, hold no event."""
    producer = Producer({"bootstrap.servers": site.bootstrap_servers, "transactional.id": site.name})
    producer.init_transactions(30)
    with site.lander() as lander:
        for round_number in range(4):
            producer.begin_transaction()
            for number in range(10):
                produce(producer, site, sample_event(Entity.CERTIFICATION, number=100 * round_number + number))
            producer.flush(30)
            if round_number % 2:
                producer.abort_transaction(30)
            else:
                producer.commit_transaction(30)
            if round_number == 1:
                site.land(lander)
        site.publish(sample_event(Entity.CERTIFICATION, number=999))
        site.land(lander)
        producer.begin_transaction()
        produce(producer, site, sample_event(Entity.CERTIFICATION, number=1_000))
        producer.flush(30)
        producer.abort_transaction(30)
        site.land(lander)
    assert len(site.raw()) == 2 * 10 + 1
    gaps = site.gaps()
    assert {gap["reason"] for gap in gaps} == {"control"}
    assert sum(gap["to_offset"] - gap["from_offset"] for gap in gaps) == 2 * 10 + 4 + 2
    site.check_conservation()


def test_an_open_transaction_is_waited_for(site: LandingSite) -> None:
    producer = Producer({"bootstrap.servers": site.bootstrap_servers, "transactional.id": site.name})
    producer.init_transactions(30)
    producer.begin_transaction()
    produce(producer, site, sample_event(Entity.CERTIFICATION, number=1))
    producer.flush(30)
    site.publish(sample_event(Entity.CERTIFICATION, number=2))
    with site.lander(lander_poll_watchdog_seconds=0.5) as lander:
        for _ in range(10):
            assert lander.poll_once(0.2).landed == 0
        producer.commit_transaction(30)
        site.land(lander)
    assert len(site.raw()) == 2
    site.check_conservation()
