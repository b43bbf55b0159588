"""What the gateway does not let in: hostile bodies, slow callers, too many of them, too fast."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from time import monotonic

import httpx
import pytest
import zstandard

from arna.contracts.identifiers import make_synthetic_bin
from arna.embedded.processes import wait_until
from producers.gateway import server, service
from tests.support.gateway import BATCH, LINES, ONE, Desk, RunningGateway, array, make_key, running_gateway

pytestmark = pytest.mark.integration


@pytest.fixture
def desk(gateway_desk: Desk) -> Desk:
    return gateway_desk


DEEP = b"[" * 100_000 + b"]" * 100_000


def _post(content: bytes | Iterator[bytes], path: str = "/v1/events", **headers: str) -> Callable[..., httpx.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda client: client.post(path, content=content, headers=named)


def _bomb(client: httpx.Client, encoding: str, pack: Callable[[bytes], bytes]) -> httpx.Response:
    packed = pack(b"0" * 100_000_000)
    return client.post("/v1/events", content=packed, headers={**ONE, "Content-Encoding": encoding})


HOSTILE: dict[str, tuple[Callable[[httpx.Client], httpx.Response], int, str]] = {
    "10 MB": (_post(b"x" * 10_000_000, **ONE), 413, "body_too_large"),
    "10 MB in chunks": (
        lambda client: client.post("/v1/events", content=iter([b"x" * 100_000] * 100), headers=ONE),
        413,
        "body_too_large",
    ),
    "gzip bomb": (lambda client: _bomb(client, "gzip", gzip.compress), 413, "body_too_large"),
    "zstd bomb": (
        lambda client: _bomb(client, "zstd", zstandard.ZstdCompressor().compress), 400, "body_encoding_broken"
    ),
    "no gzip": (_post(b"{}", **ONE, Content_Encoding="gzip"), 400, "body_encoding_broken"),
    "unknown encoding": (_post(b"{}", **ONE, Content_Encoding="br"), 415, "content_encoding_unsupported"),
    "deep event": (_post(DEEP, **ONE), 422, "events_refused"),
    "deep batch": (_post(b"[" + DEEP + b"]", **BATCH), 422, "events_refused"),
    "deep line": (_post(DEEP, **LINES), 422, "events_refused"),
    "open brackets": (_post(b"[" * 100_000, **BATCH), 400, "body_malformed"),
    "no array": (_post(b"{}", **BATCH), 400, "body_malformed"),
    "a million elements": (_post(b"[" + b"1," * 1_000_000 + b"1]", **BATCH), 413, "batch_too_large"),
    "a million lines": (_post(b"1\n" * 1_000_000, **LINES), 413, "batch_too_large"),
    "nothing": (_post(b"", **BATCH), 400, "body_malformed"),
    "an empty array": (_post(b"[]", **BATCH), 400, "body_empty"),
    "no type": (_post(b"{}"), 415, "content_type_unsupported"),
    "csv": (_post(b"a;b", Content_Type="text/csv"), 415, "content_type_unsupported"),
    "no such path": (lambda client: client.get("/v2/events"), 404, "not_found"),
    "no such schema": (lambda client: client.get("/v1/schemas/salary"), 404, "not_found"),
    "wrong method": (lambda client: client.put("/v1/events", content=b"{}"), 405, "method_not_allowed"),
    "wrong limit": (lambda client: client.get("/v1/receipts", params={"limit": 0}), 400, "request_malformed"),
    "wrong cursor": (lambda client: client.get("/v1/receipts", params={"cursor": "x"}), 400, "cursor_unknown"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_at_once_and_publishes_nothing(desk: Desk, name: str):
    act, status, problem = HOSTILE[name]
    before = desk.ends()
    with desk.client() as client:
        client.get("/healthz")
        answer = act(client)
        took = answer.elapsed.total_seconds()
        assert client.get("/healthz").status_code == 200
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:arna:problem:{problem}"), answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert took < 1, took
    assert desk.ends() == before
    assert desk.gateway.gateway.room.free_bytes == service._BODY_ROOM_BYTES, "memory that was not given back"


def test_who_sends_too_fast_is_told_how_long_to_wait(desk: Desk):
    source = f"urn:kz:bin:{make_synthetic_bin(10)}"
    key = make_key(desk.site.database_url, source, requests_per_second=1, events_per_second=1)
    with desk.gateway.client(key) as client:
        body = array(*(desk.event(source=source) for _ in range(6)))
        assert client.post("/v1/events", content=body, headers=BATCH).status_code == 202
        before = desk.ends()
        answers = [client.post("/v1/events", content=body, headers=BATCH) for _ in range(12)]
        limited = [answer for answer in answers if answer.status_code == 429]
        assert {answer.json()["limit"] for answer in limited} == {"events", "requests"}
        assert all(1 <= int(answer.headers["retry-after"]) <= 10 for answer in limited)
        assert len(limited) >= 11, "at most one where the window's end was near"
        assert sum(desk.ends().values()) - sum(before.values()) <= 6 * (12 - len(limited))
        too_many = array(*(desk.event(source=source) for _ in range(11)))
        assert client.get("/healthz").status_code == 200
    fresh = f"urn:kz:bin:{make_synthetic_bin(11)}"
    with desk.gateway.client(make_key(desk.site.database_url, fresh, events_per_second=1)) as client:
        answer = client.post("/v1/events", content=too_many, headers=BATCH)
        assert (answer.status_code, answer.json()["max_events"]) == (413, 10), (
            "what ten seconds could never let through"
        )


def _talk(desk: Desk | RunningGateway, *pieces: bytes, timeout: float = 10.0) -> bytes:
    """What a gateway says on one connection, until it ends it."""
    url = httpx.URL(desk.gateway.url if isinstance(desk, Desk) else desk.url)
    with socket.create_connection((url.host, url.port or 80), timeout) as connection:
        for piece in pieces:
            connection.sendall(piece)
        heard = b""
        while piece := connection.recv(65_536):
            heard += piece
        return heard


@pytest.fixture
def hurried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningGateway]:
    """A gateway with little patience and few connections."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(server, "REFUSED_BODY_SECONDS", 0.5)
    settings = desk.gateway.settings.model_copy(update={"gateway_body_seconds": 0.5, "gateway_max_connections": 4})
    with running_gateway(settings) as gateway:
        yield gateway


