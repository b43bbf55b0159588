"""The refresh DAGs, run by Airflow's own test runner on a real warehouse as the loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from arna.warehouse.database import connection_string
from tests.support.core_rows import CoreWriter
from tests.support.stack import role_url

pytestmark = pytest.mark.dags


@pytest.mark.parametrize(("group", "view"), [("profile", "profile.skill"), ("retraining", "retraining.skill_gap")])
def test_refresh_dag_brings_core_to_the_readers_view(
    airflow: Any, database_url: str, tmp_path: Path, group: str, view: str
) -> None:
    writer = CoreWriter(database_url)
    writer.load({"enrolment": [{"person": 1}], "certification": [{"person": 1}], "vacancy": [{}]})
    writer.close()
    result, _ = airflow.test_dag(
        f"refresh_{group}",
        ARNA_HOME=str(tmp_path),
        ARNA_WAREHOUSE_URL=role_url(database_url, "arna_loader"),
        ARNA_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1",
    )
    assert result == {"state": "success", "tasks": {"refresh": "success"}}
    with psycopg.connect(connection_string(role_url(database_url, f"{group}_reader"))) as connection:
        assert connection.execute(f"select count(*) > 0 from {view}").fetchone() == (True,)
