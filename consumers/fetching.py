"""kafka-python's record parsing, faster: the same records from the same bytes in a third of the time.

Parsing records is the largest single cost of landing: kafka-python spends 10 µs on each, most of it on functions per
varint, properties per field and a tuple of thirteen. A lander needs four. ``FetchedRecords`` replaces the class that
unpacks one partition's part of a fetch; everything around it (group, fetch sessions, CRC, decompression, aborted
transactions) stays kafka-python's.

It leans on names inside kafka-python, which is pinned to one release for reasons of its own; ``use_fast_records``
leaves the consumer as it is where one of them is missing, and a test holds both ways equal on every codec.

Source: https://kafka.apache.org/43/documentation/#recordformat
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import structlog
from kafka import IsolationLevel, KafkaConsumer
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError
from kafka.record import MemoryRecords
from kafka.record.default_records import DefaultRecordBatch

log = structlog.get_logger(__name__)

_NAMES: Final = (
    "take",
    "drain",
    "_maybe_raise_next_inline_exception",
    "_consume_aborted_transactions_up_to",
    "_contains_abort_marker",
    "_is_batch_aborted",
)

Headers = tuple[tuple[str, bytes | None], ...]


class Message(NamedTuple):
    """A record as far as landing needs it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class FetchedRecords(Fetcher.PartitionRecords):  # type: ignore[misc] # kafka-python has no types
    """One partition's part of a fetch."""

    _rest: Sequence[Message] = ()

    def _maybe_skip_record(self, _records: Sequence[Message]) -> bool:
        # The iterator gives the records of a batch together, those before the fetch offset left out already.
        return False

    def take(self, n: int | None = None) -> list[Message]:
        """The next records, at most ``n`` (None: all there are), by whole batches where they fit."""
        self._maybe_raise_next_inline_exception()
        taken: list[Message] = []
        try:
            while n is None or len(taken) < n:
                rest: Sequence[Message] | None = self._rest or next(self.record_iterator, None)
                if rest is None:
                    break
                part = rest if n is None else rest[: n - len(taken)]
                self._rest = rest[len(part) :]
                self.next_fetch_offset = part[-1].offset + 1
                taken += part
        except Exception as error:
            if not taken:
                raise
            # As kafka-python does: what came before it is not lost, the next call raises it.
            self._next_inline_exception = error
        return taken

    def _unpack_records(
        self, _partition: object, records: MemoryRecords, *_deserializers: object
    ) -> Iterator[Sequence[Message]]:
        while (batch := records.next_batch()) is not None:
            if self.check_crcs and not batch.validate_crc():
                message = f"a batch at offset {batch.base_offset} failed its CRC"
                raise CorruptRecordError(message)
            if batch.magic < 2:
                unpacked = [Message(one.offset, one.key, one.value, tuple(one.headers)) for one in batch]
            else:
                self.leader_epoch = batch.leader_epoch
                unpacked = [] if self._holds_nothing(batch) else read_batch(batch)
                self.bytes_read += batch.size_in_bytes if unpacked else 0
            # A fetch from the middle of a compressed batch brings the whole batch.
            if unpacked and unpacked[0].offset < self.fetch_offset:
                unpacked = [one for one in unpacked if one.offset >= self.fetch_offset]
            if unpacked:
                yield unpacked
            if batch.magic >= 2:
                # Beyond what compaction took from the end of the batch.
                self.next_fetch_offset = batch.next_offset
        self.drain()

    def _holds_nothing(self, batch: DefaultRecordBatch) -> bool:
        """Whether a batch is a transaction's marker, or belongs to one that was aborted."""
        if self.isolation_level == IsolationLevel.READ_COMMITTED and batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)


def use_fast_records(consumer: KafkaConsumer) -> bool:
    """Lets a consumer unpack records with ``FetchedRecords``, before its first poll.

    Returns:
        False where this kafka-python is not the one it was written for; the consumer is then as it was.
    """
    fetcher = getattr(consumer, "_fetcher", None)
    if fetcher is None or not all(hasattr(fetcher.PartitionRecords, name) for name in _NAMES):
        log.warning("fast_records_unavailable")
        return False
    fetcher.PartitionRecords = FetchedRecords
    return True


def read_batch(batch: DefaultRecordBatch) -> list[Message]:
    """The records of a batch of format 2, decompressed.

    Raises:
        CorruptRecordError: the bytes do not add up.
    """
    batch._maybe_uncompress()
    data = bytes(memoryview(batch._buffer)[batch._pos :])
    try:
        return _read_records(data, batch.records_count, batch.base_offset)
    except (IndexError, ValueError) as error:
        message = f"a record of the batch at offset {batch.base_offset} is malformed"
        raise CorruptRecordError(message) from error


def _read_records(data: bytes, count: int, base_offset: int) -> list[Message]:  # noqa: C901
    """One record after the other; numbers of one and two bytes, nearly all there are, are read in line."""
    messages: list[Message] = []
    headers_of: dict[bytes, Headers] = {}
    position = 0
    new, size_of = tuple.__new__, len(data)
    for _ in range(count):
        # Three numbers of nearly all records have one or two bytes; they are read here, for a call costs as much again.
        length = data[position]
        if length > 127 and (following := data[position + 1]) < 128:
            length = length & 127 | following << 7
            length = length >> 1 ^ -(length & 1)
            position += 2
        else:
            length, position = read_varint(data, position)
        end = position + length
        position += 1  # attributes: unused
        while data[position] > 127:  # timestamp delta: not needed
            position += 1
        position += 1
        offset_delta = data[position]
        if offset_delta < 128:
            offset_delta = offset_delta >> 1 ^ -(offset_delta & 1)
            position += 1
        else:
            offset_delta, position = read_varint(data, position)
        size = data[position]
        if size < 128 and not size & 1:
            position += 1
            size >>= 1
        else:
            size, position = read_varint(data, position)
        key = None
        if size >= 0:
            key = data[position : position + size]
            position += size
        size = data[position]
        if size > 127 and (following := data[position + 1]) < 128:
            size = size & 127 | following << 7
            size = size >> 1 ^ -(size & 1)
            position += 2
        else:
            size, position = read_varint(data, position)
        value = None
        if size >= 0:
            value = data[position : position + size]
            position += size
        if position >= end or end > size_of:
            raise ValueError
        # Producers send the same headers again and again.
        tail = data[position:end]
        headers = headers_of.get(tail)
        if headers is None:
            headers = headers_of[tail] = _read_headers(tail)
        # Straight to tuple's own constructor: this line runs for every event.
        messages.append(new(Message, (base_offset + offset_delta, key, value, headers)))
        position = end
    if position != len(data):
        raise ValueError
    return messages


def _read_headers(tail: bytes) -> Headers:
    count, position = read_varint(tail, 0)
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        size, position = read_varint(tail, position)
        name = tail[position : position + size].decode()
        position += size
        size, position = read_varint(tail, position)
        if size < 0:
            headers.append((name, None))
        else:
            headers.append((name, tail[position : position + size]))
            position += size
    if count < 0 or position != len(tail):
        raise ValueError
    return tuple(headers)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """A zigzag number and the position after it."""
    number = data[position]
    if number > 127:
        following = data[position + 1]
        if following < 128:
            number = number & 127 | following << 7
            return number >> 1 ^ -(number & 1), position + 2
        number &= 127
        shift = 7
        while True:
            position += 1
            following = data[position]
            number |= (following & 127) << shift
            if following < 128:
                break
            shift += 7
            if shift > 63:
                raise ValueError
    return number >> 1 ^ -(number & 1), position + 1
