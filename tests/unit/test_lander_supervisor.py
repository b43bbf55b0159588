"""Workers that die are started again; the ones that must not be are not."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from arna.embedded.processes import wait_until
from arna.errors import ConfigError, IntegrityError
from arna.settings import Settings
from consumers import supervisor
from consumers.backoff import Backoff
from consumers.watchdog import PollWatchdog

pytestmark = pytest.mark.unit


def note_and_wait(settings: Settings, number: int) -> None:
    (settings.home / f"{number}-{os.getpid()}").touch()
    stop = supervisor.stop_on_signals()
    stop.wait(60)
    (settings.home / f"{number}-{os.getpid()}-stopped").touch()


def end_with(settings: Settings, number: int) -> None:
    sys.exit(int((settings.home / "code").read_text()))


def pids(folder: Path, number: int) -> list[int]:
    return [int(path.name.split("-")[1]) for path in folder.glob(f"{number}-*") if not path.name.endswith("stopped")]


def test_a_killed_worker_is_started_again_and_all_stop_gracefully(tmp_path: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=supervisor.supervise, args=(Settings(home=tmp_path), 2, stop, note_and_wait))
    thread.start()
    try:
        assert wait_until(lambda: len(pids(tmp_path, 0)) == len(pids(tmp_path, 1)) == 1, 60)
        (first,) = pids(tmp_path, 0)
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: len(pids(tmp_path, 0)) == 2, 60)
        assert len(pids(tmp_path, 1)) == 1
    finally:
        stop.set()
        thread.join(60)
    assert len(list(tmp_path.glob("*-stopped"))) == 2


@pytest.mark.parametrize(
    ("code", "error"), [(supervisor.EXIT_CONFIG, ConfigError), (supervisor.EXIT_INTEGRITY, IntegrityError)]
)
def test_what_no_restart_can_heal_ends_the_supervisor(tmp_path: Path, code: int, error: type[Exception]) -> None:
    (tmp_path / "code").write_text(str(code))
    with pytest.raises(error):
        supervisor.supervise(Settings(home=tmp_path), 1, threading.Event(), end_with)


def test_backoff_grows_to_its_limit_and_starts_anew() -> None:
    backoff = Backoff(first=1.0, most=8.0)
    delays = [backoff.next() for _ in range(50)]
    assert 0.5 <= delays[0] <= 1.0
    assert 4.0 <= delays[-1] <= 8.0
    assert max(delays) <= 8.0
    backoff.reset()
    assert backoff.next() <= 1.0


def test_the_watchdog_barks_only_inside_a_guarded_call() -> None:
    barked = threading.Event()
    watchdog = PollWatchdog(0.2, on_stall=barked.set)
    time.sleep(0.5)
    assert not barked.is_set()
    with watchdog.guard():
        assert barked.wait(5)
    watchdog.stop()


def test_the_watchdog_leaves_calls_alone_that_come_back() -> None:
    barked = threading.Event()
    watchdog = PollWatchdog(0.4, on_stall=barked.set)
    for _ in range(10):
        with watchdog.guard():
            time.sleep(0.1)
    watchdog.stop()
    assert not barked.is_set()
