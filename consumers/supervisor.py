"""Worker processes and who watches them: a worker that dies is started again, later and later."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from arna.errors import ArnaError, ConfigError, IntegrityError
from arna.logs import configure_logging
from arna.settings import Settings
from consumers.backoff import Backoff
from consumers.lander import Lander
from consumers.metrics import LanderMetrics

log = structlog.get_logger(__name__)

EXIT_STOPPED: Final = 0
EXIT_FAILED: Final = 1
EXIT_CONFIG: Final = 78
EXIT_INTEGRITY: Final = 76

_FINAL: Final = {
    EXIT_CONFIG: "a setting is wrong; every lander would stop at once.",
    EXIT_INTEGRITY: "offsets, hashes or topic ids disagree: nothing more is landed until a person has looked.",
}
_SETTLED_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 25.0
_YOUNG_OBJECTS: Final = 50_000

Target = Callable[[Settings, int], None]


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def run_lander(settings: Settings, number: int = 0, stop: threading.Event | None = None) -> None:
    """One lander in this process, until it is told to stop.

    Args:
        settings: with all addresses filled in.
        number: which worker; its metrics are served on the metrics port plus this.
        stop: when to end; unset: on SIGTERM and SIGINT.
    """
    stop = stop or stop_on_signals()
    structlog.contextvars.bind_contextvars(worker=number)
    port = settings.metrics_port
    metrics = LanderMetrics(port + number if port else port)
    lander = Lander(settings, metrics=metrics)
    log.info("lander_started", metrics_port=metrics.port)
    # Landing makes and drops dictionaries by the hundred thousand and keeps none: what lives now lives on, and young
    # garbage is looked for rarely.
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 50, 100)
    try:
        lander.run(stop)
    finally:
        lander.close()
    log.info("lander_stopped")


def _work(settings: Settings, number: int) -> None:
    """Body of a worker process: ends with a code that tells the supervisor whether to start another."""
    configure_logging()
    stop = stop_on_signals()
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A supervisor that was killed cannot stop its workers.
        threading.Thread(target=_stop_without, args=(parent.sentinel, stop), daemon=True).start()
    try:
        run_lander(settings, number, stop)
    except ConfigError as error:
        log.critical("lander_misconfigured", error=str(error))
        sys.exit(EXIT_CONFIG)
    except IntegrityError as error:
        log.critical("lander_integrity", error=str(error))
        sys.exit(EXIT_INTEGRITY)
    except ArnaError as error:
        log.critical("lander_failed", error=str(error))
        sys.exit(EXIT_FAILED)
    except Exception as error:  # noqa: BLE001 - the text of an unknown error can hold a value, its place cannot
        log.critical("lander_died", error=type(error).__name__, at=_place_of(error))
        sys.exit(EXIT_FAILED)


def _stop_without(sentinel: int, stop: threading.Event) -> None:
    wait([sentinel])
    stop.set()


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "unknown" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


class _Worker:
    """One place for a worker, and the process that fills it now."""

    def __init__(self, settings: Settings, number: int, target: Target) -> None:
        self.number = number
        self._arguments = (settings, number)
        self._target = target
        self._backoff = Backoff(first=0.5, most=30.0)
        self._started_at = 0.0
        self.restart_at: float | None = None
        self.process: BaseProcess = self._start()

    def _start(self) -> BaseProcess:
        # Spawned, not forked: no thread, socket or key schedule of the parent comes along.
        process = multiprocessing.get_context("spawn").Process(
            target=self._target, args=self._arguments, name=f"lander-{self.number}"
        )
        process.start()
        self._started_at = monotonic()
        return process

    def plan_restart(self) -> float:
        if monotonic() - self._started_at > _SETTLED_SECONDS:
            self._backoff.reset()
        delay = self._backoff.next()
        self.restart_at = monotonic() + delay
        return delay

    def restart_if_due(self) -> None:
        if self.restart_at is not None and monotonic() >= self.restart_at:
            self.restart_at = None
            self.process.close()
            self.process = self._start()


def supervise(settings: Settings, workers: int, stop: threading.Event, target: Target = _work) -> None:
    """Keeps a number of landers running until told to stop.

    Raises:
        ConfigError: a worker ended because a setting is wrong.
        IntegrityError: a worker ended because offsets, hashes or topic ids disagree; all others were stopped.
    """
    pool = [_Worker(settings, number, target) for number in range(workers)]
    try:
        while not stop.is_set():
            for worker in pool:
                worker.restart_if_due()
                if worker.restart_at is None and not worker.process.is_alive():
                    _judge(worker)
            stop.wait(0.2)
    finally:
        _stop_all(pool)


def _judge(worker: _Worker) -> None:
    code = worker.process.exitcode
    if code == EXIT_CONFIG:
        raise ConfigError("lander", _FINAL[EXIT_CONFIG], "The log has the reason.")
    if code == EXIT_INTEGRITY:
        raise IntegrityError(_FINAL[EXIT_INTEGRITY])
    log.error("lander_ended", worker=worker.number, exit_code=code, restart_in=round(worker.plan_restart(), 2))


def _stop_all(pool: list[_Worker]) -> None:
    running = [worker.process for worker in pool if worker.restart_at is None]
    for process in running:
        process.terminate()
    deadline = monotonic() + _STOP_SECONDS
    for process in running:
        process.join(max(0.0, deadline - monotonic()))
        if process.is_alive():
            process.kill()
            process.join()
