"""The lander on a real broker and a real PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.embedded.processes import wait_until
from arna.errors import IntegrityError, WarehouseUnavailable
from arna.vault import ensure_keys
from arna.warehouse.database import CommitOutcomeUnknown, connection_string
from consumers.lander import Lander
from consumers.landing import LandingStore, PartitionMoved
from consumers.positions import Move
from tests.support.lander import LandingSite
from tests.support.samples import sample_event

pytestmark = pytest.mark.integration


@pytest.fixture
def site(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Iterator[LandingSite]:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path)
    yield site
    site.close()


def test_lands_each_entity_with_its_envelope_and_hash(site: LandingSite) -> None:
    events = [sample_event(entity, number=number) for entity in Entity for number in range(20)]
    site.publish(*events)
    site.land_all()
    for entity in Entity:
        rows = {row["subject"]: row for row in site.raw(entity)}
        assert len(rows) == 20
        for event in (event for event in events if event.entity is entity):
            value, _, _ = event.to_structured()
            sent = json.loads(value)
            row = rows[sent["subject"]]
            assert str(row["event_id"]) == sent["id"]
            assert row["action"] == sent["type"].split(".")[-2]
            assert row["record_version"] == sent["recordversion"]
            assert row["occurred_at"].isoformat() == sent["time"].replace("Z", "+00:00")
            assert row["payload_sha256"] == hashlib.sha256(value).digest()
    assert site.rejections() == []
    site.check_conservation()


def test_replaces_the_iin_by_its_token_and_keeps_it_sealed(site: LandingSite) -> None:
    event = sample_event(Entity.CERTIFICATION, number=7)
    iin = json.loads(event.to_structured()[0])["data"]["person"]["iin"]
    site.publish(event)
    site.land_all()
    (row,) = site.raw()
    (person,) = site.rows("select * from vault.person")
    assert row["data"]["person"]["iin"] == str(person["token"]) == site.vault.token(iin)
    assert site.vault.open_iin(person["iin_encrypted"], str(person["token"]), person["key_id"]) == iin
    assert iin not in json.dumps(row, default=str)
    assert person["person_id"].version == 4


def test_keeps_all_else_of_the_data_as_sent(site: LandingSite) -> None:
    event = sample_event(Entity.VACANCY, number=3, title="Деректер талдаушысы ұңғіқәө")
    site.publish(event)
    site.land_all()
    (row,) = site.raw(Entity.VACANCY)
    assert row["data"] == json.loads(event.to_structured()[0])["data"]


def test_tokenises_a_sole_trader(site: LandingSite) -> None:
    iin = make_synthetic_iin(4711)
    site.publish(sample_event(Entity.VACANCY, employer={"id": iin, "name": "ЖК Сауда"}))
    site.land_all()
    (row,) = site.raw(Entity.VACANCY)
    assert row["data"]["employer"]["id"] == site.vault.token(iin)


def test_stores_a_person_once_whoever_brings_him(site: LandingSite) -> None:
    """Known to this lander, to the vault only, and new: all in one micro-batch."""
    site.publish(sample_event(Entity.CERTIFICATION, number=1))
    site.land_all()
    with site.lander() as lander:
        site.publish(sample_event(Entity.CERTIFICATION, number=1, record_version=2))
        site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(2, 30)))
        site.land(lander)
        site.publish(*(sample_event(Entity.CERTIFICATION, number=number, record_version=3) for number in range(40)))
        site.land(lander)
    assert site.rows("select count(*) as n, count(distinct token) as d from vault.person") == [{"n": 40, "d": 40}]
    assert len(site.raw()) == 1 + 29 + 40


def test_goes_on_where_postgresql_says(site: LandingSite) -> None:
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(50)))
    site.land_all()
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(50, 80)))
    summaries = site.land_all()
    assert sum(summary.landed for summary in summaries) == 30
    assert len(site.raw()) == 80
    site.check_conservation()


def test_kafkas_committed_offset_is_only_a_gauge(site: LandingSite) -> None:
    """Landed, but PostgreSQL was set back to a backup: the lander believes PostgreSQL."""
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(30)))
    site.land_all()
    for statement in ("truncate raw.certification", "update ops.landing_offset set next_offset = start_offset"):
        with psycopg.connect(connection_string(site.database_url), autocommit=True) as connection:
            connection.execute(statement)
    site.land_all()
    assert len(site.raw()) == 30
    site.check_conservation()


def test_commits_its_progress_to_kafka(site: LandingSite) -> None:
    from kafka.admin import KafkaAdminClient

    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10)))
    admin = KafkaAdminClient(bootstrap_servers=site.bootstrap_servers)
    try:
        with site.lander() as lander:
            site.land(lander)
            group = f"{site.name}-landers"
            deadline = monotonic() + 10
            committed = 0
            while committed != 10 and monotonic() < deadline:
                lander.poll_once(0.1)
                offsets = admin.list_group_offsets(group)[group]
                committed = sum(found.offset for found in offsets.values())
        assert committed == 10
    finally:
        admin.close()


def test_two_landers_share_the_work_and_lose_nothing(site: LandingSite) -> None:
    events = [sample_event(Entity.CERTIFICATION, number=number) for number in range(2_000)]
    with site.lander() as first, site.lander() as second, site.running(first, second):
        site.publish(*events[:1_000])  # a rebalance in the middle of it
        assert wait_until(lambda: bool(first.assignment and second.assignment), 60)
        site.publish(*events[1_000:])
        site.wait_landed()
        assert not first.assignment & second.assignment
    assert len(site.raw()) == 2_000
    site.check_conservation()


def test_a_lander_that_lost_its_partitions_writes_nothing(site: LandingSite) -> None:
    """The compare-and-set finds the offsets moved; the lander drops what it has and reads on where they stand."""
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10)))
    with site.lander() as lander:
        site.land(lander)
        site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10, 20)))
        # Of another group: to it, ours is a lander that a long pause threw out and that does not know it yet.
        other = Lander(site.settings, topics=site.topics, group_id=f"{site.name}-other")
        try:
            site.land(other)
        finally:
            other.close()
        summaries = [lander.poll_once(0.2) for _ in range(20)]
    assert any(summary.dropped for summary in summaries)
    assert not any(summary.landed for summary in summaries)
    assert len(site.raw()) == 20
    site.check_conservation()


def test_an_offset_that_moved_is_refused(site: LandingSite) -> None:
    from arna.warehouse.database import Database
    from consumers.micro_batch import MicroBatch
    from consumers.positions import Place

    site.publish(sample_event(Entity.CERTIFICATION))
    site.land_all()
    row = next(row for row in site.offsets() if row["next_offset"] == 1)
    place = Place(row["topic_id"], row["topic_name"], row["partition"], Entity(row["entity"]))
    with Database(site.database_url) as database, pytest.raises(PartitionMoved):
        LandingStore(database).land(MicroBatch(moves=[Move(place, 0, 1)]))


def test_finds_out_whether_a_commit_happened(site: LandingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it had, once it had not: nothing is lost, nothing lands twice."""
    land = LandingStore.land
    outcomes = iter([True, False])

    def land_unsurely(store: LandingStore, batch: object) -> None:
        happened = next(outcomes, None)
        if happened is None:
            return land(store, batch)
        if happened:
            land(store, batch)
        raise CommitOutcomeUnknown("the connection broke")

    monkeypatch.setattr(LandingStore, "land", land_unsurely)
    with site.lander() as lander:
        for start in (0, 10, 20):
            site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(start, start + 10)))
            unknown = 0
            deadline = monotonic() + 20
            while site.waiting() and monotonic() < deadline:
                try:
                    lander.poll_once(0.2)
                except CommitOutcomeUnknown:
                    unknown += 1
            assert unknown <= 1
    assert len(site.raw()) == 30
    site.check_conservation()


