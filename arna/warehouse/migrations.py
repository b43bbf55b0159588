"""Versioned migrations: each file of ``sql/migrations`` runs once, in order, in a transaction of its own.

``ops.migration`` remembers the SHA-256 of what ran. A file that changed afterwards, vanished, or came in before one
that already ran is an error: the database would no longer be what the files say.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from arna.errors import IntegrityError
from arna.warehouse.database import Database
from arna.warehouse.sqlfiles import list_sql, read_sql

_LOCK = "migrations"


def migrate(url: str) -> list[str]:
    """Brings a database up to date, as its owner.

    Two at once are harmless: the second waits and finds nothing to do.

    Returns:
        Names of the migrations that were applied now.

    Raises:
        IntegrityError: what ran before differs from the files of this release.
        StatementError: a migration failed; it was rolled back, those before it stay.
    """
    with Database(url, "arna migrate") as database, database.entity_lock(_LOCK, wait=True):
        names = _pending(database)
        for name in names:
            with database.session() as session:
                session.execute(_file(name))
                session.execute("ops/create_migration.sql")
                session.execute("ops/insert_migration.sql", {"name": name, "sha256": _sha256(name)})
        return names


def pending(url: str) -> list[str]:
    """Names of the migrations that ``migrate`` would apply.

    Raises:
        IntegrityError: as for ``migrate``.
    """
    with Database(url, "arna migrate") as database:
        return _pending(database)


def _pending(database: Database) -> list[str]:
    applied = _applied(database)
    available = [PurePosixPath(path).stem for path in list_sql("migrations")]
    if missing := sorted(set(applied) - set(available)):
        message = (
            f"the database has migration {missing[0]}, which this release of Arna does not know: use the newer one."
        )
        raise IntegrityError(message)
    for name in available:
        if name in applied and applied[name] != _sha256(name):
            message = (
                f"migration {name} was changed after it had been applied: restore the file and write a new migration."
            )
            raise IntegrityError(message)
    names = [name for name in available if name not in applied]
    if names and applied and names[0] < max(applied):
        message = f"migration {names[0]} comes before {max(applied)}, which already ran: give it a later number."
        raise IntegrityError(message)
    return names


def _applied(database: Database) -> dict[str, bytes]:
    found = database.fetch_one("ops/find_migration.sql")
    if found is None or not found["is_there"]:
        return {}
    return {row["migration_name"]: bytes(row["sha256"]) for row in database.fetch_all("ops/list_migrations.sql")}


def _file(name: str) -> str:
    return f"migrations/{name}.sql"


def _sha256(name: str) -> bytes:
    return hashlib.sha256(read_sql(_file(name)).encode()).digest()
