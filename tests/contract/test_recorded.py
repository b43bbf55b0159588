"""Messages recorded at each release are decoded for ever.

A structured message is the file itself; a binary one is a file with its headers, key and value. ``index.json`` says
what each must give. Files are added when a version is released and never changed afterwards.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from arna.contracts.decode import DecodedEvent, decode_message
from arna.contracts.registry import SPECS, Entity

pytestmark = pytest.mark.contract
RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
INDEXES = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in RECORDED.glob("*/index.json")}
FILES = [(version, name) for version, index in INDEXES.items() for name in index]


def decode_file(version: str, name: str) -> DecodedEvent:
    path = RECORDED / version / name
    entity = Entity(name.split(".")[0])
    if ".binary." not in name:
        return decode_message(
            path.read_bytes(), [("content-type", b"application/cloudevents+json")], None, entity, now=NOW
        )
    recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    headers = [(header, text.encode()) for header, text in recorded["headers"]]
    return decode_message(recorded["value"].encode(), headers, recorded["key"].encode(), entity, now=NOW)


@pytest.mark.parametrize(("version", "name"), FILES)
def test_recorded_messages_are_decoded_for_ever(version: str, name: str) -> None:
    event = decode_file(version, name)
    data = json.dumps(event.data, sort_keys=True, ensure_ascii=False).encode()
    assert INDEXES[version][name] == {
        "action": event.action,
        "event_id": event.event_id,
        "source": event.source,
        "subject": event.subject,
        "record_version": event.record_version,
        "occurred_at": event.occurred_at.isoformat(),
        "person_numbers": [["/".join(path), born] for path, _, born in event.person_numbers],
        "data_sha256": hashlib.sha256(data).hexdigest(),
        "payload_sha256": event.payload_sha256.hex(),
    }


def test_every_entity_and_action_is_recorded_in_both_modes() -> None:
    names = set(INDEXES["v1"])
    for entity, spec in SPECS.items():
        assert {f"{entity}.{action}.json" for action in spec.actions} <= names
        assert f"{entity}.{spec.actions[0]}.binary.json" in names
    assert names | {"index.json"} == {path.name for path in (RECORDED / "v1").iterdir()}