def test_an_unknown_error_leaves_nothing_behind_and_ends_the_lander(
    site: LandingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.publish(sample_event(Entity.CERTIFICATION))
    with site.lander() as lander:
        with monkeypatch.context() as patch:
            patch.setattr(LandingStore, "land", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                lander.run(threading.Event())
        assert site.raw() == []
        site.land(lander)
    assert len(site.raw()) == 1


def test_declares_what_retention_took(site: LandingSite) -> None:
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(40)))
    site.land_all()
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(40, 80)))
    before = {row["partition"]: row["next_offset"] for row in site.offsets() if row["entity"] == "certification"}
    first = before[0] + 5
    site.delete_records(0, first)
    site.land_all()
    (gap,) = site.gaps()
    assert (gap["partition"], gap["from_offset"], gap["to_offset"], gap["reason"]) == (0, before[0], first, "retention")
    assert len(site.raw()) == 75
    site.check_conservation()


def test_declares_what_retention_took_under_a_running_lander(site: LandingSite) -> None:
    with site.lander(lander_max_poll_records=5) as lander:
        site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10)))
        site.land(lander)
        before = {row["partition"]: row["next_offset"] for row in site.offsets() if row["entity"] == "certification"}
        site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10, 60)))
        for partition, offset in before.items():
            site.delete_records(partition, offset + 4)
        site.land(lander)
    site.check_conservation()
    assert len(site.raw()) + sum(gap["to_offset"] - gap["from_offset"] for gap in site.gaps()) == 60


