"""Rows packed by hand are what psycopg's own binary COPY would send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from struct import unpack_from
from uuid import RFC_4122, UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg._copy_base import format_row_binary
from psycopg.adapt import Transformer

from consumers.rows import make_random_uuids, pack_person, pack_place, pack_raw, pack_text

pytestmark = pytest.mark.unit


def packed_by_psycopg(values: tuple[object, ...], types: tuple[str, ...]) -> bytes:
    from psycopg import postgres

    transformer = Transformer()
    transformer.set_dumper_types([postgres.types[name].oid for name in types], 1)
    packed = bytearray()
    format_row_binary(values, transformer, packed)
    return bytes(packed)


@given(
    offset=st.integers(0, 2**63 - 1),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    version=st.integers(1, 2**53),
    subject=st.text(max_size=60).filter(lambda text: text.isprintable()),
)
def test_a_raw_row(offset: int, occurred_at: datetime, version: int, subject: str) -> None:
    topic_id, event_id = uuid4(), uuid4()
    row = pack_raw(
        pack_place(topic_id, 5), offset, str(event_id), 17, version, occurred_at, b"\x01" * 32, subject.encode(),
        pack_text("issued"), b'{"a":1}',
    )  # fmt: skip
    assert row == packed_by_psycopg(
        (topic_id, 5, offset, event_id, 17, version, occurred_at, b"\x01" * 32, subject, "issued", '{"a":1}'),
        ("uuid", "int4", "int8", "uuid", "int4", "int8", "timestamptz", "bytea", "text", "text", "text"),
    )


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    moment = datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    rows = {
        pack_raw(b"", 1, str(UUID(int=1)), 1, 1, one, b"", b"", b"", b"")
        for one in (moment, moment.astimezone(timezone(timedelta(hours=5))))
    }
    assert len(rows) == 1


def test_a_person_row() -> None:
    token, person_id = uuid4(), uuid4()
    row = pack_person(str(token), person_id.bytes, pack_text("t-1") + pack_text("s-1"), b"sealed")
    assert row == packed_by_psycopg(
        (token, person_id, "t-1", "s-1", b"sealed"), ("uuid", "uuid", "text", "text", "bytea")
    )


def test_random_uuids_are_different_and_of_version_4() -> None:
    made = [UUID(bytes=one) for one in make_random_uuids(1_000)]
    assert len(set(made)) == 1_000
    assert {(one.version, one.variant) for one in made} == {(4, RFC_4122)}


def test_a_text_has_its_length_in_bytes() -> None:
    assert unpack_from(">i", pack_text("ңқ"))[0] == 4
