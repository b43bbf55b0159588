"""Two hundred callers at once, and callers that try everything the OpenAPI document allows and more."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from time import monotonic

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from arna.contracts.identifiers import make_synthetic_bin
from arna.contracts.registry import Entity
from arna.settings import Settings
from producers.gateway.app import create_app
from producers.gateway.documents import complete
from tests.support.gateway import BATCH, ONE, Desk, make_key
from tests.support.samples import sample_event

pytestmark = pytest.mark.integration

CALLERS = 200
LIMITED_CALLERS = 20
SECONDS = 5.0
BATCH_EVENTS = 5


@schemathesis.serializer("application/x-ndjson", "text/csv", "text/tab-separated-values")
def write_text(_: schemathesis.SerializationContext, value: object) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


# A document in JSON Schema cannot say all of a contract: check digits, whose key it is, cursors that were given out.
NOT_OURS = [positive_data_acceptance]
# A file whose rows are all wrong is a file that was read: 200, with what is wrong with each.
NOT_OF_FILES = [*NOT_OURS, negative_data_rejection]


class Callers:
    """Callers that publish as fast as they are answered, each with events of its own."""

    def __init__(self, url: str, key: str, source: str) -> None:
        self.accepted: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.limited_without_word = 0
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._number = 0
        event = sample_event(Entity.CERTIFICATION, number=1, source=source)
        # An id of the event and one of the certificate, each at its place in the written form.
        self._pieces = (
            event.to_structured()[0]
            .replace(event.event_id.encode(), b"\0ID")
            .replace(event.subject.encode(), b"\0SUBJECT")
        )

    def _write(self, count: int) -> tuple[list[str], list[bytes]]:
        ids, values = [], []
        for _ in range(count):
            self._number += 1
            ids.append(f"{id(self) & 0xFFFFFFFF:08x}-0000-7000-8000-{self._number:012x}")
            subject = b"load-%x-%x" % (id(self), self._number)
            values.append(self._pieces.replace(b"\0ID", ids[-1].encode()).replace(b"\0SUBJECT", subject))
        return ids, values

    async def _call(self, client: httpx.AsyncClient, caller: int, deadline: float) -> None:
        is_batch = caller % 2 == 0
        while monotonic() < deadline:
            ids, values = self._write(BATCH_EVENTS if is_batch else 1)
            body, kind = (b"[" + b",".join(values) + b"]", BATCH) if is_batch else (values[0], ONE)
            answer = await client.post("/v1/events", content=body, headers={**self._headers, **kind})
            self.statuses[answer.status_code] += 1
            if answer.status_code == 202:
                self.accepted += ids
            else:
                assert answer.headers["content-type"] == "application/problem+json"
                self.limited_without_word += "retry-after" not in answer.headers
                await asyncio.sleep(0.2)

    async def run(self, callers: int, seconds: float) -> None:
        limits = httpx.Limits(max_connections=callers, max_keepalive_connections=callers)
        async with httpx.AsyncClient(base_url=self._url, limits=limits, timeout=30) as client:
            deadline = monotonic() + seconds
            await asyncio.gather(*(self._call(client, caller, deadline) for caller in range(callers)))


def test_nothing_accepted_from_two_hundred_callers_is_missing(gateway_desk: Desk):
    url, site = gateway_desk.gateway.url, gateway_desk.site
    free_source, limited_source = (f"urn:kz:bin:{make_synthetic_bin(number)}" for number in (21, 22))
    free = Callers(url, make_key(site.database_url, free_source), free_source)
    limited = Callers(url, make_key(site.database_url, limited_source, requests_per_second=3), limited_source)

    async def run() -> None:
        # Keys are known within a second of their issue: not to two hundred requests at the same moment.
        await asyncio.gather(free.run(1, 0.1), limited.run(1, 0.1))
        await asyncio.gather(
            free.run(CALLERS - LIMITED_CALLERS, SECONDS),
            limited.run(LIMITED_CALLERS, SECONDS),
        )

    asyncio.run(run())
    assert set(free.statuses) == {202}
    assert set(limited.statuses) == {202, 429}
    assert limited.limited_without_word == 0
    assert limited.statuses[202] <= 2 * 3 * 10, "thirty in ten seconds"
    site.land_all()
    landed = {str(row["event_id"]) for row in site.raw()}
    missing = set(free.accepted + limited.accepted) - landed
    assert not missing
    assert gateway_desk.gateway.gateway.broker._in_flight == 0
    assert len(free.accepted) > 1_000


@pytest.fixture(scope="module")
def visitor(gateway_desk: Desk) -> dict[str, str]:
    """The source of the document's own examples, so that some events are accepted."""
    return {"Authorization": f"Bearer {gateway_desk.key}"}


# Of an application whose servers are never asked: the document is the same.
described = schemathesis.openapi.from_dict(
    complete(create_app(Settings(kafka_bootstrap_servers="none:1", warehouse_gateway_url="postgresql://none:1/x")))[0]
)


@described.parametrize()
@settings(max_examples=100, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_the_document_allows_or_not_is_answered_as_documented(
    case: schemathesis.Case, gateway_desk: Desk, visitor: dict[str, str]
):
    excluded = NOT_OF_FILES if case.path.startswith("/v1/files/") else NOT_OURS
    case.call_and_validate(base_url=gateway_desk.gateway.url, headers=visitor, timeout=20, excluded_checks=excluded)