def test_a_partition_seen_first_starts_at_the_earliest_offset(site: LandingSite) -> None:
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(40)))
    site.delete_records(0, 3)
    site.land_all()
    starts = {row["partition"]: row["start_offset"] for row in site.offsets() if row["entity"] == "certification"}
    assert starts == {0: 3, 1: 0}
    assert site.gaps() == []
    site.check_conservation()


@pytest.mark.parametrize("running", [False, True], ids=["between two landers", "under a running lander"])
def test_a_recreated_topic_starts_beside_the_old_one(site: LandingSite, running: bool) -> None:
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10)))
    with site.lander() as lander:
        site.land(lander)
        if not running:
            lander.close()
        site.recreate_topic()
        site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(10, 40)))
        if running:
            deadline = monotonic() + 150
            while site.waiting():
                assert monotonic() < deadline
                lander.poll_once(0.2)
    if not running:
        site.land_all()
    rows = [row for row in site.offsets() if row["entity"] == "certification"]
    assert len({row["topic_id"] for row in rows}) == 2
    assert sum(row["next_offset"] - row["start_offset"] for row in rows) == 40
    assert len(site.raw()) == 40
    site.check_conservation()


def test_stops_when_postgresql_is_ahead_of_kafka(site: LandingSite) -> None:
    site.publish(sample_event(Entity.CERTIFICATION))
    site.land_all()
    with psycopg.connect(connection_string(site.database_url), autocommit=True) as connection:
        connection.execute("update ops.landing_offset set next_offset = next_offset + 5 where entity = 'certification'")
    with site.lander() as lander, pytest.raises(IntegrityError, match="Kafka lost what was landed"):
        lander.run(threading.Event())


def test_refuses_keys_of_another_warehouse(site: LandingSite, tmp_path: Path) -> None:
    site.publish(sample_event(Entity.CERTIFICATION))
    site.land_all()
    ensure_keys(tmp_path / "other.json")
    with pytest.raises(IntegrityError), site.lander(vault_keys_file=tmp_path / "other.json"):
        pass


def test_waits_out_a_warehouse_that_ends_its_sessions(site: LandingSite) -> None:
    site.publish(sample_event(Entity.CERTIFICATION, number=1))
    with site.lander() as lander:
        site.land(lander)
        site.publish(sample_event(Entity.CERTIFICATION, number=2))
        site.rows("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'arna-lander'")
        with site.running(lander):
            site.wait_landed()
    assert len(site.raw()) == 2


def test_reports_a_warehouse_that_is_away(site: LandingSite) -> None:
    with pytest.raises(WarehouseUnavailable), site.lander(warehouse_url="postgresql+psycopg://x@127.0.0.1:1/x"):
        pass


def test_serves_metrics_without_values(site: LandingSite) -> None:
    import urllib.request

    from consumers.metrics import LanderMetrics

    metrics = LanderMetrics(port=0)
    site.publish(*(sample_event(Entity.CERTIFICATION, number=number) for number in range(5)))
    site.publish_raw(b"{")
    site.flush()
    lander = Lander(site.settings, topics=site.topics, group_id=f"{site.name}-landers", metrics=metrics)
    try:
        site.land(lander)
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
            text = answer.read().decode()
    finally:
        lander.close()
    assert 'arna_landed_events_total{entity="certification"} 5.0' in text
    assert 'arna_rejected_messages_total{entity="certification",rejection_class="json_syntax"} 1.0' in text
