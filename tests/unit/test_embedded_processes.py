"""A supervised process is told from every other one, and nothing of it is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from arna.embedded.processes import Service, ServiceFailed, boot_id, last_lines, read_stat, wait_until

pytestmark = pytest.mark.unit

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(p.pid, flush=True); time.sleep(600)",
]


@pytest.fixture
def service(tmp_path: Path):
    made = Service("sample", tmp_path / "run", tmp_path / "logs" / "sample.log")
    yield made
    made.kill()


def _first_line(service: Service) -> str:
    assert wait_until(lambda: bool(last_lines(service.log_path)), 20)
    return last_lines(service.log_path)[0]


def test_started_process_is_known_to_a_second_observer(service, tmp_path):
    pid = service.start(SLEEPER, env=os.environ)
    other = Service("sample", tmp_path / "run", tmp_path / "logs" / "sample.log")
    assert service.pid == other.pid == pid
    assert os.getsid(pid) == pid
    assert _first_line(service) == "here"


def test_stop_ends_the_process_and_forgets_it(service):
    pid = service.start(SLEEPER, env=os.environ)
    assert service.stop() is True
    assert not service.is_running()
    assert service.last_pid is None
    stat = read_stat(pid)
    assert stat is None or not stat.alive


def test_stop_of_what_does_not_run_says_so(service):
    assert service.stop() is False


def test_killed_process_is_seen_as_dead_but_remembered(service):
    pid = service.start(SLEEPER, env=os.environ)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not service.is_running(), 10)
    assert service.last_pid == pid


def test_reused_pid_is_not_taken_for_the_service_and_never_killed(service, tmp_path):
    bystander = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        stat = read_stat(bystander.pid)
        identity = {"pid": bystander.pid, "start_ticks": stat.start_ticks - 1, "boot_id": boot_id()}
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "sample.pid.json").write_text(json.dumps(identity))
        assert not service.is_running()
        service.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_pid_file_of_another_boot_is_stale(service, tmp_path):
    pid = service.start(SLEEPER, env=os.environ)
    path = tmp_path / "run" / "sample.pid.json"
    text = path.read_text()
    path.write_text(json.dumps({**json.loads(text), "boot_id": "another"}))
    assert not service.is_running()
    path.write_text(text)
    assert service.pid == pid


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"pid": 1}', "not json"])
def test_broken_pid_file_is_as_good_as_none(service, tmp_path, text):
    (tmp_path / "run").mkdir(exist_ok=True)
    (tmp_path / "run" / "sample.pid.json").write_text(text)
    assert service.pid is None


def test_orphans_of_a_killed_process_end_at_the_next_start(service):
    parent = service.start(PARENT, env=os.environ)
    child = int(_first_line(service))
    os.kill(parent, signal.SIGKILL)
    assert wait_until(lambda: not service.is_running(), 10)
    assert read_stat(child).alive
    service.start(SLEEPER, env=os.environ)
    assert wait_until(lambda: (stat := read_stat(child)) is None or not stat.alive, 10)


def test_process_that_ignores_sigterm_is_killed(service):
    service.start(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
        ],
        env=os.environ,
    )
    _first_line(service)
    assert service.stop(timeout=0.2) is True
    assert not service.is_running()


def test_failure_names_the_log_and_shows_its_end(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)))
    text = str(ServiceFailed("kafka", "it ended while starting.", log))
    assert str(log) in text
    assert "line 99" in text
    assert "line 80" not in text


def test_logs_are_private(service):
    service.start(SLEEPER, env=os.environ)
    assert service.log_path.stat().st_mode & 0o077 == 0


def test_process_that_was_just_killed_counts_as_dead_at_once(service):
    for _ in range(20):
        pid = service.start(SLEEPER, env=os.environ)
        os.kill(pid, signal.SIGKILL)
        assert not service.is_running()
