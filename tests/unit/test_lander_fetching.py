"""The faster record reader gives what kafka-python's own gives, from the same bytes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import IsolationLevel, TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError
from kafka.record import MemoryRecords
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.util import calc_crc32c, decode_varint, encode_varint

from consumers.fetching import FetchedRecords, Message, read_varint, use_fast_records

pytestmark = pytest.mark.unit

PLACE = TopicPartition("topic", 0)
HEADER = st.tuples(st.text(max_size=12), st.none() | st.binary(max_size=40))
VALUE = st.none() | st.binary(max_size=200) | st.integers(0, 70_000).map(bytes)
RECORD = st.tuples(st.none() | st.binary(max_size=200), VALUE, st.lists(HEADER, max_size=3))


def build(
    records: list[Any], *, codec: int = 0, base: int = 0, producer: int = -1, transactional: bool = False
) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=transactional, producer_id=producer,
        producer_epoch=0 if producer >= 0 else -1, base_sequence=0 if producer >= 0 else -1, batch_size=1 << 30,
    )  # fmt: skip
    for number, (key, value, headers) in enumerate(records):
        builder.append(number, 1_700_000_000_000 + number * 37, key, value, headers)
    data = bytearray(builder.build())
    data[:8] = base.to_bytes(8, "big")
    return bytes(data)


def unpack(
    kind: type[Any], data: bytes, fetch_offset: int = 0, aborted: list[Any] | None = None, take: int = 10**9
) -> tuple[list[Any], int]:
    """What a consumer gets, and where it stands then."""
    part = kind(
        fetch_offset, PLACE, MemoryRecords(data), isolation_level=IsolationLevel.READ_COMMITTED,
        aborted_transactions=aborted,
    )  # fmt: skip
    taken = part.take(take)
    return [(one.offset, one.key, one.value, list(one.headers)) for one in taken], part.next_fetch_offset


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=8), st.sampled_from(range(5)), st.integers(0, 1 << 40))
def test_reads_what_kafka_python_reads(records: list[Any], codec: int, base: int) -> None:
    data = build(records, codec=codec, base=base)
    assert unpack(FetchedRecords, data, base) == unpack(Fetcher.PartitionRecords, data, base)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_reads_every_varint(number: int) -> None:
    data = bytearray()
    encode_varint(number, data.append)
    assert read_varint(bytes(data), 0) == decode_varint(data, 0) == (number, len(data))


@pytest.mark.parametrize("fetch_offset", [0, 3, 9, 10, 14])
@pytest.mark.parametrize("take", [1, 4, 100])
def test_starts_and_stops_in_the_middle_of_a_batch(fetch_offset: int, take: int) -> None:
    records = [(b"k", b"value", [])] * 10
    data = build(records) + build(records, base=10, codec=3)
    expected = unpack(Fetcher.PartitionRecords, data, fetch_offset, take=take)
    assert unpack(FetchedRecords, data, fetch_offset, take=take) == expected


def with_crc(data: bytearray) -> bytes:
    data[17:21] = calc_crc32c(memoryview(bytes(data))[DefaultRecordBatch.ATTRIBUTES_OFFSET :]).to_bytes(4, "big")
    return bytes(data)


def control(base: int, producer: int, *, commit: bool) -> bytes:
    key = b"\0\0\0\1" if commit else b"\0\0\0\0"
    data = bytearray(build([(key, b"\0" * 6, [])], base=base, producer=producer, transactional=True))
    data[22] |= DefaultRecordBatch.CONTROL_MASK
    return with_crc(data)


def test_leaves_out_aborted_transactions_and_markers() -> None:
    records = [(b"k", b"value", [])] * 5
    data = (
        build(records, base=0, producer=7, transactional=True)
        + build(records, base=5, producer=8, transactional=True)
        + control(10, 7, commit=False)
        + control(11, 8, commit=True)
        + build(records, base=12, producer=7, transactional=True)
        + control(17, 7, commit=True)
    )
    aborted = [SimpleNamespace(producer_id=7, first_offset=0)]
    got = unpack(FetchedRecords, data, aborted=aborted)
    assert got == unpack(Fetcher.PartitionRecords, data, aborted=aborted)
    assert [one[0] for one in got[0]] == [*range(5, 10), *range(12, 17)]
    assert got[1] == 18


def test_a_flipped_bit_fails_the_crc() -> None:
    data = bytearray(build([(b"k", b"value", [])]))
    data[-3] ^= 1
    with pytest.raises(CorruptRecordError):
        unpack(FetchedRecords, bytes(data))


# 62 is left out: attributes are one byte by the specification, kafka-python takes them for a varint.
@pytest.mark.parametrize("position", [61, *range(63, 75)])
def test_bytes_that_do_not_add_up_are_corrupt_not_misread(position: int) -> None:
    """With the CRC made right again: a broken producer, not a broken wire."""
    broken = bytearray(build([(b"key", b"value", [("name", b"text")])]))
    broken[position] ^= 0xFF
    data = with_crc(broken)
    try:
        expected = unpack(Fetcher.PartitionRecords, data)
    except CorruptRecordError:
        with pytest.raises(CorruptRecordError):
            unpack(FetchedRecords, data)
    else:
        assert unpack(FetchedRecords, data) == expected


def test_goes_into_the_consumer_where_kafka_python_is_the_one_it_knows() -> None:
    consumer = SimpleNamespace(_fetcher=SimpleNamespace(PartitionRecords=Fetcher.PartitionRecords))
    assert use_fast_records(consumer)
    assert consumer._fetcher.PartitionRecords is FetchedRecords


def test_leaves_another_kafka_python_alone() -> None:
    assert not use_fast_records(SimpleNamespace())
    consumer = SimpleNamespace(_fetcher=SimpleNamespace(PartitionRecords=object))
    assert not use_fast_records(consumer)
    assert consumer._fetcher.PartitionRecords is object


def test_a_message_has_what_landing_reads() -> None:
    assert Message._fields == ("offset", "key", "value", "headers")
