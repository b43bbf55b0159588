"""What can go wrong with a spool, and SQLite's errors in these terms."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from arna.errors import ConfigError, IntegrityError, TransientError


class SpoolFull(TransientError):
    """The spool or its disk is full: wait until it has drained a little, or stop. Nothing of the call was entered."""


class SpoolBusy(TransientError):
    """Another program keeps the spool's file locked."""


class SpoolDamaged(IntegrityError):
    """The spool's file cannot be read or written any more."""


class OtherCluster(IntegrityError):
    """Events wait for one Kafka cluster, and another answers at its address."""


def explain(error: sqlite3.Error, file: Path) -> Exception:
    """The error in one plain sentence; one that nobody foresaw is left as it is."""
    name = getattr(error, "sqlite_errorname", "")
    if name in {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}:
        return SpoolFull(f"the disk that holds the spool {file} is full.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return SpoolBusy(f"another program keeps the spool {file} locked.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ConfigError("spool", f"{file} cannot be written.", "Check its owner and its folder, or set ARNA_SPOOL.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR")):
        return SpoolDamaged(
            f"the spool {file} cannot be used ({name}). Check the disk, move the file away and publish again from the "
            "source: what had arrived is not counted twice."
        )
    return error
