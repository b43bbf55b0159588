"""Lands and settles events by hand, as the real lander and loader would, for tests of what comes after them."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from arna.topics import Offsets

_NOW = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass
class Warehouse:
    """Writes rows of one database directly."""

    url: str
    connection: psycopg.Connection[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.connection = psycopg.connect(self.url.replace("+psycopg", "", 1), autocommit=True)
        self.source_id = self.value(
            "insert into ops.source (source_uri, name, entities) values ('urn:test:one', 'one', "
            "'{enrolment,certification,vacancy}') on conflict (source_uri) do update "
            "set name = 'one' returning source_id"
        )

    def close(self) -> None:
        self.connection.close()

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values or None)

    def value(self, statement: str, *values: Any) -> Any:
        row = self.connection.execute(statement, values or None).fetchone()
        return None if row is None else row[0]

    def start(self, entity: str, topic_id: uuid.UUID, partition: int, offset: int) -> None:
        """A lander sees a partition for the first time."""
        self.run(
            "insert into ops.landing_offset (topic_id, partition, topic_name, entity, start_offset, next_offset, "
            "claimed_offset) values (%s, %s, %s, %s, %s, %s, %s)",
            topic_id, partition, f"arna.{entity}.v1", entity, offset, offset, offset,
        )  # fmt: skip

    def start_all(self, kafka: Offsets) -> None:
        """All partitions start where Kafka ends now."""
        for (topic, partition), end in kafka.end.items():
            self.start(topic.split(".")[1], kafka.topic_ids[topic], partition, end)

    def move(self, topic_id: uuid.UUID, partition: int, next_offset: int) -> None:
        self.run(
            "update ops.landing_offset set next_offset = greatest(next_offset, %s) "
            "where topic_id = %s and partition = %s",
            next_offset, topic_id, partition,
        )  # fmt: skip

    def land(
        self, entity: str, topic_id: uuid.UUID, partition: int, offset: int, value: bytes = b"{}", **columns: Any
    ) -> None:
        """One event goes to raw, and the offset moves on."""
        row = {
            "topic_id": topic_id, "partition": partition, "offset": offset, "event_id": uuid.uuid4(),
            "source_id": self.source_id, "subject": f"s-{partition}-{offset}", "action": "published",
            "record_version": 1, "occurred_at": _NOW, "payload_sha256": hashlib.sha256(value).digest(), "data": "{}",
            **columns,
        }  # fmt: skip
        self._insert(f"raw.{entity}", row)
        self.move(topic_id, partition, offset + 1)

    def refuse(
        self, entity: str, topic_id: uuid.UUID, partition: int, offset: int, value: bytes = b"", **columns: Any
    ) -> None:
        """One message is refused; at landing unless a batch is given."""
        row = {
            "entity": entity, "stage": "load" if "batch_id" in columns else "landing", "rejection_class": "json_syntax",
            "rule_id": "json_syntax", "message_kk": "-", "message_ru": "-", "message_en": "-", "topic_id": topic_id,
            "topic_name": f"arna.{entity}.v1", "partition": partition, "offset": offset,
            "payload_sha256": hashlib.sha256(value).digest(), "release": "0", **columns,
        }  # fmt: skip
        self._insert("ops.rejection", row)
        if "batch_id" not in columns:
            self.move(topic_id, partition, offset + 1)

    def claim(self, entity: str, state: str = "claimed") -> int:
        """All that is landed and unclaimed becomes a batch."""
        batch_id = self.value("insert into ops.batch (entity, state) values (%s, %s) returning batch_id", entity, state)
        self.run(
            "insert into ops.batch_range (batch_id, topic_id, partition, from_offset, to_offset) select %s, topic_id, "
            "partition, claimed_offset, next_offset from ops.landing_offset "
            "where entity = %s and claimed_offset < next_offset",
            batch_id, entity,
        )  # fmt: skip
        self.run("update ops.landing_offset set claimed_offset = next_offset where entity = %s", entity)
        return int(batch_id)

    def load_vacancies(self, batch_id: int, arrival: str = "loaded") -> None:
        """Every raw vacancy of a batch that is neither refused nor a duplicate goes to core."""
        self.run(
            """
            insert into core.vacancy (
                source_id, vacancy_id, record_version, event_id, action, occurred_at, landed_at, topic_id, partition,
                "offset", batch_id, payload_sha256, employer_id, employer_name, title, language_code, is_remote,
                employment_type, skills, published_on, status, arrival, is_current
            )
            select r.source_id, r.subject, r.record_version, r.event_id, r.action, r.occurred_at, r.landed_at,
                r.topic_id, r.partition, r."offset", b.batch_id, r.payload_sha256, '500140000017', 'e', 't', 'ru',
                false, 'full_time', '[]', '2026-01-05', 'open', %s, true
            from raw.vacancy as r
            join ops.batch_range as b on b.topic_id = r.topic_id and b.partition = r.partition
                and r."offset" >= b.from_offset and r."offset" < b.to_offset
            where b.batch_id = %s
                and not exists (select from ops.rejection as j
                    where j.topic_id = r.topic_id and j.partition = r.partition and j."offset" = r."offset")
                and not exists (select from ops.duplicate as d
                    where d.topic_id = r.topic_id and d.partition = r.partition and d."offset" = r."offset")
            """,
            arrival, batch_id,
        )  # fmt: skip

    def settle(self, batch_id: int, state: str = "loaded") -> None:
        self.run("update ops.batch set state = %s where batch_id = %s", state, batch_id)

    def _insert(self, relation: str, row: dict[str, Any]) -> None:
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(["%s"] * len(row))
        self.run(f"insert into {relation} ({columns}) values ({marks})", *row.values())
