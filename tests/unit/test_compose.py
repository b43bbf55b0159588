"""docker-compose.yml is valid, keeps to loopback and holds no secret."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
SECRET = re.compile(r"PASSWORD|SECRET|FERNET_KEY")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(FILE.read_text())


def test_file_keeps_to_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_of_the_stack_is_a_service(compose):
    assert set(compose["services"]) == {
        "kafka",
        "postgres",
        "migrate",
        "airflow-migrate",
        "airflow-api-server",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
        "lander",
        "outbox",
        "gateway",
    }


def test_no_secret_has_a_default():
    for name, rest in re.findall(r"\$\{(\w+)([^}]*)\}", FILE.read_text()):
        if SECRET.search(name):
            assert rest == f":?set {name}", name


def test_ports_are_on_loopback_only(compose):
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_only_landers_and_the_migration_see_the_vaults_keys(compose):
    holders = {
        name
        for name, service in compose["services"].items()
        if any("vault" in volume for volume in service.get("volumes", []))
        or any("VAULT" in key for key in service.get("environment", {}))
    }
    assert holders == {"lander", "migrate"}


def test_what_runs_on_has_a_health_check(compose):
    # The outbox relay has no state of its own to ask for: when it cannot work it ends and is restarted.
    without = {
        name
        for name, service in compose["services"].items()
        if "healthcheck" not in service and service.get("restart") != "no"
    }
    assert without == {"outbox"}


def test_image_is_built_of_locked_packages_and_not_run_as_root():
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.search(r"^USER arna$", text, re.MULTILINE)


def test_kafka_is_the_release_the_embedded_broker_is(compose):
    from arna.embedded.kafka import KAFKA_COORDINATES

    version = compose["services"]["kafka"]["image"].rpartition(":")[2]
    assert f"kafka_2.13:{version}+" in KAFKA_COORDINATES
