"""Takes published events through raw into core at once, without Kafka, Airflow or Great Expectations.

Staging, conflicts and settling are the real ones. The rules of the suites are not run: whether an event breaks one
is no question to the marts.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid5

import psycopg

from arna.batches import claim
from arna.contracts.identifiers import is_valid_iin
from arna.contracts.registry import SPECS, Entity
from arna.settling import settle_batch
from arna.staging import record_findings, stage_batch
from arna.warehouse.database import Database, connection_string
from tests.support.landed import TOPIC_IDS
from tests.support.recompute import Published
from tests.support.stack import role_url

_PEOPLE = UUID(int=99)
_COPY = (
    'copy raw.{} (topic_id, partition, "offset", landed_at, event_id, source_id, subject, action, record_version, '
    "occurred_at, payload_sha256, data) from stdin"
)


def token_of(iin: str) -> UUID:
    """The token of an identity number; no secret is needed where no number is real."""
    return uuid5(_PEOPLE, iin)


def register_sources(url: str, uris: Iterable[str]) -> dict[str, int]:
    """Registers sources for everything; returns the number of each one there is."""
    with psycopg.connect(connection_string(url)) as connection:
        for uri in uris:
            connection.execute(
                "insert into ops.source (source_uri, name, entities) values (%s, 'test', "
                "'{enrolment,certification,vacancy}') on conflict (source_uri) do nothing",
                (uri,),
            )
        return dict(connection.execute("select source_uri, source_id from ops.source").fetchall())


def land(url: str, events: Iterable[Published], source_ids: Mapping[str, int]) -> None:
    """Lands events, each in its entity's one partition, in the order given."""
    by_entity: dict[Entity, list[Published]] = {entity: [] for entity in Entity}
    for event in events:
        by_entity[Entity(event.entity)].append(event)
    with psycopg.connect(connection_string(url)) as connection:
        for moment in {event.landed_at for given in by_entity.values() for event in given}:
            connection.execute("select ops.ensure_raw_partitions(%s)", (moment,))
        for entity, given in by_entity.items():
            first = _next_offset(connection, entity)
            with connection.cursor().copy(_COPY.format(entity)) as copy:
                for offset, event in enumerate(given, start=first):
                    copy.write_row(_raw_row(entity, offset, event, source_ids))
            connection.execute(
                "update ops.landing_offset set next_offset = %s where topic_id = %s",
                (first + len(given), TOPIC_IDS[entity]),
            )


def load(url: str) -> Counter[str]:
    """Loads all that is landed, a batch of each entity; returns how many were loaded, superseded, and so on."""
    outcomes: Counter[str] = Counter()
    with Database(role_url(url, "arna_loader")) as database:
        for entity in Entity:
            batch = claim(database, entity, 1_000_000)
            if batch is None:
                continue
            with database.entity_lock(str(entity)):
                stage_batch(database, batch)
                record_findings(database, batch, [], suite_name="none", max_reject_ratio=1.0)
                settled = settle_batch(database, batch, {})
            for name in ("loaded", "superseded", "duplicates", "rejected"):
                outcomes[name] += getattr(settled, name)
    return outcomes


def _next_offset(connection: psycopg.Connection, entity: Entity) -> int:
    connection.execute(
        "insert into ops.landing_offset values (%s, 0, %s, %s, 0, 0, 0) on conflict do nothing",
        (TOPIC_IDS[entity], SPECS[entity].topic, str(entity)),
    )
    row = connection.execute(
        "select next_offset from ops.landing_offset where topic_id = %s and partition = 0 for update",
        (TOPIC_IDS[entity],),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _raw_row(entity: Entity, offset: int, event: Published, source_ids: Mapping[str, int]) -> tuple[object, ...]:
    envelope = json.loads(event.value)
    return (
        TOPIC_IDS[entity], 0, offset, event.landed_at, envelope["id"], source_ids[envelope["source"]],
        envelope["subject"], SPECS[entity].action_of(envelope["type"]), envelope["recordversion"], envelope["time"],
        hashlib.sha256(event.value).digest(), json.dumps(_tokenised(envelope["data"]), ensure_ascii=False),
    )  # fmt: skip


def _tokenised(data: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for holder, name in (("person", "iin"), ("employer", "id")):
        if holder in data and is_valid_iin(data[holder][name]):
            data[holder][name] = str(token_of(data[holder][name]))
    return data
