"""A request's body: read with patience that ends, unpacked within bounds, cut into the events that it holds."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
import zstandard
from starlette.requests import ClientDisconnect, Request

from arna.contracts.decode import ATTRIBUTE_PREFIX, JSON_TYPE, STRUCTURED_TYPE
from producers.gateway.checking import STRUCTURED_HEADERS, RawEvent
from producers.gateway.problems import Problem

BATCH_TYPE: Final = "application/cloudevents-batch+json"
LINES_TYPE: Final = "application/x-ndjson"
MEDIA_TYPES: Final = (STRUCTURED_TYPE, BATCH_TYPE, LINES_TYPE, JSON_TYPE)
ENCODINGS: Final = ("gzip", "zstd")

_HTTP_PREFIX: Final = "ce-"
_CHUNK: Final = 64 * 1024
# Text like ours shrinks to a thirtieth at best; a small body may shrink more, for want of anything else in it.
_MAX_RATIO: Final = 200
_RATIO_FREE_BYTES: Final = 1024 * 1024
_MAX_FRAMES: Final = 64
# A block of zstd of four bytes can stand for 128 KiB: fed in slices, no slice makes more than 8 MiB of itself.
_ZSTD_SLICE: Final = 256
_ZSTD_WINDOW: Final = 8 * 1024 * 1024
# A village's line: whoever is slower than this after the first seconds is cut off.
_SLOWEST_BYTES_PER_SECOND: Final = 8 * 1024
# No right event has so many; more commas than this could be a million elements of one byte.
_COMMAS_PER_EVENT: Final = 1_000

_LINE: Final = re.compile(rb"[^\n]+")
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(slots=True)
class BodyRoom:
    """Memory for bodies that are being read or worked on, shared by all requests of a process.

    Attributes:
        free_bytes: what is left.
    """

    free_bytes: int

    def take(self, count: int) -> None:
        """Takes room.

        Raises:
            Problem: there is none.
        """
        if count > self.free_bytes:
            raise Problem("too_busy")
        self.free_bytes -= count

    def give_back(self, count: int) -> None:
        """Gives room back."""
        self.free_bytes += count


def media_type(request: Request) -> str:
    """The media type of the body.

    Raises:
        Problem: it is none of ``MEDIA_TYPES``, or its text is not UTF-8.
    """
    name, _, parameters = request.headers.get("content-type", "").partition(";")
    name = name.strip().lower()
    charset = re.search(r"charset=\"?([^\";\s]*)", parameters, re.IGNORECASE)
    is_binary = f"{_HTTP_PREFIX}specversion" in request.headers
    if (
        name not in MEDIA_TYPES
        or (name == JSON_TYPE and not is_binary)
        or (charset is not None and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"})
    ):
        raise Problem("content_type_unsupported", {"Accept": ", ".join(MEDIA_TYPES[:3])})
    return name


async def read_body(request: Request, max_bytes: int, patience: float, room: BodyRoom) -> bytes:
    """The body as it was before it was compressed. The caller gives back its length to ``room``.

    Args:
        request: the request.
        max_bytes: most bytes that may come, and most that may come out.
        patience: seconds for the body, beside those that a slow line may take.
        room: where the memory comes from.

    Raises:
        Problem: too large, too slow, wrongly compressed, or there is no room for it.
    """
    unpack = _unpacker(request)
    _check_length(_declared_length(request), max_bytes)
    body = await _receive(request, max_bytes, patience, room)
    if unpack is None:
        return body
    try:
        room.take(max_bytes)
        try:
            plain = await asyncio.to_thread(unpack, body, max_bytes)
        finally:
            room.give_back(max_bytes)
        room.take(len(plain))
    finally:
        room.give_back(len(body))
    return plain


def _check_length(length: int, max_bytes: int) -> None:
    if length > max_bytes:
        raise Problem("body_too_large", max_bytes=max_bytes)


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 20 else 0


def _unpacker(request: Request) -> Callable[[bytes, int], bytes] | None:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return None
    if encoding not in ENCODINGS:
        raise Problem("content_encoding_unsupported", {"Accept-Encoding": ", ".join(ENCODINGS)})
    return _gunzip if encoding == "gzip" else _unzstd


async def _receive(request: Request, max_bytes: int, patience: float, room: BodyRoom) -> bytes:
    received = bytearray()
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(patience) as limit:
            async for chunk in request.stream():
                _check_length(len(received) + len(chunk), max_bytes)
                room.take(len(chunk))
                received += chunk
                limit.reschedule(began + patience + len(received) / _SLOWEST_BYTES_PER_SECOND)
    except BaseException as error:
        room.give_back(len(received))
        # To a caller that went away nobody can answer; what is left of it is a line in the log.
        if isinstance(error, TimeoutError | ClientDisconnect):
            raise Problem("body_timeout") from None
        raise
    return bytes(received)


def _check_growth(unpacked: int, packed: int, max_bytes: int) -> None:
    _check_length(unpacked, max_bytes)
    if unpacked > _RATIO_FREE_BYTES and unpacked > packed * _MAX_RATIO:
        raise Problem("body_encoding_broken")


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    plain = bytearray()
    rest = body
    for _ in range(_MAX_FRAMES):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(rest, _CHUNK)
            except zlib.error:
                raise Problem("body_encoding_broken") from None
            rest = member.unconsumed_tail
            plain += piece
            _check_growth(len(plain), len(body), max_bytes)
            if not piece and not rest and not member.eof:
                raise Problem("body_encoding_broken")
        rest = member.unused_data
        if not rest:
            return bytes(plain)
    raise Problem("body_encoding_broken")


def _unzstd(body: bytes, max_bytes: int) -> bytes:
    plain = bytearray()
    rest = body
    reader = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    for _ in range(_MAX_FRAMES):
        frame = reader.decompressobj()
        position = 0
        while not frame.eof:
            if position >= len(rest):
                raise Problem("body_encoding_broken")
            try:
                plain += frame.decompress(rest[position : position + _ZSTD_SLICE])
            except (zstandard.ZstdError, MemoryError):
                raise Problem("body_encoding_broken") from None
            position += _ZSTD_SLICE
            _check_growth(len(plain), len(body), max_bytes)
        rest = frame.unused_data + rest[position:]
        if not rest:
            return bytes(plain)
    raise Problem("body_encoding_broken")


def split_events(request: Request, body: bytes, max_events: int) -> list[RawEvent]:
    """The events of a body, each with its own bytes as they were sent.

    Args:
        request: the request, for its media type and, in binary mode, its ``ce-`` headers.
        body: the unpacked body.
        max_events: most events that it may hold.

    Raises:
        Problem: it holds none or too many, or is no JSON array where it should be one.
    """
    kind = media_type(request)
    if kind == JSON_TYPE:
        return [(body, _binary_headers(request))]
    if kind == STRUCTURED_TYPE:
        values = [body] if body.strip() else []
    else:
        values = split_lines(body, max_events) if kind == LINES_TYPE else split_array(body, max_events)
    if not values:
        raise Problem("body_empty")
    return [(value, STRUCTURED_HEADERS) for value in values]


def split_lines(body: bytes, max_events: int) -> list[bytes]:
    """The lines of NDJSON that are not blank."""
    values: list[bytes] = []
    for line in _LINE.finditer(body):
        if value := line[0].strip():
            values.append(value)
            if len(values) > max_events:
                raise Problem("batch_too_large", max_events=max_events)
    return values


def split_array(body: bytes, max_events: int) -> list[bytes]:
    """The elements of a JSON array. One that is wrong in itself is kept: the checks say what is wrong with it."""
    values: list[bytes] | None = None
    if body.count(b",") <= max_events * _COMMAS_PER_EVENT:
        try:
            values = [bytes(element) for element in _ELEMENTS.decode(body)]
        except (msgspec.MsgspecError, ValueError, RecursionError):
            values = None
    if values is None:
        values = _split_slowly(body, max_events)
    if len(values) > max_events:
        raise Problem("batch_too_large", max_events=max_events)
    return values


def _split_slowly(body: bytes, max_events: int) -> list[bytes]:
    """Cuts an array by its brackets alone, whatever is between them."""
    text = body.strip()
    if not text.startswith(b"[") or not text.endswith(b"]"):
        raise Problem("body_malformed")
    values: list[bytes] = []
    for value in _elements(text):
        values.append(value)
        if len(values) > max_events:
            raise Problem("batch_too_large", max_events=max_events)
    if values == [b""]:
        return []
    if not all(values):
        raise Problem("body_malformed")
    return values


def _elements(text: bytes) -> Iterator[bytes]:
    depth, start = 0, 1
    end = len(text) - 1
    for token in _TOKEN.finditer(text):
        mark, position = token[0], token.start()
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        if (mark == b"," and depth == 1) or (depth == 0 and position == end):
            yield text[start:position].strip()
            start = position + 1
        if depth == 0:
            break
    if start != len(text):
        raise Problem("body_malformed")


def _binary_headers(request: Request) -> list[tuple[str, bytes]]:
    """The Kafka headers of an event in binary mode: HTTP writes ``ce-id`` what Kafka writes ``ce_id``."""
    headers = [("content-type", JSON_TYPE.encode())]
    for name, value in request.headers.items():
        if name.startswith(_HTTP_PREFIX):
            headers.append((ATTRIBUTE_PREFIX + name.removeprefix(_HTTP_PREFIX), unquote_to_bytes(value)))
    return headers
