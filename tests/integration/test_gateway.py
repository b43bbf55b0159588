"""The gateway on a real socket, a real broker and a real warehouse: what gets in, what does not, and what is said."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
from datetime import UTC, datetime, timedelta
from time import monotonic, perf_counter

import psycopg
import pytest
import zstandard
from typer.testing import CliRunner

from arna.cli.main import build_app
from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import Entity
from arna.embedded.processes import wait_until
from arna.settings import get_settings
from arna.source_keys import issue_key, list_keys
from arna.sources import set_enabled
from arna.warehouse.database import Database, connection_string
from consumers.receipts import ReceiptAnnouncer
from producers.gateway import auth
from tests.support.gateway import BATCH, LINES, ONE, Desk, array, make_key, running_gateway, written
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

OTHER = f"urn:kz:bin:{make_synthetic_bin(7)}"


@pytest.fixture
def desk(gateway_desk: Desk) -> Desk:
    return gateway_desk


def test_every_way_of_sending_lands_the_very_bytes(desk: Desk):
    events = [desk.event(entity) for entity in (*Entity, *Entity)]
    one, two, three, four, five, six = (json.dumps(json.loads(value), indent=1).encode() for value in written(*events))
    flat = [json.dumps(json.loads(value)).encode() for value in (three, four)]
    with desk.client() as client:
        answers = [
            client.post("/v1/events", content=one, headers=ONE),
            client.post("/v1/events", content=b"[" + two + b"]", headers=BATCH),
            client.post("/v1/events", content=b"\n".join(flat), headers=LINES),
            client.post("/v1/events", content=gzip.compress(five), headers={**ONE, "Content-Encoding": "gzip"}),
            client.post(
                "/v1/events",
                content=zstandard.ZstdCompressor().compress(six),
                headers={**ONE, "Content-Encoding": "zstd"},
            ),
        ]
    assert [answer.status_code for answer in answers] == [202] * 5, [answer.text for answer in answers]
    assert [result["id"] for answer in answers for result in answer.json()["results"]] == [
        event.event_id for event in events
    ]
    desk.site.land_all()
    sent = {hashlib.sha256(value).digest() for value in (one, two, *flat, five, six)}
    landed = {bytes(row["payload_sha256"]) for entity in Entity for row in desk.site.raw(entity)}
    assert sent <= landed
    assert desk.site.rejections() == []


def test_binary_mode_lands_too(desk: Desk):
    value, headers, _ = desk.event().to_binary()
    named = {name.replace("ce_", "ce-"): text.decode() for name, text in headers}
    with desk.client() as client:
        answer = client.post("/v1/events", content=value, headers=named)
        assert answer.status_code == 202, answer.text
    desk.site.land_all()
    assert named["ce-id"] in {str(row["event_id"]) for row in desk.site.raw()}


def test_the_same_batch_again_is_harmless_and_said_to_be_accepted(desk: Desk):
    body = array(*(desk.event() for _ in range(3)))
    with desk.client() as client:
        for _ in range(2):
            assert client.post("/v1/events", content=body, headers=BATCH).json()["accepted"] == 3


def test_each_event_has_its_own_answer_in_the_language_asked_for(desk: Desk):
    before = sum(desk.ends().values())
    right, theirs = written(desk.event(), desk.event(source=OTHER))
    wrong = right.replace(b'"language":"kk"', b'"language":"xx"')
    with desk.client() as client:
        answer = client.post(
            "/v1/events", content=b"[" + b",".join([wrong, right, theirs, b"NaN"]) + b"]", headers=BATCH
        )
        shown = answer.json()
        assert answer.status_code == 207
        assert (shown["read"], shown["accepted"], shown["refused"]) == (4, 1, 3)
        assert [result["status"] for result in shown["results"]] == ["refused", "accepted", "refused", "refused"]
        assert [result.get("rule") for result in shown["results"]] == [
            "value_not_listed", None, "source_not_allowed", "number_not_finite",
        ]  # fmt: skip
        assert shown["results"][0]["pointer"] == "/data/language"
        messages = {
            language: client.post("/v1/check", content=wrong, headers={**ONE, "Accept-Language": language}).json()[
                "results"
            ][0]["message"]
            for language in ("kk", "ru", "en", "de")
        }
    assert len({messages["kk"], messages["ru"], messages["en"]}) == 3
    assert messages["de"] == messages["ru"], "the source's language"
    assert make_synthetic_iin(desk._number) not in answer.text
    assert sum(desk.ends().values()) == before + 1


def test_a_dry_run_says_the_same_and_sends_nothing(desk: Desk):
    before = desk.ends()
    body = b"\n".join([*written(desk.event()), b"{"])
    with desk.client() as client:
        answer = client.post("/v1/check", content=body, headers=LINES)
        assert answer.status_code == 207
        assert [result["status"] for result in answer.json()["results"]] == ["accepted", "refused"]
        assert answer.json()["dry_run"] is True
        assert client.post("/v1/check", content=written(desk.event())[0], headers=ONE).status_code == 200
        assert client.post("/v1/check", content=b"{}", headers=ONE).status_code == 422
    assert desk.ends() == before


def test_who_has_no_right_key_gets_nothing_in(desk: Desk):
    url = desk.site.database_url
    before = desk.ends()
    [value] = written(desk.event())
    [theirs] = written(desk.event(source=OTHER))
    expired_source = f"urn:kz:bin:{make_synthetic_bin(8)}"
    make_key(url, expired_source)
    with Database(url) as database:
        expired = issue_key(database, expired_source, expires_at=datetime.now(UTC) - timedelta(seconds=1)).text
    wrong = desk.key[:-1] + ("A" if desk.key[-1] != "A" else "B")
    cases = [
        (None, value, 401, "key_missing"),
        ("nonsense", value, 401, "key_unknown"),
        (wrong, value, 401, "key_unknown"),
        ("arna_zzzzzzzzzzzz_" + "a" * 43, value, 401, "key_unknown"),
        (expired, value, 401, "key_expired"),
        (desk.key, theirs, 403, "source_not_allowed"),
        (make_key(url, OTHER, (Entity.VACANCY,)), theirs, 403, "source_not_allowed"),
    ]
    for key, body, status, problem in cases:
        with desk.gateway.client(key) as client:
            began = perf_counter()
            answer = client.post("/v1/events", content=body, headers=ONE)
            assert perf_counter() - began < 1
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:arna:problem:{problem}"), answer.text
        assert ("www-authenticate" in answer.headers) is (status == 401)
    assert desk.ends() == before


def test_a_key_is_issued_used_and_revoked_by_command(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    assert auth._PATIENCE_SECONDS + 5.0 <= 10, "what the documentation promises"
    url, source = desk.site.database_url, f"urn:kz:bin:{make_synthetic_bin(9)}"
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", url)
    get_settings.cache_clear()
    try:
        runner, app = CliRunner(), build_app()

        def arna(*arguments: str) -> str:
            done = runner.invoke(app, ["source", *arguments])
            assert done.exit_code == 0, done.output
            return done.stdout

        arna("add", source, "--name", "Nine", "--entity", "vacancy", "--max-batch", "2", "--requests-per-second", "9")
        old = arna("key", "issue", source, "--label", "old machine").strip()
        body = array(*(desk.event(Entity.VACANCY, source=source) for _ in range(2)))
        with desk.gateway.client(old) as client:
            assert client.post("/v1/events", content=body, headers=BATCH).status_code == 202, "known within a second"
            assert client.get("/v1/source").json() == {
                "source": source, "name": "Nine", "entities": ["vacancy"], "achievement_types": None, "language": "ru",
                "limits": {"requests_per_second": 9, "events_per_second": 5_000, "max_batch_events": 2,
                           "max_body_bytes": 8 * 1024 * 1024},
            }  # fmt: skip
            new = arna("key", "issue", source, "--expires-in-days", "30").strip()
            with desk.gateway.client(new) as second:
                assert wait_until(lambda: second.get("/v1/source").status_code == 200, 3, poll=0.3)
            used = {key.label: key.last_used_at for key in list_keys(Database(url), source)}
            assert wait_until(lambda: list_keys(Database(url), source)[0].last_used_at is not None, 5), used
            assert "old machine" in arna("key", "list", source, "--json")
            assert "valid" in arna("key", "list", source)
            assert "revoked" in arna("key", "revoke", source, "--key", old.split("_")[1])
            assert "nothing to revoke" in arna("key", "revoke", source, "--key", old.split("_")[1])
            assert wait_until(lambda: client.get("/v1/source").status_code == 401, 5, poll=0.3)
            assert client.post("/v1/events", content=body, headers=BATCH).json()["type"].endswith("key_revoked")
        with desk.gateway.client(new) as client, Database(url) as database:
            assert client.get("/v1/source").status_code == 200, "rotation leaves the new key alone"
            set_enabled(database, source, is_enabled=False)
            assert wait_until(lambda: client.get("/v1/source").status_code == 403, 5, poll=0.3)
        assert runner.invoke(app, ["source", "key", "revoke", source]).exit_code == 2
        assert old.split("_", 2)[2] not in arna("key", "list", "--json")
    finally:
        get_settings.cache_clear()


def test_the_secret_is_stored_nowhere_and_the_role_sees_no_more_than_it_needs(desk: Desk):
    secret = desk.key.split("_", 2)[2]
    [row] = desk.site.rows("select string_agg(k::text, '') as everything from ops.source_key as k")
    assert secret not in row["everything"]
    with psycopg.connect(connection_string(role_url(desk.site.database_url, "arna_gateway")), autocommit=True) as role:
        for relation in ("raw.certification", "core.certification", "vault.person", "ops.rejection", "ops.outbox"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(f"select 1 from {relation}")  # type: ignore[arg-type]
        for statement in ("select contact from ops.source", "update ops.source_key set revoked_at = null"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(statement)


def test_a_source_reads_its_own_receipts(desk: Desk):
    event = desk.event(Entity.VACANCY)
    with desk.client() as client:
        assert client.post("/v1/events", content=written(event)[0], headers=ONE).status_code == 202
        desk.site.land_all()
        announcer = ReceiptAnnouncer(desk.site.settings, desk.site.topic(Entity.VACANCY).replace("vacancy", "none"))
        try:
            announcer._issue()
        finally:
            announcer.close()
        seen, cursor, pages = [], None, 0
        while True:
            page = client.get("/v1/receipts", params={"limit": 4, **({"cursor": cursor} if cursor else {})}).json()
            seen += page["receipts"]
            cursor, pages = page["next_cursor"], pages + 1
            if not page["has_more"]:
                break
        assert event.event_id in {receipt["event_id"] for receipt in seen}
        assert pages > 1
        assert client.get("/v1/receipts", params={"outcome": "rejected"}).json()["receipts"] == []
    stranger = make_key(desk.site.database_url, f"urn:kz:bin:{make_synthetic_bin(12)}")
    with desk.gateway.client(stranger) as client:
        assert client.get("/v1/receipts").json()["receipts"] == []
        assert client.get("/v1/receipts", params={"cursor": cursor}).json()["type"].endswith("cursor_unknown")


def test_schemas_health_and_documents_need_no_key(desk: Desk):
    with desk.gateway.client() as client:
        listed = client.get("/v1/schemas").json()["schemas"]
        assert {schema["entity"] for schema in listed} == set(Entity)
        for schema in listed:
            assert client.get(schema["href"]).json()["$id"] == schema["id"]
        assert client.get("/v1/schemas/asyncapi").json()["asyncapi"] == "3.0.0"
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready", "broker": True, "warehouse": True}
        assert client.get("/openapi.json").json()["openapi"] == "3.1.0"
        assert "text/html" in client.get("/docs").headers["content-type"]
        assert client.delete("/v1/events").headers["allow"] == "POST"


def test_without_a_warehouse_nobody_gets_in(desk: Desk):
    away = desk.gateway.settings.model_copy(update={"warehouse_gateway_url": "postgresql://x@127.0.0.1:1/x"})
    with running_gateway(away, ready=False) as gateway, gateway.client(desk.key) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").json()["warehouse"] is False
        answer = client.post("/v1/events", content=written(desk.event())[0], headers=ONE)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:arna:problem:warehouse_away")
        assert "retry-after" in answer.headers


def test_a_broker_that_is_away_is_said_to_be_and_found_again(desk: Desk):
    bodies = [written(desk.event())[0] for _ in range(3)]
    with desk.client() as client:
        desk.broker.stop()
        answer = client.post("/v1/events", content=b"[" + bodies[0] + b",{}]", headers=BATCH)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        shown = answer.json()
        assert shown["type"] == "urn:arna:problem:events_unsettled"
        assert shown["results"][1]["status"] == "refused"
        assert shown["results"][0]["status"] in {"unknown", "not_sent"}
        assert wait_until(lambda: client.get("/readyz").status_code == 503, 10)
        began = perf_counter()
        answer = client.post("/v1/events", content=bodies[1], headers=ONE)
        assert perf_counter() - began < 1, "a broker that is known to be away is not waited for"
        assert [result["status"] for result in answer.json()["results"]] == ["not_sent"]
        assert client.post("/v1/check", content=bodies[1], headers=ONE).status_code == 200
        desk.broker.start()
        assert wait_until(lambda: client.get("/readyz").status_code == 200, 30)

        def sent_again() -> bool:
            return client.post("/v1/events", content=b"[" + b",".join(bodies) + b"]", headers=BATCH).status_code == 202

        assert wait_until(sent_again, 30), "events that were unknown are sent again with the same ids"
    desk.site.land_all()
    landed = {str(row["event_id"]) for row in desk.site.raw()}
    assert {json.loads(body)["id"] for body in bodies} <= landed


def test_what_is_under_way_when_the_broker_freezes_is_unknown_and_said_so(desk: Desk):
    bodies = [written(desk.event())[0] for _ in range(4)]
    pid = desk.broker.pid
    assert pid is not None
    with desk.client() as client:
        assert client.post("/v1/events", content=bodies[0], headers=ONE).status_code == 202
        os.kill(pid, signal.SIGSTOP)
        try:
            began = monotonic()
            answer = client.post("/v1/events", content=b"[" + b",".join(bodies[1:]) + b"]", headers=BATCH)
            took = monotonic() - began
        finally:
            os.kill(pid, signal.SIGCONT)
        assert answer.status_code == 503
        assert {result["status"] for result in answer.json()["results"]} == {"unknown"}
        assert took < 3.0 + 3.0, "the delivery time of this gateway, and a little"

        def sent_again() -> bool:
            return client.post("/v1/events", content=b"[" + b",".join(bodies) + b"]", headers=BATCH).status_code == 202

        assert wait_until(sent_again, 30)
    desk.site.land_all()
    assert {json.loads(body)["id"] for body in bodies} <= {str(row["event_id"]) for row in desk.site.raw()}
