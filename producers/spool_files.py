"""Where spools lie, and how their files are made: private, one for each Kafka, with one drainer at a time.

A spool's folder must be on a local disk: SQLite's write-ahead log needs shared memory between its processes.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from arna.errors import ConfigError
from arna.settings import Settings, get_settings

SUFFIX = ".spool"
_UNSAFE = re.compile(r"[^a-z0-9.]+")


def default_folder() -> Path:
    """Where an application's publishers keep their spools.

    ``ARNA_SPOOL``, else ``spool`` in ``ARNA_HOME`` where that is set, else the user's state folder.
    """
    settings = get_settings()
    if settings.spool is None and "home" not in settings.model_fields_set:
        return _user_state_folder() / "arna" / "spool"
    return command_folder(settings)


def command_folder(settings: Settings) -> Path:
    """Where the commands keep their spools: ``ARNA_SPOOL``, else ``spool`` in the state folder of the stack."""
    return settings.spool or settings.home / "spool"


def _user_state_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Application Support").expanduser()
    return Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()


def normal_address(bootstrap_servers: str) -> str:
    """The same address for the same list of brokers, in whatever order and case they are written."""
    return ",".join(sorted({server.strip().lower() for server in bootstrap_servers.split(",") if server.strip()}))


def spool_file(folder: Path, address: str) -> Path:
    """The file for what goes to an address: nothing entered for one Kafka can drain into another."""
    name = _UNSAFE.sub("-", address)[:40].strip("-")
    return folder / f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:8]}{SUFFIX}"


def list_spool_files(folder: Path) -> list[Path]:
    """The spools of a folder."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def make_private(file: Path) -> None:
    """Makes an empty file that only its owner can read, in a folder of the same kind, unless it is there.

    Raises:
        ConfigError: it cannot be made there.
    """
    try:
        made = [folder for folder in file.parents if not folder.exists()]
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in made:
            _sync_folder(folder.parent)
        if file.exists():
            return
        # Opening and closing a file that SQLite has open in this process would drop SQLite's locks on it, so the file
        # is complete before it gets its name.
        descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=file.parent)
        os.close(descriptor)
        try:
            with suppress(FileExistsError):
                os.link(temporary, file)
        finally:
            Path(temporary).unlink()
        _sync_folder(file.parent)
    except OSError as error:
        raise ConfigError("spool", f"cannot be made in {file.parent} ({type(error).__name__}).", _REMEDY) from None


_REMEDY = "Name a folder on a local disk that you may write to, in ARNA_SPOOL."


def _sync_folder(folder: Path) -> None:
    """Keeps new names through a power cut; Windows keeps them by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Drainer(msgspec.Struct, frozen=True):
    """The process that sends what a spool holds."""

    pid: int
    host: str


class DrainLock:
    """Says which process may drain a spool. It is SQLite's own lock: the system gives it back however a process ends.

    Args:
        file: the spool.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.with_suffix(".lock")
        self._note = file.with_suffix(".drainer")
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Holds it while the block runs, if nobody else does; yields whether it is held."""
        held = self._try()
        try:
            if held:
                self._sign()
            yield held
        finally:
            if held and self._connection is not None:
                self._connection.rollback()

    def holder(self) -> Drainer | None:
        """Who holds it now."""
        if not self._file.exists():
            return None
        if self._try():
            if self._connection is not None:
                self._connection.rollback()
            return None
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Drainer)
        except (OSError, msgspec.MsgspecError):
            return Drainer(0, "")  # it has only just begun

    def _try(self) -> bool:
        if self._connection is None:
            make_private(self._file)
            self._connection = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
            self._connection.execute("pragma journal_mode = memory")  # nothing is ever written into it
        try:
            self._connection.execute("begin immediate")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise
        return True

    def _sign(self) -> None:
        note = msgspec.json.encode(Drainer(os.getpid(), socket.gethostname()))
        with suppress(OSError):  # it is only for people to read
            make_private(self._note)
            self._note.write_bytes(note)

    def close(self) -> None:
        """Lets go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
