"""The refresh DAGs, run by Airflow's own test runner on a real warehouse as the loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from arna.marts import refresh
from arna.marts.validating import begin_validation
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import CoreWriter
from tests.support.stack import role_url

pytestmark = pytest.mark.dags


@pytest.fixture
def warehouse_env(database_url: str, tmp_path: Path) -> dict[str, str]:
    writer = CoreWriter(database_url)
    writer.load({"enrolment": [{"person": 1}], "certification": [{"person": 1}], "vacancy": [{}]})
    writer.close()
    return {
        "ARNA_HOME": str(tmp_path),
        "ARNA_WAREHOUSE_URL": role_url(database_url, "arna_loader"),
        "ARNA_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }


@pytest.mark.parametrize(("group", "view"), [("profile", "profile.skill"), ("retraining", "retraining.skill_gap")])
def test_refresh_dag_brings_core_to_the_readers_view_and_validates_it(
    airflow: Any, database_url: str, warehouse_env: dict[str, str], tmp_path: Path, group: str, view: str
) -> None:
    result, log = airflow.test_dag(f"refresh_{group}", **warehouse_env)
    assert result == {"state": "success", "tasks": {"refresh": "success", "validate": "success"}}
    with psycopg.connect(connection_string(role_url(database_url, f"{group}_reader"))) as connection:
        assert connection.execute(f"select count(*) > 0 from {view}").fetchone() == (True,)
    with psycopg.connect(connection_string(database_url)) as connection:
        validated = "select bool_and(is_valid) from ops.freshness where mart_group = %s"
        assert connection.execute(validated, (group,)).fetchone() == (True,)
    assert (tmp_path / "data_docs" / group / "run-1.html").exists()
    assert f"/arna/data-docs/{group}/1" in log


def test_a_failed_rule_fails_the_dag_each_time_and_says_what_to_do(
    airflow: Any, database_url: str, warehouse_env: dict[str, str]
) -> None:
    with Database(warehouse_env["ARNA_WAREHOUSE_URL"]) as db:
        refresh(db, "profile")
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute("update mart.certificate set status = 'lost'")
    for run in (1, 2):
        result, log = airflow.test_dag("refresh_profile", **warehouse_env)
        assert result == {"state": "failed", "tasks": {"refresh": "success", "validate": "failed"}}
        assert f"the profile marts are not valid (run {run}): 1 failed." in log
        assert "profile.certificate: status_unknown (1 row)." in log
        assert "`arna mart rebuild`" in log
    with psycopg.connect(connection_string(database_url)) as connection:
        invalid = "select view_name from ops.freshness where mart_group = 'profile' and not is_valid"
        assert connection.execute(invalid).fetchall() == [("profile.certificate",)]


def test_marts_that_did_not_change_are_not_validated_again(
    airflow: Any, database_url: str, warehouse_env: dict[str, str]
) -> None:
    with Database(warehouse_env["ARNA_WAREHOUSE_URL"]) as db:
        refresh(db, "retraining")
        begin_validation(db, "retraining")
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute("update ops.mart_validation set finished_at = now(), is_valid = true")
    result, _ = airflow.test_dag("refresh_retraining", **warehouse_env)
    assert result == {"state": "success", "tasks": {"refresh": "success", "validate": "skipped"}}
