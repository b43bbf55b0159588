"""``arna up``, ``down`` and ``status`` on real servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from arna.embedded.stack import Stack
from arna.errors import ConfigError
from arna.settings import Settings
from tests.support.stack import role_url

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in [name for name in os.environ if name.startswith("ARNA_") and name != "ARNA_CACHE"]:
        monkeypatch.delenv(name)


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="arna-t-", dir="/tmp")) / "home"
    yield made
    Stack(Settings(home=made)).wipe()
    shutil.rmtree(made.parent, ignore_errors=True)


def servers_only(home: Path, **settings: str) -> tuple[Stack, list[str], list[str]]:
    steps: list[str] = []
    stack = Stack(Settings(home=home, **settings))
    return stack, stack.up(steps.append, airflow=False, landers=False), steps


def arna(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "arna.cli.main", *arguments]
    env = {**os.environ, "ARNA_HOME": str(home)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=240)


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_servers_start_heal_and_keep_their_data(home):
    stack, started, _ = servers_only(home)
    assert {"postgres", "kafka"} < set(started)
    settings = stack.effective_settings()
    execute(settings.warehouse_url, "create table public.kept as select 1 as one")

    again, started, steps = servers_only(home)
    assert started == []
    assert "postgres: already running" in steps

    os.kill(again.kafka.pid, signal.SIGKILL)
    again.postgres.stop("immediate")
    dead = {process.name for process in again.status().processes if not process.alive}
    assert dead == {"kafka"} or dead == {"kafka", "postgres"}

    healed, started, _ = servers_only(home)
    assert set(started) == {"postgres", "kafka"}
    assert healed.effective_settings() == settings

    assert set(healed.down()) == {"postgres", "kafka"}
    assert healed.down() == []
    with pytest.raises(ConfigError, match="the stack is not up"):
        healed.effective_settings()

    restarted, _, _ = servers_only(home)
    assert restarted.effective_settings() == settings
    assert execute(settings.warehouse_url, "select one from public.kept") == [(1,)]


def test_roles_of_the_warehouse_log_in_over_the_private_socket(home):
    stack, _, _ = servers_only(home)
    settings = stack.effective_settings()
    assert execute(settings.warehouse_lander_url, "select current_user") == [("arna_lander",)]
    assert execute(settings.warehouse_loader_url, "select current_user") == [("arna_loader",)]
    assert execute(settings.warehouse_gateway_url, "select current_user") == [("arna_gateway",)]


def test_own_servers_replace_the_embedded_ones(home, kafka_bootstrap, database_url):
    loader = role_url(database_url, "arna_loader")
    stack, _, _ = servers_only(
        home, kafka_bootstrap_servers=kafka_bootstrap, warehouse_url=database_url, warehouse_loader_url=loader
    )
    assert not stack.postgres.is_running()
    assert not stack.kafka.is_running()
    found = stack.effective_settings()
    assert (found.kafka_bootstrap_servers, found.warehouse_url) == (kafka_bootstrap, database_url)
    assert (found.warehouse_lander_url, found.warehouse_loader_url) == (database_url, loader)
    keys = stack.settings.vault_keys_path
    stack.wipe()
    assert keys.exists(), "the keys of a warehouse that is not ours must outlive a wipe"
    (home / "secrets" / "keys-of-another-warehouse").unlink()


def test_folder_with_other_files_is_neither_used_nor_wiped(home):
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="holds other files"):
        servers_only(home)
    stack = Stack(Settings(home=home))
    stack.wipe()
    assert (home / "thesis.txt").exists()


def test_two_ups_at_once_make_one_stack(home):
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(servers_only(home)[1])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(started) for started in results) == [False, True]


def test_workers_follow_a_broker_that_had_to_move(home):
    stack = Stack(Settings(home=home))
    assert {"lander", "outbox", "gateway"} < set(stack.up(airflow=False))
    lander, address = stack.lander.pid, stack.effective_settings().kafka_bootstrap_servers
    stack.kafka.stop()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", int(address.rpartition(":")[2])))
        thief.listen()
        again = Stack(Settings(home=home))
        assert set(again.up(airflow=False)) == {"kafka", "lander", "outbox", "gateway"}
    moved = again.effective_settings().kafka_bootstrap_servers
    assert moved != address
    assert again.lander.pid != lander
    assert psutil.Process(again.lander.pid).environ()["ARNA_KAFKA_BOOTSTRAP_SERVERS"] == moved


def test_status_before_up_says_so_and_has_its_shape(home):
    assert "The stack is not up; run `arna up`" in arna(home, "status").stdout
    shown = json.loads(arna(home, "status", "--json").stdout)
    assert shown == {
        "kafka": {"bootstrap_servers": None},
        "warehouse": {"url": None},
        "airflow": {"url": None},
        "gateway": {"url": None},
        "processes": [],
        "topics": [],
    }


def test_whole_stack_listens_on_loopback_only_and_airflow_knows_no_vault_key(home):
    up = arna(home, "up")
    assert up.returncode == 0, up.stdout + up.stderr
    status = json.loads(arna(home, "status", "--json").stdout)
    assert {process["name"] for process in status["processes"] if process["alive"]} == {
        "postgres",
        "kafka",
        "airflow-api-server",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
        "lander",
        "outbox",
        "gateway",
    }
    with urllib.request.urlopen(f"{status['gateway']['url']}/readyz", timeout=5) as answer:
        assert answer.status == 200
    assert {(row["entity"], row["partition"]) for row in status["topics"]} == {
        (entity, partition) for entity in ("enrolment", "certification", "vacancy") for partition in range(6)
    }
    for process in status["processes"]:
        parent = psutil.Process(process["pid"])
        for member in (parent, *parent.children(recursive=True)):
            for connection in member.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip.removeprefix("::ffff:") == "127.0.0.1", process["name"]
        if process["name"] == "gateway":
            assert not [name for name in parent.environ() if name.startswith("ARNA_VAULT")]
            assert "arna_gateway@" in parent.environ()["ARNA_WAREHOUSE_URL"]
        if process["name"].startswith("airflow"):
            environment = parent.environ()
            assert not [name for name in environment if name.startswith("ARNA_VAULT")]
            assert "arna_loader@" in environment.get("ARNA_WAREHOUSE_URL", "arna_loader@")

    # Each part that is killed is started again, the others are left alone.
    pids = {process["name"]: process["pid"] for process in status["processes"]}
    for name in ("lander", "gateway", "airflow-triggerer"):
        os.kill(pids[name], signal.SIGKILL)
    assert arna(home, "up").returncode == 0
    after = {process["name"]: process for process in json.loads(arna(home, "status", "--json").stdout)["processes"]}
    assert all(process["alive"] for process in after.values())
    assert {name for name in pids if after[name]["pid"] != pids[name]} == {"lander", "gateway", "airflow-triggerer"}

    assert "nothing to do" in arna(home, "up").stdout
    down = arna(home, "down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert not [pid for pid in pids.values() if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]
