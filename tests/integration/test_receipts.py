"""Receipts on real servers: each event's fate is told to its source alone, once, in order, whatever happens."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from psycopg import sql
from typer.testing import CliRunner

from arna import batches
from arna.cli.main import build_app
from arna.contracts import schemas
from arna.contracts.envelope import Event
from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.receipt import Outcome, Receipt
from arna.contracts.registry import Entity
from arna.embedded.processes import wait_until
from arna.errors import BatchHeldError, BrokerUnavailable
from arna.privacy import scan_bytes
from arna.receipts import CursorError, ReceiptPage, cursor_since, read_receipts
from arna.sources import SourceDefinition, register_source
from arna.topics import read_messages, read_offsets
from arna.vault import read_iins
from arna.warehouse.database import Database, connection_string
from consumers.outbox import OutboxRelay
from consumers.receipts import ReceiptAnnouncer, run_together
from expectations.runner import load_batch, validate_batch
from tests.support import landed
from tests.support.lander import LandingSite
from tests.support.samples import SAMPLE_SOURCE, sample_event
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

C, V = Entity.CERTIFICATION, Entity.VACANCY
OTHER = f"urn:kz:bin:{make_synthetic_bin(2)}"
FINAL = set(Outcome) - {Outcome.LANDED}


class Desk:
    """A landing site with a topic for receipts, a loader, and readers of receipts."""

    def __init__(self, site: LandingSite) -> None:
        self.site = site
        self.topic = f"{site.name}.receipt"
        site.create_topics([self.topic])
        self.owner = Database(site.database_url)
        self.loader_settings = site.settings.model_copy(
            update={"warehouse_loader_url": role_url(site.database_url, "arna_loader")}
        )
        self.loader = Database(self.loader_settings.warehouse_loader_url)
        self._announcers: list[ReceiptAnnouncer] = []

    def announcer(self) -> ReceiptAnnouncer:
        self._announcers.append(ReceiptAnnouncer(self.site.settings, self.topic))
        return self._announcers[-1]

    def announce(self) -> None:
        announcer = self.announcer()
        while announcer.announce_once():
            pass

    def settle(self, entity: Entity = C) -> int:
        batch = batches.claim(self.loader, entity, 1_000_000)
        assert batch is not None
        validate_batch(self.loader, self.loader_settings, batch.batch_id)
        load_batch(self.loader, self.loader_settings, batch.batch_id)
        return batch.batch_id

    def read(self, source: str = SAMPLE_SOURCE, **options: Any) -> ReceiptPage:
        return read_receipts(self.owner, source, **options)

    def read_all(self, source: str = SAMPLE_SOURCE, limit: int = 500, **options: Any) -> list[Receipt]:
        found: list[Receipt] = []
        cursor = None
        while True:
            page = self.read(source, cursor=cursor, limit=limit, **options)
            found += page.receipts
            cursor = page.next_cursor
            if not page.has_more:
                return found

    def messages(self) -> list[tuple[str, dict[str, Any]]]:
        """What the topic holds, key and value, in order by partition."""
        offsets = read_offsets(self.site.bootstrap_servers, [self.topic])
        return [
            (message.key.decode(), json.loads(message.value))
            for (topic, partition), end in sorted(offsets.end.items())
            for message in read_messages(self.site.bootstrap_servers, topic, partition, 0, end)
        ]

    def close(self) -> None:
        for announcer in self._announcers:
            announcer.close()
        self.owner.close()
        self.loader.close()


@pytest.fixture
def desk(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path)
    with Database(database_url) as database:
        register_source(database, SourceDefinition(uri=OTHER, name="Other", entities=tuple(Entity), language="kk"))
    desk = Desk(site)
    yield desk
    desk.close()
    site.close()


def certificate(number: int, version: int = 1, **overrides: Any) -> Event:
    return sample_event(C, number=number, record_version=version, **overrides)


def with_wrong_iin(event: Event) -> bytes:
    document = json.loads(event.to_structured()[0])
    iin = document["data"]["person"]["iin"]
    document["data"]["person"]["iin"] = iin[:-1] + str((int(iin[-1]) + 1) % 10)
    return json.dumps(document).encode()


def publish_all_kinds(site: LandingSite) -> dict[str, Outcome]:
    """One event of every fate from the sample source, some of another, one of nobody; what each should become."""
    superseded, warned = certificate(1, 2), certificate(3, achievement=_without_skills())
    rejected = certificate(4, valid_from="2026-05-01", valid_until="2026-04-01")
    refused = certificate(5)
    site.publish(certificate(1, 1), certificate(1, 3), superseded)
    site.publish(certificate(2), certificate(2), warned, rejected)
    _, headers, key = refused.to_structured()
    site.publish_raw(with_wrong_iin(refused), headers, key)
    site.publish_raw(b'{"half an event', headers, key)
    site.publish(*(certificate(number, source=OTHER) for number in range(10, 13)))
    site.flush()
    return {
        certificate(1, 1).event_id: Outcome.LOADED,
        certificate(1, 3).event_id: Outcome.LOADED,
        superseded.event_id: Outcome.SUPERSEDED,
        warned.event_id: Outcome.LOADED,
        rejected.event_id: Outcome.REJECTED,
        refused.event_id: Outcome.REJECTED,
    }


def _without_skills() -> dict[str, Any]:
    return {"code": "AI-1", "name": {"kk": "Негіздер", "ru": "Основы"}, "type": "Course", "hours": 72, "skills": []}


def places(receipts: list[Receipt]) -> list[tuple[str, int, int, str]]:
    return [(each.topic, each.partition, each.offset, each.outcome) for each in receipts]


def ledger(desk: Desk, source: str) -> Counter[str]:
    [row] = desk.site.rows(
        "select coalesce(sum(landed), 0)::int as landed, coalesce(sum(loaded), 0)::int as loaded, "
        "coalesce(sum(superseded), 0)::int as superseded, coalesce(sum(duplicate), 0)::int as duplicate, "
        "coalesce(sum(rejected), 0)::int as rejected from ops.ledger as l "
        "join ops.source as s using (source_id) where s.source_uri = %(source)s",
        {"source": source},
    )
    return Counter(row)


def final_counts(receipts: list[Receipt]) -> Counter[str]:
    return Counter(str(each.outcome) for each in receipts if each.outcome in FINAL)


def test_every_event_gets_its_receipts_and_nobody_elses(desk: Desk) -> None:
    expected = publish_all_kinds(desk.site)
    desk.site.land_all()
    desk.announce()
    assert {each.outcome for each in desk.read_all()} == {Outcome.LANDED, Outcome.REJECTED}
    batch_id = desk.settle()
    desk.announce()

    receipts = desk.read_all()
    fates = {str(each.event_id): each for each in receipts if each.outcome in FINAL - {Outcome.DUPLICATE}}
    assert {event_id: each.outcome for event_id, each in fates.items()} == expected | {
        certificate(2).event_id: Outcome.LOADED
    }
    # Exactly one final receipt for each offset, the sums of the ledger, and landing always told first.
    finals = [(each.partition, each.offset) for each in receipts if each.outcome in FINAL]
    assert len(finals) == len(set(finals)) == 8
    counts = ledger(desk, SAMPLE_SOURCE)
    assert final_counts(receipts) == Counter({name: counts[name] for name in FINAL})
    assert counts["landed"] == 8
    seen: set[tuple[int, int]] = set()
    for each in receipts:
        assert each.outcome is Outcome.LANDED or each.batch_id is None or (each.partition, each.offset) in seen
        seen.add((each.partition, each.offset))

    rejected = fates[certificate(4, valid_from="2026-05-01", valid_until="2026-04-01").event_id]
    assert (rejected.rule_id, rejected.pointer, rejected.batch_id) == (
        "until_before_from",
        "/data/valid_until",
        batch_id,
    )
    assert (rejected.subject, rejected.record_version) == ("certificate-4", 1)
    assert rejected.message == "Окончание срока действия раньше его начала."
    assert rejected.mend is not None
    assert rejected.mend.startswith("Проверьте valid_from")
    refused = fates[certificate(5).event_id]
    assert (refused.rule_id, refused.pointer, refused.batch_id) == ("iin_check_digit", "/data/person/iin", None)
    assert (refused.subject, len(refused.payload_sha256 or "")) == (None, 64)
    warned = fates[certificate(3, achievement=_without_skills()).event_id]
    [warning] = [each for each in warned.warnings if each.rule_id == "skills_missing"]
    assert (warning.pointer, warning.message) == ("/data/achievement/skills", "Не указано ни одного навыка.")
    [totals] = desk.read().totals
    assert (totals.loaded, totals.superseded, totals.duplicate, totals.rejected) == (4, 1, 1, 1)
    assert totals.warned == sum(bool(each.warnings) for each in receipts)

    others = desk.read_all(OTHER)
    assert Counter(each.outcome for each in others) == {Outcome.LANDED: 3, Outcome.LOADED: 3}
    assert not {each.event_id for each in others} & {each.event_id for each in receipts}


def test_pages_of_any_size_say_the_same(desk: Desk) -> None:
    publish_all_kinds(desk.site)
    desk.site.land_all()
    desk.settle()
    desk.announce()
    whole = desk.read_all()
    for limit in (1, 2, 3, 7):
        assert desk.read_all(limit=limit) == whole
    for outcome in Outcome:
        wanted = [each for each in whole if each.outcome is outcome]
        assert desk.read_all(limit=1, outcome=outcome) == desk.read_all(outcome=outcome) == wanted
    ended = desk.read(outcome=Outcome.SUPERSEDED)
    assert not desk.read(cursor=ended.next_cursor).receipts
    desk.site.publish(certificate(20))
    desk.site.land_all()
    desk.announce()
    [later] = desk.read(cursor=ended.next_cursor).receipts
    assert later.subject == "certificate-20"


def test_the_topic_says_what_the_pages_say_and_no_number_of_a_person(desk: Desk) -> None:
    publish_all_kinds(desk.site)
    desk.site.land_all()
    desk.settle()
    desk.announce()
    check = Draft202012Validator(schemas.receipt_schema(), format_checker=FormatChecker())
    messages = desk.messages()
    for key, message in messages:
        assert list(check.iter_errors(message)) == []
        assert key == message["subject"] == message["data"]["source"]
    assert len({message["id"] for _, message in messages}) == len(messages)
    for source, language in ((SAMPLE_SOURCE, "ru"), (OTHER, "kk")):
        told = [message["data"] for key, message in messages if key == source]
        assert {each["language"] for each in told} == {language}
        found = [
            (each["topic"], each["partition"], each["offset"], each["outcome"]) for d in told for each in d["receipts"]
        ]
        assert found == places(desk.read_all(source))
    iins = read_iins(desk.owner, desk.site.vault) | {make_synthetic_iin(number) for number in range(30)}
    page = repr(
        [desk.read_all(source, language=language) for source in (SAMPLE_SOURCE, OTHER) for language in ("kk", "en")]
    )
    assert scan_bytes(page.encode(), iins) == 0
    assert scan_bytes(json.dumps(messages).encode(), iins) == 0


def test_a_discarded_batch_is_told_as_rejections_with_what_to_do(desk: Desk) -> None:
    desk.site.publish(*(certificate(number, valid_until="2026-04-01") for number in range(100)))
    desk.site.land_all()
    with pytest.raises(BatchHeldError) as held:
        desk.settle()
    desk.announce()
    assert {each.outcome for each in desk.read_all()} == {Outcome.LANDED}
    batches.discard_batch(desk.loader, held.value.batch_id, "wrong year")
    desk.announce()
    finals = [each for each in desk.read_all() if each.outcome in FINAL]
    assert len({each.event_id for each in finals}) == len(finals) == 100
    assert {each.rule_id for each in finals} == {"batch_discarded"}
    assert all(each.mend for each in finals)
    [totals] = desk.read(outcome=Outcome.REJECTED).totals
    assert (totals.is_discarded, totals.rejected) == (True, 100)
    assert final_counts(finals) == Counter({name: ledger(desk, SAMPLE_SOURCE)[name] for name in ("rejected",)})


def test_a_reader_of_small_pages_misses_and_repeats_nothing_while_receipts_arrive(desk: Desk) -> None:
    url, rounds = desk.site.database_url, 25
    source_id = landed.register_source(url, OTHER)
    stop = threading.Event()
    # Two announcers at once, as when two outbox processes run.
    announcers = [threading.Thread(target=desk.announcer().run, args=(stop,)) for _ in range(2)]
    for thread in announcers:
        thread.start()

    def publish() -> None:
        for number in range(rounds):
            events = [sample_event(V, number=number * 4 + each, source=OTHER) for each in range(4)]
            landed.land(url, V, events[:3], partition=number % 2, source_id=source_id)
            landed.land(url, V, events[3:], partition=2 + number % 2)
            if number % 10 == 9:
                desk.settle(V)
        desk.settle(V)

    publisher = threading.Thread(target=publish)
    publisher.start()
    found: list[Receipt] = []
    cursor: str | None = None
    try:

        def read_on() -> bool:
            nonlocal cursor
            page = desk.read(OTHER, cursor=cursor, limit=7)
            found.extend(page.receipts)
            cursor = page.next_cursor
            return len(found) >= rounds * 3 * 2

        assert wait_until(read_on, 60, poll=0.01)
    finally:
        publisher.join()
        stop.set()
        for thread in announcers:
            thread.join()
    assert len(places(found)) == len(set(places(found))) == rounds * 3 * 2
    assert found == desk.read_all(OTHER)
    assert len(desk.read_all()) == rounds * 2
    desk.announce()
    assert sum(len(message["data"]["receipts"]) for _, message in desk.messages()) == rounds * 4 * 2


def test_an_announcer_that_dies_between_send_and_mark_repeats_and_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_all_kinds(desk.site)
    desk.site.land_all()
    dying = desk.announcer()
    real = dying._database.execute

    def die(sql_name: str, *arguments: Any) -> int:
        if sql_name == "receipts/mark_published.sql":
            raise SystemExit
        return real(sql_name, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(dying._database, "execute", die)
        with pytest.raises(SystemExit):
            dying.announce_once()
    sent_before = [message["id"] for _, message in desk.messages()]
    assert sent_before
    desk.announce()
    sent = [message["id"] for _, message in desk.messages()]
    # The same messages once more, with the same ids.
    assert Counter(sent) == Counter(sent_before * 2)
    desk.announce()
    assert len(desk.messages()) == len(sent)


def test_receipts_can_be_read_while_kafka_is_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_all_kinds(desk.site)
    desk.site.land_all()
    announcer = desk.announcer()

    def refuse(_messages: object) -> None:
        raise BrokerUnavailable("Kafka does not acknowledge the receipts")

    with monkeypatch.context() as patch:
        patch.setattr(announcer, "_send", refuse)
        with pytest.raises(BrokerUnavailable):
            announcer.announce_once()
    assert len(desk.read_all()) == 8
    assert desk.messages() == []
    while announcer.announce_once():
        pass
    assert sum(len(message["data"]["receipts"]) for _, message in desk.messages()) == 8 + 3


def test_only_one_announcer_works_at_a_time(desk: Desk) -> None:
    desk.site.publish(certificate(1))
    desk.site.land_all()
    announcer = desk.announcer()
    with desk.loader.entity_lock("receipts") as is_locked:
        assert is_locked
        assert not announcer.announce_once()
        assert desk.read_all() == []
    announcer.announce_once()
    assert len(desk.read_all()) == 1


def test_a_bulk_load_is_cut_and_told_as_landed_first_and_to_each_source_by_its_own_offsets(desk: Desk) -> None:
    url, topic_id = desk.site.database_url, uuid.uuid4()
    others, samples = landed.register_source(url, OTHER), landed.register_source(url)
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute(
            'insert into raw.vacancy (topic_id, partition, "offset", event_id, source_id, subject, action, '
            "record_version, occurred_at, payload_sha256, data) select %s, 0, n, gen_random_uuid(), "
            "case when n %% 100 = 0 then %s else %s end, 'v-' || n, 'published', 1, now(), '', '{}' "
            "from generate_series(0, 24999) as n",
            (topic_id, others, samples),
        )
        connection.execute(
            "insert into ops.landing_offset values (%s, 0, 'arna.vacancy.v1', 'vacancy', 0, 25000, 25000)", (topic_id,)
        )
        # Settled before any of it was told: landing comes first all the same.
        connection.execute(
            "insert into ops.batch (entity, state, event_count, settled_at) values ('vacancy', 'loaded', 25000, now())"
        )
        connection.execute(
            "insert into ops.batch_range select max(batch_id), %s, 0, 0, 25000 from ops.batch", (topic_id,)
        )
        connection.execute(
            'insert into ops.duplicate select r.topic_id, r.partition, r."offset", b.batch_id, r.source_id, b.entity, '
            "r.event_id from raw.vacancy as r cross join ops.batch as b"
        )
    desk.announce()
    groups = desk.site.rows(
        "select kind, event_count from ops.receipt_group where source_id = %(id)s order by kind, event_count",
        {"id": samples},
    )
    assert [(group["kind"], group["event_count"]) for group in groups] == [
        (kind, count) for kind in ("landed", "settled") for count in (4950, 9900, 9900)
    ]
    told = desk.read_all(OTHER, limit=33)
    offsets = list(range(0, 25_000, 100))
    assert [each.offset for each in told] == offsets * 2
    assert [each.outcome for each in told] == [Outcome.LANDED] * 250 + [Outcome.DUPLICATE] * 250
    assert [each.offset for each in desk.read_all(OTHER, limit=99, outcome=Outcome.DUPLICATE)] == offsets
    everyones = [each["offset"] for _, message in desk.messages() for each in message["data"]["receipts"]]
    assert sorted(everyones) == sorted([*range(25_000), *range(25_000)])
    assert max(len(message["data"]["receipts"]) for _, message in desk.messages()) == 500


def test_a_cursor_is_for_its_own_source(desk: Desk) -> None:
    desk.site.publish(certificate(1))
    desk.site.land_all()
    desk.announce()
    cursor = desk.read().next_cursor
    with pytest.raises(CursorError, match="another source"):
        desk.read(OTHER, cursor=cursor)
    desk.site.rows("delete from ops.receipt_group returning 1")
    with pytest.raises(CursorError, match="made anew"):
        desk.read(cursor=cursor)


def test_a_role_with_three_functions_reads_receipts_and_nothing_else(desk: Desk, database_url: str) -> None:
    desk.site.publish(certificate(1))
    desk.site.land_all()
    desk.announce()
    role = f"receipt_reader_{uuid.uuid4().hex[:8]}"
    name = sql.Identifier(role)
    with psycopg.connect(connection_string(database_url), autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login").format(name))
        try:
            for grant in (
                "grant usage on schema ops to {}",
                "grant select (source_id, source_uri, language_code) on ops.source to {}",
                "grant execute on function ops.list_receipts(integer, bigint, bigint, text, integer) to {}",
                "grant execute on function ops.last_receipt_group(integer) to {}",
                "grant execute on function ops.sum_receipts(integer, bigint[]) to {}",
            ):
                connection.execute(sql.SQL(grant).format(name))
            with Database(role_url(database_url, role)) as reader:
                assert len(read_receipts(reader, SAMPLE_SOURCE).receipts) == 1
            readable = connection.execute(
                "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
                "where n.nspname in ('raw', 'ops', 'core', 'vault', 'stage') and c.relkind in ('r', 'p', 'v') "
                "and has_table_privilege(%s, c.oid, 'select')",
                (role,),
            ).fetchall()
            assert readable == []
        finally:
            connection.execute(sql.SQL("drop owned by {}").format(name))
            connection.execute(sql.SQL("drop role {}").format(name))


def test_the_outbox_process_relays_dead_letters_and_receipts(desk: Desk) -> None:
    publish_all_kinds(desk.site)
    desk.site.land_all()
    relay, announcer, stop = OutboxRelay(desk.site.settings), desk.announcer(), threading.Event()
    thread = threading.Thread(target=run_together, args=([relay, announcer], stop))
    thread.start()
    try:
        assert wait_until(lambda: len(desk.messages()) > 0, 30)
        assert wait_until(lambda: not desk.site.rows("select 1 from ops.outbox where sent_at is null"), 30)
    finally:
        stop.set()
        thread.join()
        relay.close()


def test_the_command_prints_receipts_for_people_and_machines(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from arna.settings import get_settings

    publish_all_kinds(desk.site)
    desk.site.land_all()
    desk.settle()
    desk.announce()
    monkeypatch.setenv("ARNA_WAREHOUSE_URL", desk.site.database_url)
    monkeypatch.setenv("COLUMNS", "250")
    get_settings.cache_clear()
    app, runner = build_app(), CliRunner()
    try:
        result = runner.invoke(
            app, ["receipts", "--source", SAMPLE_SOURCE, "--outcome", "rejected", "--language", "kk"]
        )
        assert result.exit_code == 0, result.output
        assert "Жарамдылықтың соңы басынан ерте. [until_before_from]" in result.output
        assert "certificate-4" in result.output
        result = runner.invoke(app, ["receipts", "--source", SAMPLE_SOURCE, "--json"])
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert len([line for line in lines if "receipt" in line]) == len(desk.read_all())
        assert len([line for line in lines if "totals" in line]) == 1
        cursor = lines[-1]["next_cursor"]
        result = runner.invoke(app, ["receipts", "--source", SAMPLE_SOURCE, "--cursor", cursor, "--json"])
        assert result.stdout.splitlines() == [json.dumps({"next_cursor": cursor}, separators=(",", ":"))]
    finally:
        get_settings.cache_clear()


def test_since_a_moment_leaves_out_what_was_told_before(desk: Desk) -> None:
    desk.site.publish(certificate(1))
    desk.site.land_all()
    desk.announce()
    desk.site.publish(certificate(2))
    desk.site.land_all()
    desk.announce()
    moments = [row["created_at"] for row in desk.site.rows("select created_at from ops.receipt_group order by 1")]
    assert cursor_since(desk.owner, SAMPLE_SOURCE, moments[0]) is None
    [later] = desk.read(cursor=cursor_since(desk.owner, SAMPLE_SOURCE, moments[1])).receipts
    assert later.subject == "certificate-2"
