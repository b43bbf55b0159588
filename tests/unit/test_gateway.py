"""The gateway without a server: checks, results, problems, documents, keys."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import SPECS, Entity
from arna.contracts.rules import RULES
from arna.errors import ContractError
from arna.source_keys import KeyHolder, hash_secret, parse_key
from producers.gateway.checking import STRUCTURED_HEADERS, ReadyEvent, check_events
from producers.gateway.examples import EXAMPLES, SOURCE
from producers.gateway.guard import Guard
from producers.gateway.limits import WINDOW_SECONDS, Quotas
from producers.gateway.problems import KINDS, Problem, choose_language, problem_response
from producers.gateway.results import GATEWAY_RULES, EventResult, EventStatus, Report
from tests.support.samples import SAMPLE_SOURCE, sample_event

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 5, tzinfo=UTC)


def holder(**values: Any) -> KeyHolder:
    made: dict[str, Any] = {
        "key_id": "abcdefghijkl",
        "secret_sha256": hash_secret("secret"),
        "expires_at": None,
        "revoked_at": None,
        "source_id": 1,
        "source_uri": SAMPLE_SOURCE,
        "name": "Sample",
        "entities": frozenset(Entity),
        "achievement_types": None,
        "language": "ru",
        "is_enabled": True,
        "requests_per_second": None,
        "events_per_second": None,
        "max_batch_events": None,
    }
    return KeyHolder(**{**made, **values})


def check(document: Mapping[str, Any] | bytes, **values: Any) -> ReadyEvent | ContractError:
    value = document if isinstance(document, bytes) else orjson.dumps(document)
    [result] = check_events([(value, STRUCTURED_HEADERS)], holder(**values))
    return result


def refusal(document: Mapping[str, Any] | bytes, **values: Any) -> tuple[str, str]:
    error = check(document, **values)
    assert isinstance(error, ContractError)
    assert make_synthetic_iin(1) not in str(error)
    return error.rule_id, error.pointer


def document(entity: Entity = Entity.CERTIFICATION, **values: Any) -> dict[str, Any]:
    return {**orjson.loads(sample_event(entity).to_structured()[0]), **values}


@pytest.mark.parametrize("entity", list(Entity))
def test_a_right_event_goes_on_with_its_very_bytes(entity: Entity):
    written = json.dumps(document(entity), indent=1).encode()
    ready = check(written)
    assert isinstance(ready, ReadyEvent)
    assert ready.value is written
    assert (ready.topic, ready.key) == (SPECS[entity].topic, document(entity)["subject"].encode())
    assert (ready.event_id, ready.headers) == (document(entity)["id"], STRUCTURED_HEADERS)


def test_an_event_in_binary_mode_is_checked_as_strictly():
    value, headers, key = sample_event(Entity.VACANCY).to_binary()
    [ready] = check_events([(value, headers)], holder())
    assert isinstance(ready, ReadyEvent)
    assert (ready.topic, ready.key, ready.headers) == ("arna.vacancy.v1", key, headers)
    more = orjson.dumps({**orjson.loads(value), "colour": "red"})
    [error] = check_events([(more, headers)], holder())
    assert isinstance(error, ContractError)
    assert error.rule_id == "field_unknown"


@pytest.mark.parametrize("spaced", [False, True])
def test_a_field_that_the_contract_lacks_is_refused_as_by_any_writer(spaced: bool):
    changed = document()
    changed["data"]["achievement"]["colour"] = "red"
    written = json.dumps(changed, indent=1 if spaced else None).encode()
    assert refusal(written) == ("field_unknown", "/data/achievement")


def test_an_extension_attribute_is_no_unknown_field():
    assert isinstance(check(document(tracestate="a=b")), ReadyEvent)


def test_a_source_sends_its_own_events_only():
    assert refusal(document(), source_uri="urn:test:other") == ("source_not_allowed", "/source")
    assert refusal(document(), entities=frozenset({"vacancy"})) == ("source_not_allowed", "/type")
    types = frozenset({"License"})
    assert refusal(document(), achievement_types=types) == ("source_not_allowed", "/data/achievement/type")
    assert isinstance(check(document(), achievement_types=frozenset({"Course"})), ReadyEvent)
    assert isinstance(check(document(Entity.VACANCY), achievement_types=types), ReadyEvent)


@pytest.mark.parametrize(
    ("value", "rule_id", "pointer"),
    [
        (b"{", "json_malformed", ""),
        (b"[]", "envelope_not_object", ""),
        (b'"text"', "envelope_not_object", ""),
        (b"[" * 100_000 + b"]" * 100_000, "json_too_deep", ""),
        (b'{"type":' + b"[" * 100_000, "json_too_deep", ""),
        (b'{"a":' + b"1" * 300_000 + b"}", "message_too_large", ""),
        (b"\xef\xbb\xbf{}", "byte_order_mark", ""),
        (b'{"a":"\xff"}', "not_utf8", ""),
        (orjson.dumps(document(type="kz.arna.salary.paid.v1")), "type_unknown", "/type"),
        (orjson.dumps(document(type=5)), "type_unknown", "/type"),
        (orjson.dumps(document(type=None)), "attribute_missing", "/type"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(value: bytes, rule_id: str, pointer: str):
    assert refusal(value) == (rule_id, pointer)


def test_a_refused_event_keeps_its_id_and_shows_no_value():
    changed = document()
    changed["data"]["title"] = make_synthetic_iin(1)
    error = check(changed)
    assert isinstance(error, ContractError)
    shown = EventResult(0, EventStatus.REFUSED, error.event_id, error).as_json("kk")
    assert shown["id"] == changed["id"]
    assert make_synthetic_iin(1) not in str(shown)
    assert shown["message"] == RULES["field_unknown"].kk
    assert shown["mend"]


A, R, U, N = EventStatus.ACCEPTED, EventStatus.REFUSED, EventStatus.UNKNOWN, EventStatus.NOT_SENT


@pytest.mark.parametrize(
    ("statuses", "is_dry_run", "expected"),
    [
        ([A, A], False, 202),
        ([A, A], True, 200),
        ([A, R], False, 207),
        ([A, R], True, 207),
        ([R, R], False, 422),
        ([A, U], False, 503),
        ([R, N], False, 503),
        ([A, R, U, N], False, 503),
    ],
)
def test_the_status_follows_from_the_results(statuses: list[EventStatus], is_dry_run: bool, expected: int):
    error = ContractError("schema_invalid", "field_unknown")
    results = [EventResult(i, status, None, error if status is R else None) for i, status in enumerate(statuses)]
    report = Report(results, is_dry_run)
    assert report.http_status == expected
    body = report.as_json("en")
    assert body["read"] == body["accepted"] + body["refused"] + body["unknown"] + body["not_sent"] == len(statuses)
    assert all(("message" in shown) is (shown["status"] != "accepted") for shown in body["results"])


def test_403_only_where_every_event_was_refused_for_whose_it_is():
    theirs = EventResult(0, R, None, ContractError("source_unknown", "source_not_allowed"))
    wrong = EventResult(1, R, None, ContractError("schema_invalid", "field_unknown"))
    assert Report([theirs, theirs]).http_status == 403
    assert Report([theirs, wrong]).http_status == 422


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "ru"), ("", "ru"), ("kk", "kk"), ("en-GB,en;q=0.9", "en"), ("de, kk;q=0.3, en;q=0.2", "kk"),
        ("en;q=0.1, ru;q=0.2", "ru"), ("en;q=x", "ru"), ("*", "ru"), ("en;q=0", "ru"), ("kk-KZ", "kk"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_asked_for(header: str | None, expected: str):
    assert choose_language(header, "ru") == expected


def test_a_problem_has_the_documented_form_in_every_language():
    for name, kind in KINDS.items():
        assert len({kind.kk, kind.ru, kind.en}) == 3, name
        response = problem_response(Problem(name, {"X-More": "1"}, limit=3), "kk", "urn:x")
        body = json.loads(response.body)
        assert body == {
            "type": f"urn:arna:problem:{name}",
            "title": kind.en,
            "status": kind.status,
            "detail": kind.kk,
            "instance": "urn:x",
            "limit": 3,
        }
        assert response.headers["content-type"] == "application/problem+json"
        assert ("retry-after" in response.headers) is (kind.status in {429, 503})


def test_our_rules_say_something_in_every_language():
    for rule in GATEWAY_RULES.values():
        assert len({rule.kk, rule.ru, rule.en}) == 3


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_documentation_would_be_accepted(name: str):
    assert isinstance(check(EXAMPLES[name], source_uri=SOURCE), ReadyEvent)


@pytest.mark.parametrize("text", ["", "arna_", "arna_abcdefghijkl_short", "arna_ABCDEFGHIJKL_" + "a" * 43, "x" * 5000])
def test_what_is_no_key_is_none(text: str):
    assert parse_key(text) is None


def test_a_key_is_read_whatever_its_secret_has():
    secret = "_-" * 21 + "_"
    assert parse_key(f"arna_abcdefghijkl_{secret}") == ("abcdefghijkl", secret)
    assert holder().owns("secret")
    assert not holder().owns("secrets")
    assert "secret" not in repr(holder()).replace("secret_sha256", "")


async def _take(quotas: Quotas, who: KeyHolder, *counts: int) -> list[str | None]:
    outcomes: list[str | None] = []
    for count in counts:
        try:
            await quotas.take_events(who, count)
        except Problem as problem:
            outcomes.append(problem.headers["Retry-After"])
        else:
            outcomes.append(None)
    return outcomes


def test_a_limit_per_second_is_kept_over_ten():
    from arna.settings import Settings

    async def run() -> None:
        quotas = Quotas(Settings(gateway_events_per_second=7, gateway_max_batch_events=1_000))
        slow = holder(events_per_second=20)
        assert quotas.max_batch(slow) == 20 * WINDOW_SECONDS
        assert quotas.max_batch(holder(max_batch_events=3)) == 3
        assert await _take(quotas, slow, 150, 50, 1, 40) == [None, None, "1", "2"]
        assert await _take(quotas, holder(source_id=2), 70, 1) == [None, "1"], (
            "the gateway's own limit, and its own count"
        )

    asyncio.run(run())


def test_the_openapi_document_is_complete_and_the_page_needs_nobody():
    from arna.settings import Settings
    from producers.gateway.app import create_app
    from producers.gateway.documents import complete, render_page

    app = create_app(
        Settings(kafka_bootstrap_servers="127.0.0.1:1", warehouse_gateway_url="postgresql://127.0.0.1:1/x")
    )
    tree, written = complete(app)
    assert orjson.loads(written) == tree
    assert {"/v1/events", "/v1/check", "/v1/receipts", "/v1/schemas", "/healthz", "/readyz"} <= tree["paths"].keys()
    references = set(re.findall(r'"#/components/schemas/(\w+)"', written.decode()))
    assert references <= tree["components"]["schemas"].keys()
    assert "HTTPValidationError" not in written.decode()
    for path, methods in tree["paths"].items():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                assert answer["description"], (path, status)
                if int(status) >= 400:
                    assert set(answer["content"]) == {"application/problem+json"}, (path, status)
    page = render_page(tree)
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "/v1/events" in page
    assert make_synthetic_bin(1) in page


def test_a_page_is_escaped():
    from producers.gateway.documents import render_page

    page = render_page(
        {
            "info": {"title": "<b>", "version": "1", "description": "<i>"},
            "paths": {"/<x>": {"get": {"summary": "<s>", "responses": {"200": {"description": "<d>"}}}}},
            "components": {"schemas": {"<n>": {"const": "<v>"}}},
        }
    )
    assert not re.search(r"<(b|i|x|s|d|n|v)>", page)


def test_the_event_of_the_how_to_would_be_accepted():
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "publish-over-http.md").read_text(encoding="utf-8")
    event = json.loads(text.partition("```json\n")[2].partition("```")[0])
    assert isinstance(check(event, source_uri=event["source"]), ReadyEvent)


def test_what_goes_wrong_inside_is_answered_without_saying_how(capsys: pytest.CaptureFixture[str]):
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(make_synthetic_iin(1))

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/{make_synthetic_iin(1)}",
        "headers": [(b"accept-language", b"kk")],
    }
    asyncio.run(Guard(broken, 1)(scope, receive, send))
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["detail"] == KINDS["internal"].kk
    shown = capsys.readouterr()
    assert "ValueError" in shown.out + shown.err
    assert make_synthetic_iin(1) not in str(sent) + shown.out + shown.err


def test_requests_beyond_the_bound_are_told_to_come_again_and_health_checks_are_let_in():
    answers: list[int] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.05)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])

    async def run() -> None:
        guard = Guard(slow, 1)
        scopes = [{"type": "http", "method": "GET", "path": path, "headers": []} for path in ("/a", "/b", "/healthz")]
        await asyncio.gather(*(guard(scope, None, send) for scope in scopes))

    asyncio.run(run())
    assert sorted(answers) == [200, 200, 503]