def test_slow_and_oversized_callers_are_cut_off(desk: Desk, hurried: RunningGateway):
    before = desk.ends()
    head = b"POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %s\r\n" % desk.key.encode()
    body_head = head + b"content-type: application/cloudevents+json\r\ncontent-length: 5000\r\n\r\n"
    began = monotonic()
    answer = _talk(hurried, body_head, b"{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert _talk(hurried, head) == b"", "a head that does not end"
    assert _talk(hurried) == b"", "a connection that says nothing"
    again = _talk(hurried, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /healthz HTTP/1.1\r\nho")
    assert again.count(b"HTTP/1.1 200 ") == 1, "a second head that does not end"
    assert monotonic() - began < 6
    large = b"".join(b"x-%d: %s\r\n" % (number, b"y" * 1_000) for number in range(50))
    assert _talk(hurried, head, large[:40_000]).startswith(b"HTTP/1.1 431 ")
    nonsense = _talk(hurried, b"\x16\x03\x01 not http\r\n\r\n")
    assert nonsense.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in nonsense
    refused = _talk(hurried, body_head.replace(desk.key.encode(), b"nonsense"), b"{")
    assert refused.startswith(b"HTTP/1.1 401 "), "answered before the body, which then has a moment to end"
    assert desk.ends() == before


def test_a_connection_too_many_is_told_so(hurried: RunningGateway):
    url = httpx.URL(hurried.url)
    idle = [socket.create_connection((url.host, url.port or 80)) for _ in range(4)]
    try:
        with hurried.client() as client:
            answer = client.get("/healthz")
    finally:
        for connection in idle:
            connection.close()
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:arna:problem:too_busy"
    assert "retry-after" in answer.headers
    with hurried.client() as client:
        assert wait_until(lambda: client.get("/healthz").status_code == 200, 5)
