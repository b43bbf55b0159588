"""The whole stack: real broker, lander, warehouse, and Airflow's own scheduler and triggerer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import psycopg
import pytest

from arna.contracts.registry import Entity
from arna.embedded.stack import Stack
from arna.settings import Settings
from arna.sources import SourceDefinition, register_source
from arna.warehouse.database import Database, connection_string
from producers.direct import DirectPublisher
from tests.support.samples import SAMPLE_SOURCE, sample_event

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


class Pipeline:
    """The running stack, and what a test asks of it."""

    def __init__(self, stack):
        self.stack = stack
        self.settings = stack.effective_settings()

    def publish(self, *events):
        with DirectPublisher(self.settings.kafka_bootstrap_servers) as publisher:
            for event in events:
                publisher.publish(event)
            publisher.flush(60)

    def query(self, statement, *params, database=None):
        url = connection_string(database or self.settings.warehouse_url)
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute(statement, params or None).fetchall()

    def wait_for(self, statement, expected, timeout=120):
        deadline = time.monotonic() + timeout
        while (found := self.query(statement)) != expected:
            assert time.monotonic() < deadline, f"{found} is not {expected}"
            time.sleep(0.2)

    def airflow(self, statement):
        return self.query(statement, database=self.stack.postgres.url("airflow"))


@pytest.fixture(scope="module")
def pipeline(short_tmp):
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    home = short_tmp() / "h"
    stack = Stack(Settings(home=home))
    try:
        stack.up()
        with Database(stack.effective_settings().warehouse_url) as db:
            register_source(db, SourceDefinition(uri=SAMPLE_SOURCE, name="test", entities=tuple(Entity)))
        yield Pipeline(stack)
    finally:
        stack.down()


def test_published_events_reach_core_and_bad_ones_are_rejected(pipeline):
    good = [sample_event(entity, number=number) for entity in Entity for number in range(1, 21)]
    bad = [sample_event(Entity.VACANCY, number=number, kato="990000000") for number in range(21, 24)]
    pipeline.publish(*good, *bad)
    for entity in Entity:
        pipeline.wait_for(f"select count(*) from core.{entity}", [(20,)])
    pipeline.wait_for(
        "select rule_id, count(*) from ops.rejection where stage = 'load' group by 1", [("region_unknown", 3)]
    )
    # The dead letters are sent too.
    pipeline.wait_for("select count(*) from ops.outbox where sent_at is null", [(0,)])


def test_nothing_is_lost_while_runs_of_one_dag_meet(pipeline):
    command = [sys.executable, "-m", "airflow", "dags", "trigger", "load_certification"]
    env = pipeline.stack.airflow._env(pipeline.stack.postgres.url("airflow"), {})
    first = [sample_event(Entity.CERTIFICATION, number=number) for number in range(1000, 1200)]
    pipeline.publish(*first)
    runs = [subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    second = [sample_event(Entity.CERTIFICATION, number=number) for number in range(1200, 1400)]
    pipeline.publish(*second, *first[:50])
    for run in runs:
        run.wait(timeout=120)
    pipeline.wait_for("select count(*) from core.certification where certificate_id ~ '-1[0-9]{3}$'", [(400,)])
    pipeline.wait_for("select count(*) from ops.duplicate", [(50,)])
    pipeline.wait_for("select count(*) from ops.batch where state in ('claimed', 'validated')", [(0,)])


def test_a_task_that_is_killed_is_made_good(pipeline):
    events = [sample_event(Entity.ENROLMENT, number=number) for number in range(2000, 2300)]
    pipeline.publish(*events)
    deadline = time.monotonic() + 60
    while not (victims := running_tasks(pipeline)):
        assert time.monotonic() < deadline, "no task was seen"
        time.sleep(0.01)
    for victim in victims:
        victim.send_signal(signal.SIGKILL)
    pipeline.wait_for("select count(*) from core.enrolment where enrolment_id ~ '-2[0-9]{3}$'", [(300,)], timeout=300)
    pipeline.wait_for("select count(*) from ops.batch where state in ('claimed', 'validated')", [(0,)])


def running_tasks(pipeline):
    """Processes in which Airflow runs a task of load_enrolment now; only descendants of this test's scheduler."""
    rows = pipeline.airflow("select pid from task_instance where dag_id = 'load_enrolment' and state = 'running'")
    scheduler = psutil.Process(pipeline.stack.airflow.services["scheduler"].pid)
    own = {process.pid: process for process in scheduler.children(recursive=True)}
    return [own[pid] for (pid,) in rows if pid in own]


def test_data_docs_are_shown_to_users_only_and_linked_from_the_task(pipeline):
    links = pipeline.airflow(
        "select value #>> '{}' from xcom where dag_id = 'load_vacancy' and key = '_link_DataDocsLink' limit 1"
    )
    assert links, "the task has no link"
    url = json.loads(links[0][0]) if links[0][0].startswith('"') else links[0][0]
    assert "/arna/data-docs/vacancy/" in url
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=30)
    assert refused.value.code in {401, 403}
