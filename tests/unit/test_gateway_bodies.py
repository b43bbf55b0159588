"""Bodies over HTTP: unpacked within bounds, cut into events by their own bytes."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from time import perf_counter
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from producers.gateway import bodies
from producers.gateway.bodies import BodyRoom, media_type, split_array, split_events, split_lines
from producers.gateway.problems import Problem

pytestmark = pytest.mark.unit

LIMIT = 1024 * 1024


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw})


def problem(function: Any, *arguments: Any) -> str:
    with pytest.raises(Problem) as caught:
        function(*arguments)
    return caught.value.kind.name


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=6), st.sampled_from([None, 1]), st.booleans())
@settings(deadline=None, max_examples=150)
def test_an_array_is_cut_into_its_elements_whichever_way(values: list[Any], indent: int | None, ascii_only: bool):
    body = f" {json.dumps(values, indent=indent, ensure_ascii=ascii_only)}\n".encode("utf-8", "surrogatepass")
    for found in (split_array(body, 10), bodies._split_slowly(body, 10)):
        assert [json.loads(value.decode("utf-8", "surrogatepass")) for value in found] == values


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",\\: 1a\n', max_size=40).map(str.encode))
@settings(deadline=None, max_examples=300)
def test_whatever_is_sent_as_an_array_is_cut_or_refused(body: bytes):
    for bodied in (body, b"[" + body + b"]"):
        with suppress(Problem):
            assert all(value in bodied for value in split_array(bodied, 10))


@pytest.mark.parametrize(
    "body", [b"{}", b"[1,]", b"[,1]", b"[1]]", b"[1", b'["a]', b"[1],[2]", b"", b"null", b"\xef\xbb\xbf[]", b"[1][2]"]
)
def test_what_is_no_array_is_refused(body: bytes):
    assert problem(split_array, body, 10) == "body_malformed"


def test_one_wrong_element_does_not_spoil_the_batch():
    assert split_array(b'[{"a":1},{"a":NaN},{"b":"\\ud800"}]', 10) == [b'{"a":1}', b'{"a":NaN}', b'{"b":"\\ud800"}']


@pytest.mark.parametrize("many", [b"[" + b"1," * 3_000_000 + b"1]", b"[1,2,3]"])
def test_too_many_elements_are_refused_before_they_fill_the_memory(many: bytes):
    began = perf_counter()
    assert problem(split_array, many, 2) == "batch_too_large"
    assert perf_counter() - began < 1


def test_depth_is_no_trouble():
    deep = b"[" * 100_000 + b"]" * 100_000
    assert split_array(b"[" + deep + b"]", 10) == [deep]
    assert problem(split_array, b"[" * 100_000, 10) == "body_malformed"


def test_lines_are_events_and_blank_ones_are_not():
    assert split_lines(b'{"a":1}\r\n\n  \n {"b":2}', 2) == [b'{"a":1}', b'{"b":2}']
    assert problem(split_lines, b"1\n2\n3", 2) == "batch_too_large"
    assert split_lines(b"\n" * 1_000_000, 1) == []


@pytest.mark.parametrize(
    "content_type",
    ["", "text/csv", "application/json", "application/cloudevents+json; charset=cp1251", "application/cloudevents"],
)
def test_other_media_types_are_refused(content_type: str):
    assert problem(media_type, request(content_type=content_type)) == "content_type_unsupported"


def test_binary_mode_puts_the_attributes_into_kafka_headers():
    asked = request(content_type="application/json", ce_specversion="1.0", ce_subject="%D3%98%20a", other="x")
    [(value, headers)] = split_events(asked, b"{}", 10)
    assert value == b"{}"
    assert dict(headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_subject": "Ә a".encode(),
    }
    structured = request(content_type="application/cloudevents+json", ce_specversion="1.0")
    assert split_events(structured, b"{}", 10)[0][1] == (("content-type", b"application/cloudevents+json"),)


@pytest.mark.parametrize("kind", ["application/cloudevents+json", "application/cloudevents-batch+json"])
def test_a_body_without_events_is_refused(kind: str):
    assert problem(split_events, request(content_type=kind), b"[]" if "batch" in kind else b" \n", 10) == "body_empty"


def zstd(data: bytes, **options: Any) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(data)


def bomb(pack: Any) -> bytes:
    return pack(b"0" * (64 * 1024 * 1024))


TEXT = b"".join(b'{"number":%d}\n' % (number * 7919) for number in range(20_000))


@pytest.mark.parametrize(("pack", "unpack"), [(gzip.compress, bodies._gunzip), (zstd, bodies._unzstd)])
class TestCompression:
    def test_what_was_packed_comes_out(self, pack: Any, unpack: Any):
        assert unpack(pack(TEXT), LIMIT) == TEXT
        assert unpack(pack(TEXT[:500]) + pack(TEXT[500:]), LIMIT) == TEXT
        assert unpack(pack(b""), LIMIT) == b""

    def test_a_part_is_not_taken_for_the_whole(self, pack: Any, unpack: Any):
        packed = pack(TEXT)
        for cut in (len(packed) - 1, len(packed) // 2, 3):
            assert problem(unpack, packed[:cut], LIMIT) == "body_encoding_broken"
        assert problem(unpack, b"", LIMIT) == "body_encoding_broken"
        assert problem(unpack, packed + b"more", LIMIT) == "body_encoding_broken"
        assert problem(unpack, b"plain text", LIMIT) == "body_encoding_broken"

    def test_a_bomb_is_refused_at_once(self, pack: Any, unpack: Any):
        packed = bomb(pack)
        began = perf_counter()
        assert problem(unpack, packed, LIMIT) == "body_too_large"
        assert problem(unpack, packed, 1024 * LIMIT) == "body_encoding_broken"
        assert perf_counter() - began < 0.5

    def test_a_thousand_empty_parts_are_refused(self, pack: Any, unpack: Any):
        assert problem(unpack, pack(b"") * 1_000, LIMIT) == "body_encoding_broken"


def test_a_window_beyond_ours_is_refused():
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    assert problem(bodies._unzstd, zstd(TEXT * 60, compression_params=parameters), 2**30) == "body_encoding_broken"


def test_room_is_bounded():
    room = BodyRoom(10)
    room.take(8)
    assert problem(room.take, 3) == "too_busy"
    room.give_back(8)
    room.take(10)
