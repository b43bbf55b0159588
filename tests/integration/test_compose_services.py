"""Each of our own services in docker-compose.yml starts with its very command and gets healthy.

No container engine is needed: the commands run as processes with the services' environment, in which only
the places that a container would provide (host names, folders, ports) are replaced.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql
from sqlalchemy import make_url

from arna.embedded.ports import free_ports
from arna.embedded.processes import Service, last_lines

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SECONDS = 200.0
ONCE = ("migrate", "airflow-migrate")
SECRETS = {
    "ARNA_POSTGRES_PASSWORD": "p1",
    "ARNA_LANDER_PASSWORD": "p2",
    "ARNA_LOADER_PASSWORD": "p3",
    "ARNA_AIRFLOW_PASSWORD": "p4",
    "ARNA_GATEWAY_PASSWORD": "p5",
    "ARNA_AIRFLOW_JWT_SECRET": "j" * 64,
    "ARNA_AIRFLOW_API_SECRET": "a" * 32,
    "ARNA_AIRFLOW_FERNET_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


def interpolate(text: str) -> str:
    """Compose's ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}``; ``$$`` is a dollar sign."""

    def value(match: re.Match[str]) -> str:
        return SECRETS.get(match["name"], match["default"] or "")

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}", value, text).replace("$$", "$")


@pytest.fixture(scope="module")
def databases(postgres_server_url: str) -> Iterator[dict[str, str]]:
    """Fresh databases as the compose file's PostgreSQL has them, by the user each URL names."""
    made = {name: f"compose_{name}_{os.getpid()}" for name in ("arna", "airflow")}
    with psycopg.connect(postgres_server_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        for name in made.values():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    yield made
    with psycopg.connect(postgres_server_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        for name in made.values():
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def services(postgres_server_url: str, kafka_bootstrap: str, databases: dict[str, str], short_tmp) -> dict[str, Any]:
    """Our own services, placed on this machine."""
    folder = short_tmp()
    api_port, metrics_port, gateway_port = (str(port) for port in free_ports(3))
    server = make_url(postgres_server_url)

    def database_url(match: re.Match[str]) -> str:
        user = match["user"] if match["user"] in {"arna_lander", "arna_loader", "arna_gateway"} else server.username
        placed = server.set(username=user, database=databases[match["database"]])
        return placed.render_as_string(hide_password=False)

    def place(text: str) -> str:
        text = interpolate(text)
        text = re.sub(r"postgresql\+psycopg://(?P<user>\w+):\w+@postgres:5432/(?P<database>\w+)", database_url, text)
        for container, here in (
            ("kafka:9092", kafka_bootstrap),
            ("http://airflow-api-server:8080", f"http://127.0.0.1:{api_port}"),
            ("127.0.0.1:8080", f"127.0.0.1:{api_port}"),
            ("0.0.0.0", "127.0.0.1"),
            ("9464", metrics_port),
            ("8090", gateway_port),
            # The wheel has inside `arna` what lies beside it in a checkout.
            ("/opt/arna/lib/python3.12/site-packages/arna/dags", str(ROOT / "dags")),
            ("/opt/arna/lib/python3.12/site-packages", str(ROOT)),
            ("/var/lib/arna-vault", str(folder / "vault")),
            ("/var/lib/arna", str(folder / "state")),
        ):
            text = text.replace(container, here)
        return api_port if text == "8080" else text

    own = {}
    for name, service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].items():
        if "build" in service:
            environment = {key: place(value) for key, value in service["environment"].items()}
            check = [place(part) for part in service.get("healthcheck", {}).get("test", [])][1:]
            own[name] = {
                "command": [place(part) for part in service["command"]],
                "environment": environment,
                "check": check,
            }
    for part in ("vault", "state/airflow"):
        (folder / part).mkdir(parents=True)
    return {"folder": folder, "own": own}


def environment_of(services: dict[str, Any], name: str) -> dict[str, str]:
    image = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(services["folder"]),
        "PYTHONUNBUFFERED": "1",
        # In containers each service has a state folder of its own, but for Airflow's shared one.
        "ARNA_HOME": str(services["folder"] / ("state" if name.startswith("airflow") else f"home-{name}")),
        "AIRFLOW_HOME": str(services["folder"] / "state" / "airflow"),
    }
    return {**image, **services["own"][name]["environment"]}


def test_every_service_starts_with_its_own_command_and_gets_healthy(services):
    folder = services["folder"]
    for name in ONCE:
        done = subprocess.run(
            services["own"][name]["command"],
            env=environment_of(services, name),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    running: dict[str, Service] = {}
    try:
        for name, service in services["own"].items():
            if name not in ONCE:
                running[name] = Service(name, folder / "run", folder / "logs" / f"{name}.log")
                running[name].start(service["command"], env=environment_of(services, name), cwd=folder)
        deadline = time.monotonic() + SECONDS
        unhealthy = set(running)
        while unhealthy and time.monotonic() < deadline:
            for name in sorted(unhealthy):
                assert running[name].is_running(), f"{name} ended: {last_lines(running[name].log_path)}"
                check = services["own"][name]["check"]
                passed = not check or (
                    subprocess.run(
                        check, env=environment_of(services, name), cwd=folder, capture_output=True, check=False
                    ).returncode
                    == 0
                )
                if passed:
                    unhealthy.discard(name)
        assert not unhealthy, {name: last_lines(running[name].log_path) for name in unhealthy}
        assert all(service.is_running() for service in running.values())
    finally:
        for service in running.values():
            service.stop(timeout=20)
