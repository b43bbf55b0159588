"""Child processes that outlive the command which started them.

Each service is a session of its own (``setsid``), writes to one log file and is remembered in a
small JSON file by pid, start time and boot id, so that a stale file or a reused pid is never taken
for the service. Linux only: everything is read from ``/proc``, which no clock change can fool.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from arna.embedded.files import write_private
from arna.errors import ArnaError

_DEAD_STATES = frozenset("ZXx")
_EXITING = 0x4  # the kernel's PF_EXITING
_SIGKILL_PENDING = 1 << (signal.SIGKILL - 1)
_POLL_SECONDS = 0.05
_LOG_BYTES = 16 * 1024 * 1024


class ServiceFailed(ArnaError):
    """A service did not start or ended early; the text names its log and shows the last lines.

    Args:
        name: the service's name.
        reason: what happened, in one plain sentence.
        log_path: the service's log.
    """

    def __init__(self, name: str, reason: str, log_path: Path) -> None:
        self.name = name
        self.reason = reason
        self.log_path = log_path
        lines = last_lines(log_path)
        tail = "".join(f"\n  | {line}" for line in lines) if lines else " (the log is empty)"
        super().__init__(f"{name}: {reason} Log: {log_path}{tail}")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """The part of ``/proc/<pid>/stat`` that tells one process from another."""

    pid: int
    state: str
    session: int
    flags: int
    start_ticks: int
    pending_signals: int

    @property
    def alive(self) -> bool:
        """Whether it runs and will go on: no zombie, not exiting, and no ``kill -9`` on its way to it."""
        doomed = self.flags & _EXITING or self.pending_signals & _SIGKILL_PENDING
        return self.state not in _DEAD_STATES and not doomed


@dataclass(frozen=True, slots=True)
class Identity:
    """A process, named so that a later owner of the same pid is not mistaken for it."""

    pid: int
    start_ticks: int
    boot_id: str


def read_stat(pid: int) -> ProcessStat | None:
    """The process's state, or None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the command in parentheses and may itself hold spaces and parentheses.
    fields = text[text.rindex(")") + 2 :].split()
    return ProcessStat(
        pid=pid,
        state=fields[0],
        session=int(fields[3]),
        flags=int(fields[6]),
        start_ticks=int(fields[19]),
        pending_signals=int(fields[28]),
    )


def read_command(pid: int) -> bytes:
    """The process's command line, its arguments parted by NUL; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def processes() -> Iterator[ProcessStat]:
    """Every process that can be seen."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := read_stat(int(entry.name))) is not None:
            yield stat


def boot_id() -> str:
    """The kernel's name for this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def last_lines(path: Path, count: int = 15, width: int = 300) -> list[str]:
    """The last lines of a log, each cut to a width; empty when there is no log."""
    try:
        with path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 64 * 1024))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line[:width] for line in lines[-count:]]


class Service:
    """One supervised process and what it left behind.

    Args:
        name: what the user sees.
        run_dir: folder of the pid file.
        log_path: file that gets the process's output, appended to.
    """

    def __init__(self, name: str, run_dir: Path, log_path: Path) -> None:
        self.name = name
        self.log_path = log_path
        self._pid_path = run_dir / f"{name}.pid.json"
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def identity(self) -> Identity | None:
        """The process that was started last, dead or alive."""
        try:
            return Identity(**json.loads(self._pid_path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def last_pid(self) -> int | None:
        """The pid it had when it was started last, dead or alive."""
        identity = self.identity
        return identity.pid if identity else None

    @property
    def pid(self) -> int | None:
        """Its pid while it runs."""
        if self._popen is not None:
            self._popen.poll()  # reaps it when it is our own child
        identity = self.identity
        return identity.pid if identity and _is_alive(identity) else None

    @property
    def exit_code(self) -> int | None:
        """How it ended, where this object started it and it has ended."""
        return self._popen.poll() if self._popen else None

    def is_running(self) -> bool:
        """Whether the very process that was started still runs."""
        return self.pid is not None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        user: int | None = None,
        group: int | None = None,
    ) -> int:
        """Start it detached and remember it; whatever an earlier run left behind is ended first.

        Args:
            command: program and arguments.
            env: the whole environment.
            cwd: working directory.
            user: user id to run as, only as root.
            group: group id to run as, only as root.

        Returns:
            The new pid.
        """
        self.end_orphans()
        self._rotate_log()
        self._pid_path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log_path, "ab", opener=_open_private) as log:
            popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=None if user is None else (),
            )
        self._popen = popen
        stat = read_stat(popen.pid)
        identity = Identity(popen.pid, stat.start_ticks if stat else -1, boot_id())
        write_private(self._pid_path, json.dumps(asdict(identity)))
        return popen.pid

    def stop(self, *, signal_number: int = signal.SIGTERM, timeout: float = 30.0) -> bool:
        """Ask it to end, wait, then end by force it and everything in its session.

        The signal goes to the first process only, which knows best in which order its children end.

        Returns:
            True when it ran.
        """
        identity = self.identity
        was_running = identity is not None and _is_alive(identity)
        if identity is not None and was_running:
            with suppress(ProcessLookupError):
                os.kill(identity.pid, signal_number)
            wait_until(lambda: not self.is_running(), timeout)
        self.end_orphans()
        if self._popen is not None:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(5)
            self._popen = None
        self._pid_path.unlink(missing_ok=True)
        return was_running

    def kill(self) -> None:
        """End it and its session at once."""
        self.stop(signal_number=signal.SIGKILL, timeout=10)

    def _rotate_log(self) -> None:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if self.log_path.stat().st_size > _LOG_BYTES:
                self.log_path.replace(self.log_path.with_suffix(".log.1"))

    def end_orphans(self) -> None:
        """End what is left of the last run's session, the first process included."""
        identity = self.identity
        if identity is None or identity.boot_id != boot_id():
            return
        leader = read_stat(identity.pid)
        if leader is not None and leader.start_ticks != identity.start_ticks:
            return  # the pid was reused; the kernel does that only once the old session is empty
        for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0)):
            members = _session_members(identity)
            if not members:
                return
            for member in members:
                with suppress(ProcessLookupError):
                    os.kill(member.pid, number)
            wait_until(lambda: not _session_members(identity), patience)


def stop_together(services: Sequence[Service], *, timeout: float = 30.0) -> list[str]:
    """Stop services that do not need each other, all at once.

    Args:
        services: those to stop.
        timeout: seconds each gets before it is ended by force.

    Returns:
        The names of those that ran.
    """
    if not services:
        return []
    with ThreadPoolExecutor(len(services)) as pool:
        ran = list(pool.map(lambda service: service.stop(timeout=timeout), services))
    return [service.name for service, did_run in zip(services, ran, strict=True) if did_run]


def wait_until(condition: Callable[[], bool], timeout: float, *, poll: float = _POLL_SECONDS) -> bool:
    """Wait until the condition holds.

    Args:
        condition: called without arguments.
        timeout: how long to wait, in seconds.
        poll: seconds between two looks.

    Returns:
        False when the time ran out first.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(poll)
    return True


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_alive(identity: Identity) -> bool:
    stat = read_stat(identity.pid)
    return (
        stat is not None and stat.alive and stat.start_ticks == identity.start_ticks and identity.boot_id == boot_id()
    )


def _session_members(identity: Identity) -> list[ProcessStat]:
    return [
        stat
        for stat in processes()
        if stat.session == identity.pid and stat.alive and stat.start_ticks >= identity.start_ticks
    ]
