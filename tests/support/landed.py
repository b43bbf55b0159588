"""Puts events into raw as the lander would, without Kafka: for tests of what comes after landing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import orjson
import psycopg
from psycopg.types.json import Json

from arna.contracts.envelope import Event
from arna.contracts.registry import SPECS, Entity
from arna.warehouse.database import connection_string
from tests.support.samples import SAMPLE_SOURCE

TOPIC_IDS = {entity: UUID(int=number) for number, entity in enumerate(Entity, start=1)}
LANDED_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_PEOPLE = UUID(int=99)


def register_source(
    url: str,
    source: str = SAMPLE_SOURCE,
    entities: Sequence[str] = ("enrolment", "certification", "vacancy"),
    achievement_types: Sequence[str] | None = None,
) -> int:
    """Registers a source; returns its number."""
    with psycopg.connect(connection_string(url)) as connection:
        row = connection.execute(
            "insert into ops.source (source_uri, name, entities, achievement_types) values (%s, 'test', %s, %s) "
            "on conflict (source_uri) do update set entities = excluded.entities, "
            "achievement_types = coalesce(excluded.achievement_types, ops.source.achievement_types) "
            "returning source_id",
            (source, list(entities), None if achievement_types is None else list(achievement_types)),
        ).fetchone()
    assert row is not None
    return row[0]


def land(
    url: str,
    entity: Entity,
    events: Iterable[Event],
    *,
    partition: int = 0,
    landed_at: datetime | None = None,
    source_id: int | None = None,
    data_overrides: dict[str, object] | None = None,
) -> list[int]:
    """Lands events in the order given in one partition; returns their offsets.

    Args:
        url: the warehouse's owner.
        entity: what they are about.
        events: valid events; their IINs become tokens.
        partition: where.
        landed_at: start of the landing transaction; unset: a second later for each call.
        source_id: unset: the sample source, registered when needed.
        data_overrides: top-level fields of the data to set past the contract.
    """
    source_id = register_source(url) if source_id is None else source_id
    topic_id = TOPIC_IDS[entity]
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute(
            "insert into ops.landing_offset values (%s, %s, %s, %s, 0, 0, 0) on conflict do nothing",
            (topic_id, partition, SPECS[entity].topic, str(entity)),
        )
        row = connection.execute(
            "select next_offset, (select count(*) from ops.batch) from ops.landing_offset "
            "where topic_id = %s and partition = %s for update",
            (topic_id, partition),
        ).fetchone()
        assert row is not None
        first = offset = row[0]
        at = landed_at or LANDED_AT + timedelta(seconds=first)
        connection.execute("select ops.ensure_raw_partitions(%s)", (at,))
        for event in events:
            value = event.to_structured()[0]
            envelope = orjson.loads(value)
            connection.execute(
                f"insert into raw.{entity} values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, sha256(%s), %s)",
                (
                    topic_id, partition, offset, at, envelope["id"], source_id, envelope["subject"],
                    SPECS[entity].action_of(envelope["type"]), envelope["recordversion"], envelope["time"],
                    value, Json(_tokenised(envelope["data"]) | (data_overrides or {})),
                ),
            )  # fmt: skip
            offset += 1
        connection.execute(
            "update ops.landing_offset set next_offset = %s where topic_id = %s and partition = %s",
            (offset, topic_id, partition),
        )
    return list(range(first, offset))


def _tokenised(data: dict[str, object]) -> dict[str, object]:
    copy = json.loads(json.dumps(data))
    if "person" in copy:
        copy["person"]["iin"] = str(uuid5(_PEOPLE, copy["person"]["iin"]))
    return copy
