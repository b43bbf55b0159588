"""Events made by another library, the CloudEvents SDK in its old and new form, are read like ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as new
from cloudevents.core.v1.event import CloudEvent as NewCloudEvent
from cloudevents.v1 import kafka as old
from cloudevents.v1.http import CloudEvent as OldCloudEvent

from arna.contracts.decode import decode_message
from arna.contracts.envelope import Event
from arna.contracts.registry import Entity
from tests.support.samples import sample_event

pytestmark = pytest.mark.contract
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def old_binary(event: Event) -> Any:
    # This form of the SDK writes only texts to headers.
    attributes = {name: str(value) for name, value in event.attributes().items()}
    return old.to_binary(OldCloudEvent(attributes, event.data), key_mapper=lambda one: one["subject"])


def old_structured(event: Event) -> Any:
    cloud_event = OldCloudEvent({**event.attributes(), "partitionkey": "x"}, event.data)
    return old.to_structured(cloud_event, key_mapper=lambda one: one["subject"])


def new_event(event: Event) -> NewCloudEvent:
    return NewCloudEvent({**event.attributes(), "time": event.occurred_at}, event.data)


def new_binary(event: Event) -> Any:
    return new.to_binary_event(new_event(event), key_mapper=lambda _: event.subject)


def new_structured(event: Event) -> Any:
    return new.to_structured_event(new_event(event), key_mapper=lambda _: event.subject)


@pytest.mark.parametrize("entity", Entity)
@pytest.mark.parametrize("write", [old_binary, old_structured, new_binary, new_structured])
def test_events_of_the_sdk_are_read(entity: Entity, write: Callable[[Event], Any]) -> None:
    event = sample_event(entity, number=6)
    message = write(event)
    key, value = (part.encode() if isinstance(part, str) else part for part in (message.key, message.value))
    decoded = decode_message(value, list(message.headers.items()), key, entity, now=NOW)
    assert decoded.data == event.data
    assert (decoded.event_id, decoded.subject, decoded.record_version) == (event.event_id, event.subject, 1)
    assert decoded.occurred_at == event.occurred_at
