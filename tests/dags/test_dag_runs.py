"""Each load DAG, run by Airflow's own test runner on a real warehouse."""

from __future__ import annotations

import psycopg
import pytest

from arna.contracts.registry import Entity
from arna.warehouse.database import connection_string
from tests.support.landed import land, register_source
from tests.support.samples import sample_event
from tests.support.stack import role_url

pytestmark = pytest.mark.dags


@pytest.fixture
def warehouse_env(database_url, tmp_path):
    return {
        "ARNA_HOME": str(tmp_path),
        "ARNA_WAREHOUSE_URL": role_url(database_url, "arna_loader"),
        "ARNA_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }


def query(url, statement):
    with psycopg.connect(connection_string(url)) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.parametrize("entity", list(Entity))
def test_load_dag_brings_events_into_core(airflow, database_url, warehouse_env, tmp_path, entity):
    land(database_url, entity, [sample_event(entity, number=number) for number in range(20)])
    result, log = airflow.test_dag(f"load_{entity}", **warehouse_env)
    assert result == {"state": "success", "tasks": {"claim": "success", "validate": "success", "load": "success"}}
    assert query(database_url, f"select count(*) from core.{entity}") == [(20,)]
    assert (tmp_path / "data_docs" / str(entity) / "batch-1.html").exists()
    assert f"/arna/data-docs/{entity}/1" in log


def test_nothing_waiting_is_skipped(airflow, database_url, warehouse_env):
    result, _ = airflow.test_dag("load_vacancy", **warehouse_env)
    assert result["tasks"] == {"claim": "skipped", "validate": "skipped", "load": "skipped"}


def test_held_batch_fails_the_dag_and_says_why(airflow, database_url, warehouse_env):
    source_id = register_source(database_url, "urn:kz:bin:501240000013", entities=("enrolment",))
    land(database_url, Entity.VACANCY, [sample_event(Entity.VACANCY)], source_id=source_id)
    result, log = airflow.test_dag("load_vacancy", **warehouse_env)
    assert result["state"] == "failed"
    assert result["tasks"] == {"claim": "success", "validate": "failed", "load": "upstream_failed"}
    assert "batch 1 of vacancy (1 events) is held: source_wrong" in log
    assert "arna batch release 1" in log
    assert query(database_url, "select count(*) from core.vacancy") == [(0,)]
