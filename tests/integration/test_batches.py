"""Batches on real PostgreSQL: claim, stage, settle, hold; again, twice at once, after a crash."""

from __future__ import annotations

import threading

import psycopg
import pytest

from arna import batches
from arna.batches import BatchStateError
from arna.contracts.registry import Entity
from arna.errors import BatchHeldError, WarehouseUnavailable
from arna.settings import Settings
from arna.settling import settle_batch
from arna.staging import StageLostError, record_findings, stage_batch
from arna.warehouse.content import content_hash
from arna.warehouse.database import Database, connection_string
from expectations.quality import rejection_reasons
from expectations.runner import load_batch, validate_batch
from expectations.suites import quality_rules
from tests.support.landed import LANDED_AT, land, register_source
from tests.support.samples import sample_event
from tests.support.stack import create_database, drop_database, role_url

pytestmark = pytest.mark.integration

E, C, V = Entity.ENROLMENT, Entity.CERTIFICATION, Entity.VACANCY


class Warehouse:
    """One test's warehouse: land, process, look."""

    def __init__(self, url, home):
        self.url = url
        self.settings = Settings(home=home, warehouse_url=url, warehouse_loader_url=role_url(url, "arna_loader"))
        self.db = self.connect()

    def connect(self):
        return Database(self.settings.warehouse_loader_url)

    def land(self, entity, events, **options):
        return land(self.url, entity, events, **options)

    def claim(self, entity, max_events=1_000_000):
        return batches.claim(self.db, entity, max_events)

    def process(self, entity, max_events=1_000_000):
        batch = self.claim(entity, max_events)
        assert batch is not None
        validate_batch(self.db, self.settings, batch.batch_id)
        return load_batch(self.db, self.settings, batch.batch_id)

    def drain(self, entity, max_events=1_000_000):
        while self.claim(entity, max_events) is not None:
            self.process(entity, max_events)

    def query(self, statement, *params):
        with psycopg.connect(connection_string(self.url), autocommit=True) as connection:
            cursor = connection.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    def hash(self, entity):
        # Which batch brought a version depends on when the bell rang; what core says must not.
        return content_hash(self.db, f"core.{entity}")

    def versions(self, entity=V):
        return self.query(
            f'select vacancy_id, record_version, arrival, is_current, "offset" from core.{entity} order by 1, 2'
        )


@pytest.fixture
def warehouse(database_url, tmp_path):
    made = Warehouse(database_url, tmp_path)
    yield made
    made.db.close()


def vacancy(number, version=1, **overrides):
    return sample_event(
        V, number=number, record_version=version, action="published" if version == 1 else "amended", **overrides
    )


def test_claim_freezes_what_has_landed_and_finds_it_again_until_it_is_settled(warehouse):
    warehouse.land(V, [vacancy(1), vacancy(2)])
    warehouse.land(V, [vacancy(3)], partition=1)
    first = warehouse.claim(V)
    warehouse.land(V, [vacancy(4)])
    assert first.event_count == 3
    assert warehouse.claim(V) == first
    assert warehouse.query("select partition, from_offset, to_offset from ops.batch_range order by 1") == [
        (0, 0, 2),
        (1, 0, 1),
    ]
    assert warehouse.process(V).loaded == 3
    second = warehouse.claim(V)
    assert (second.batch_id > first.batch_id, second.event_count) == (True, 1)


def test_nothing_landed_is_nothing_to_claim(warehouse):
    assert warehouse.claim(E) is None
    warehouse.land(V, [vacancy(1)])
    assert warehouse.claim(E) is None


def test_offsets_without_events_are_settled_at_once(warehouse):
    warehouse.land(V, [])
    warehouse.query("update ops.landing_offset set next_offset = 5")
    assert warehouse.claim(V) is None
    assert warehouse.query("select state, event_count from ops.batch") == [("loaded", 0)]
    assert warehouse.query("select claimed_offset from ops.landing_offset") == [(5,)]


def test_a_large_backlog_is_claimed_in_parts(warehouse):
    warehouse.land(V, [vacancy(number) for number in range(10)])
    warehouse.land(V, [vacancy(number) for number in range(10, 13)], partition=1)
    batch = warehouse.claim(V, max_events=8)
    assert batch.event_count == 7
    warehouse.drain(V, max_events=8)
    assert len(warehouse.versions()) == 13


