"""Airflow in a folder of its own: tests ask it through child processes, since it reads its settings at import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
_INSPECT = """
import json, sys, time
before = set(sys.modules)
from airflow.dag_processing.dagbag import DagBag
started = time.monotonic()
bag = DagBag(sys.argv[1])
print("RESULT" + json.dumps({
    "seconds": time.monotonic() - started,
    "import_errors": {str(key): str(value) for key, value in bag.import_errors.items()},
    "modules": sorted(sys.modules),
    "dags": {
        dag.dag_id: {
            "file": dag.fileloc, "doc": dag.doc_md, "tags": sorted(dag.tags), "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs, "timetable": type(dag.timetable).__name__,
            "tasks": {
                task.task_id: {
                    "retries": task.retries, "backoff": task.retry_exponential_backoff, "doc": task.doc_md or task.doc,
                    "links": [link.name for link in task.operator_extra_links],
                    "outlets": [asset.name for asset in task.outlets],
                    "upstream": sorted(task.upstream_task_ids),
                }
                for task in dag.tasks
            },
        }
        for dag in bag.dags.values()
    },
}))
"""
_RUN = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(sys.argv[1]).dags[sys.argv[2]]
run = dag.test()
print("RESULT" + json.dumps({
    "state": str(run.state), "tasks": {ti.task_id: str(ti.state) for ti in run.get_task_instances()},
}))
"""


class Airflow:
    """Runs Airflow's own code in a child process."""

    def __init__(self, home: Path):
        self.home = home
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ARNA_", "AIRFLOW"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        self.env = kept | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "PYTHONPATH": str(REPOSITORY),
        }

    def migrate(self):
        subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=self.env,
            check=True,
            capture_output=True,
            timeout=280,
        )

    def inspect(self):
        return self._ask(_INSPECT, str(REPOSITORY / "dags"))[0]

    def test_dag(self, dag_id, **env):
        """Runs a DAG as `dag.test()`; returns states of run and tasks, and the log."""
        return self._ask(_RUN, str(REPOSITORY / "dags"), dag_id, env=env)

    def _ask(self, script, *arguments, env=None):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            timeout=280,
            cwd=self.home,
        )
        answers = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
        assert answers, done.stdout[-4000:] + done.stderr[-4000:]
        return json.loads(answers[-1].removeprefix("RESULT")), done.stdout + done.stderr


@pytest.fixture(scope="session")
def airflow(tmp_path_factory):
    made = Airflow(tmp_path_factory.mktemp("airflow"))
    made.migrate()
    return made


@pytest.fixture(scope="session")
def bag(airflow):
    return airflow.inspect()