def test_the_entity_lock_keeps_a_second_worker_out(warehouse):
    warehouse.land(V, [vacancy(1)])
    batch = warehouse.claim(V)
    with warehouse.connect() as other, other.entity_lock("vacancy") as is_locked:
        assert is_locked
        assert warehouse.claim(V) is None
        assert validate_batch(warehouse.db, warehouse.settings, batch.batch_id) is None
        assert load_batch(warehouse.db, warehouse.settings, batch.batch_id) is None
    assert warehouse.process(V).loaded == 1


def test_a_repeated_event_is_a_duplicate_in_the_batch_and_against_core(warehouse):
    warehouse.land(V, [vacancy(1), vacancy(1), vacancy(2)])
    assert vars_of(warehouse.process(V)) == (2, 0, 1, 0)
    warehouse.land(V, [vacancy(1)])
    assert vars_of(warehouse.process(V)) == (0, 0, 1, 0)
    assert warehouse.query('select "offset" from ops.duplicate order by 1') == [(1,), (3,)]


def vars_of(settlement):
    return settlement.loaded, settlement.superseded, settlement.duplicates, settlement.rejected


@pytest.mark.parametrize("together", [True, False])
def test_the_highest_version_wins_whatever_the_order(warehouse, together):
    events = [vacancy(1, 2), vacancy(1, 3), vacancy(1, 1), vacancy(2, 1), vacancy(2, 2)]
    for group in [events] if together else [[event] for event in events]:
        warehouse.land(V, group)
        warehouse.process(V)
    assert warehouse.versions() == [
        ("vacancy-1", 1, "superseded", False, 2),
        ("vacancy-1", 2, "loaded", False, 0),
        ("vacancy-1", 3, "loaded", True, 1),
        ("vacancy-2", 1, "loaded", False, 3),
        ("vacancy-2", 2, "loaded", True, 4),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_conflicts_are_settled_in_landing_order(warehouse, together):
    first = vacancy(1)
    events = [
        first,
        vacancy(2, event_id=first.event_id),  # same id, other bytes
        vacancy(1, title="Басқа лауазым"),  # same version, other data
        vacancy(1, event_id="00000000-0000-4000-8000-000000000001"),  # same version, equal data, other id
        vacancy(2),  # its namesake was refused, so it is the first
    ]
    for group in [events] if together else [[event] for event in events]:
        warehouse.land(V, group)
        warehouse.process(V)
    assert warehouse.query('select "offset", rule_id, rejection_class from ops.rejection order by 1') == [
        (1, "event_id_conflict", "duplicate_conflict"),
        (2, "version_conflict", "duplicate_conflict"),
    ]
    assert warehouse.query('select "offset" from ops.duplicate') == [(3,)]
    assert [row[4] for row in warehouse.versions()] == [0, 4]


def test_splitting_the_same_events_otherwise_gives_the_same_core(
    warehouse, postgres_server_url, database_template, tmp_path
):
    events = [
        vacancy(number % 7, version, **({"title": f"Лауазым {number}"} if number % 5 == 0 else {}))
        for number in range(40)
        for version in (2, 1, 3)
    ]
    warehouse.land(V, events, landed_at=LANDED_AT)
    warehouse.drain(V)
    name = "arna_test_split"
    other = Warehouse(create_database(postgres_server_url, name, database_template), tmp_path)
    try:
        other.land(V, events, landed_at=LANDED_AT)
        other.drain(V, max_events=7)
        assert other.query("select count(*) > 10 from ops.batch") == [(True,)]
        assert other.hash(V) == warehouse.hash(V)
        for relation in ("ops.duplicate", "ops.rejection"):
            statement = f'select "offset" from {relation} order by 1'
            assert other.query(statement) == warehouse.query(statement)
    finally:
        other.db.close()
        drop_database(postgres_server_url, name)


def test_every_step_can_be_run_again(warehouse):
    warehouse.land(V, [vacancy(1), vacancy(1, 2), vacancy(1, 2), vacancy(3, kato="990000000"), vacancy(4)])
    batch = warehouse.claim(V)
    for _ in range(2):
        validate_batch(warehouse.db, warehouse.settings, batch.batch_id)
    first = load_batch(warehouse.db, warehouse.settings, batch.batch_id)
    core = warehouse.hash(V)
    assert load_batch(warehouse.db, warehouse.settings, batch.batch_id) == first
    assert validate_batch(warehouse.db, warehouse.settings, batch.batch_id) is None
    assert warehouse.hash(V) == core
    assert vars_of(first) == (3, 0, 1, 1)
    assert warehouse.query("select count(*) from ops.validation where batch_id = %s", batch.batch_id) == [
        (len(quality_rules(V)) + 1,)
    ]


def test_workers_at_once_load_each_event_once(warehouse):
    warehouse.land(V, [vacancy(number) for number in range(300)])
    errors = []

    def work():
        try:
            with warehouse.connect() as db:
                for _ in range(6):
                    batch = batches.claim(db, V, 100)
                    if batch is not None:
                        validated = batches.get_batch(db, batch.batch_id)
                        with db.entity_lock("vacancy") as is_locked:
                            if is_locked and validated.is_open:
                                settle_without_suite(db, batch)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    warehouse.drain(V)
    assert errors == []
    assert warehouse.query("select count(*), count(distinct vacancy_id) from core.vacancy") == [(300, 300)]
    assert warehouse.query("select sum(to_offset - from_offset) from ops.batch_range") == [(300,)]


def settle_without_suite(db, batch):
    """The steps of a load without Great Expectations, which is not made for threads."""
    try:
        stage_batch(db, batch)
        record_findings(db, batch, [], suite_name="none", max_reject_ratio=1.0)
        settle_batch(db, batch, rejection_reasons(quality_rules(V)))
    except (BatchStateError, StageLostError):
        return  # another worker has finished it since


def test_a_stage_that_was_lost_is_filled_and_checked_again(warehouse):
    warehouse.land(V, [vacancy(1), vacancy(2, kato="990000000")])
    batch = warehouse.claim(V)
    validate_batch(warehouse.db, warehouse.settings, batch.batch_id)
    # What an immediate stop of the server does to an unlogged table.
    warehouse.query("truncate stage.vacancy")
    with pytest.raises(StageLostError):
        settle_batch(warehouse.db, batch, {})
    assert vars_of(load_batch(warehouse.db, warehouse.settings, batch.batch_id)) == (1, 0, 0, 1)


def test_a_worker_that_lost_its_connection_has_lost_its_lock_and_stops(warehouse):
    warehouse.land(V, [vacancy(1)])
    batch = warehouse.claim(V)
    with warehouse.db.entity_lock("vacancy"):
        warehouse.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'arna_loader'")
        with pytest.raises(WarehouseUnavailable):
            stage_batch(warehouse.db, batch)
    assert warehouse.process(V).loaded == 1


def test_an_event_that_does_not_fit_is_rejected_alone(warehouse):
    good = [vacancy(number) for number in range(20)]
    warehouse.land(V, good[:10])
    warehouse.land(V, [vacancy(50)], data_overrides={"published_on": "never"})
    warehouse.land(V, good[10:])
    assert vars_of(warehouse.process(V)) == (20, 0, 0, 1)
    assert warehouse.query('select "offset", rejection_class, rule_id from ops.rejection') == [
        (10, "load_error", "load_error")
    ]


def test_too_many_rejections_hold_the_batch_and_readers_keep_the_last_good_state(warehouse):
    warehouse.land(V, [vacancy(1)])
    warehouse.process(V)
    core = warehouse.hash(V)
    warehouse.land(V, [vacancy(number, kato="990000000") for number in range(2, 82)])
    warehouse.land(V, [vacancy(number) for number in range(82, 112)])
    batch = warehouse.claim(V)
    with pytest.raises(BatchHeldError, match=r"batch_reject_ratio.*arna batch release"):
        validate_batch(warehouse.db, warehouse.settings, batch.batch_id)
    assert batches.get_batch(warehouse.db, batch.batch_id).held_rules == ("batch_reject_ratio",)
    assert load_batch(warehouse.db, warehouse.settings, batch.batch_id) is None
    assert warehouse.hash(V) == core
    assert warehouse.query("select count(*) from ops.rejection") == [(0,)]
    # Later batches go on.
    warehouse.land(V, [vacancy(200)])
    assert vars_of(warehouse.process(V)) == (1, 0, 0, 0)


def test_a_small_batch_is_not_held_for_its_ratio(warehouse):
    warehouse.land(V, [vacancy(number, kato="990000000") for number in range(99)])
    assert vars_of(warehouse.process(V)) == (0, 0, 0, 99)


def test_events_of_a_source_that_is_not_registered_for_the_entity_hold_the_batch(warehouse):
    source_id = register_source(warehouse.url, "urn:kz:bin:501240000013", entities=("enrolment",))
    warehouse.land(V, [vacancy(1)], source_id=source_id)
    batch = warehouse.claim(V)
    with pytest.raises(BatchHeldError, match="source_wrong"):
        validate_batch(warehouse.db, warehouse.settings, batch.batch_id)


def held_batch(warehouse):
    source_id = register_source(warehouse.url, "urn:kz:bin:501240000013", entities=("enrolment",))
    warehouse.land(V, [vacancy(1, 2), vacancy(2)], source_id=source_id)
    batch = warehouse.claim(V)
    with pytest.raises(BatchHeldError):
        validate_batch(warehouse.db, warehouse.settings, batch.batch_id)
    return batch, source_id


def test_a_released_batch_loads_and_takes_its_place_in_landing_order(warehouse):
    batch, source_id = held_batch(warehouse)
    register_source(warehouse.url, "urn:kz:bin:501240000013", entities=("enrolment", "vacancy"))
    warehouse.land(V, [vacancy(1, 1)], source_id=source_id)
    assert vars_of(warehouse.process(V)) == (1, 0, 0, 0)
    register_source(warehouse.url, "urn:kz:bin:501240000013", entities=("enrolment",))
    batches.release_batch(warehouse.db, batch.batch_id, "asked the employer")
    assert warehouse.claim(V).batch_id == batch.batch_id
    assert vars_of(warehouse.process(V)) == (2, 0, 0, 0)
    # Version 2 had landed first, so version 1 was never current.
    assert warehouse.versions() == [
        ("vacancy-1", 1, "superseded", False, 2),
        ("vacancy-1", 2, "loaded", True, 0),
        ("vacancy-2", 1, "loaded", True, 1),
    ]


def test_a_discarded_batch_rejects_each_event(warehouse):
    batch, _ = held_batch(warehouse)
    assert batches.discard_batch(warehouse.db, batch.batch_id) == 2
    assert warehouse.query('select "offset", rejection_class, rule_id, batch_id from ops.rejection order by 1') == [
        (0, "rule_failed", "batch_discarded", batch.batch_id),
        (1, "rule_failed", "batch_discarded", batch.batch_id),
    ]
    assert warehouse.claim(V) is None
    with pytest.raises(BatchStateError, match="discarded"):
        batches.release_batch(warehouse.db, batch.batch_id)


def test_only_held_batches_can_be_released_or_discarded(warehouse):
    warehouse.land(V, [vacancy(1)])
    batch = warehouse.claim(V)
    with pytest.raises(BatchStateError):
        batches.release_batch(warehouse.db, batch.batch_id)
    with pytest.raises(BatchStateError):
        batches.discard_batch(warehouse.db, batch.batch_id)
    with pytest.raises(BatchStateError, match="no batch 999"):
        batches.get_batch(warehouse.db, 999)


def test_the_ledger_adds_up_at_every_moment(warehouse):
    def difference():
        return warehouse.query(
            "select coalesce(sum(landed - loaded - superseded - duplicate - rejected - held - pending), 0) "
            "from ops.ledger"
        )[0][0]

    warehouse.land(V, [vacancy(1), vacancy(1), vacancy(1, 2), vacancy(3, kato="990000000")])
    assert difference() == 0
    batch = warehouse.claim(V)
    assert difference() == 0
    validate_batch(warehouse.db, warehouse.settings, batch.batch_id)
    assert difference() == 0
    load_batch(warehouse.db, warehouse.settings, batch.batch_id)
    assert difference() == 0
    held_batch(warehouse)
    assert difference() == 0
