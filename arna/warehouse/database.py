"""Access to the warehouse: one connection, short transactions, SQL from files, errors without values.

StatementError                  a statement was refused (a bug, or data a constraint forbids)
WarehouseUnavailable            (arna.errors) away, or ended the work: retry with backoff
└─ CommitOutcomeUnknown         the connection broke during COMMIT: re-read, never retry blindly
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import psycopg
from psycopg import Copy, IsolationLevel
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from arna.errors import ArnaError, WarehouseUnavailable
from arna.warehouse.sqlfiles import insert_names, read_sql

__all__ = ["CommitOutcomeUnknown", "Copy", "Database", "Params", "Session", "StatementError", "connection_string"]

Params = Mapping[str, Any] | Sequence[Any] | None
Row = dict[str, Any]
_Transaction = AbstractContextManager[psycopg.Transaction]
Isolation = Literal["read committed", "repeatable read", "serializable"]

_ISOLATION: Mapping[str, IsolationLevel] = {
    "read committed": IsolationLevel.READ_COMMITTED,
    "repeatable read": IsolationLevel.REPEATABLE_READ,
    "serializable": IsolationLevel.SERIALIZABLE,
}
# Connection, conflict (serialization, deadlock), resources, lock not to be had, operator (shutdown, cancel), system.
_TRANSIENT_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
_TRANSIENT_STATES = frozenset({"25006"})  # read-only: we reached a standby in the middle of a failover
# The server's own sentence in these classes names relations and columns, never values.
_SAFE_MESSAGE_CLASSES = frozenset({"0A", "25", "3D", "3F", "42"})


class StatementError(ArnaError):
    """A statement was refused by the server; its text holds no value of a row.

    Args:
        sqlstate: PostgreSQL's five-character code.
        constraint: the constraint that was broken, if any.
        relation: the relation it belongs to, if any.
        sql_name: the file the statement came from.
        detail: the server's sentence, only where it cannot hold a value.
    """

    def __init__(
        self,
        sqlstate: str | None,
        constraint: str | None = None,
        relation: str | None = None,
        sql_name: str = "",
        detail: str = "",
    ) -> None:
        self.sqlstate = sqlstate
        self.constraint = constraint
        self.relation = relation
        self.sql_name = sql_name
        facts = [f"SQLSTATE {sqlstate or 'none'}"]
        facts += [f"{key} {value}" for key, value in (("constraint", constraint), ("relation", relation)) if value]
        super().__init__(f"{sql_name or 'statement'} refused: {', '.join(facts)}{': ' if detail else ''}{detail}")


class CommitOutcomeUnknown(WarehouseUnavailable):
    """The connection broke while COMMIT was under way: it may or may not have happened."""


def connection_string(url: str) -> str:
    """A libpq URL of a SQLAlchemy one (``postgresql+psycopg://…``)."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def describe_error(error: psycopg.Error, sql_name: str = "") -> ArnaError:
    """The error of ours that says what to do about one of psycopg's, without the values in its text."""
    state = error.sqlstate
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and state is None:
        return WarehouseUnavailable(f"PostgreSQL does not answer ({type(error).__name__}).")
    if state is not None and (state[:2] in _TRANSIENT_CLASSES or state in _TRANSIENT_STATES):
        return WarehouseUnavailable(f"PostgreSQL ended the work (SQLSTATE {state}).")
    if state is None and isinstance(error, psycopg.ProgrammingError):
        # psycopg's own word on a statement it would not send: it is about placeholders and types, not about values.
        return StatementError(None, sql_name=sql_name, detail=str(error))
    diagnosis = error.diag
    relation = ".".join(part for part in (diagnosis.schema_name, diagnosis.table_name) if part)
    detail = (diagnosis.message_primary or "") if state is not None and state[:2] in _SAFE_MESSAGE_CLASSES else ""
    return StatementError(state, diagnosis.constraint_name, relation or None, sql_name, detail)


@contextmanager
def _translated(sql_name: str = "") -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # `from None`: the original's text can quote a row.
        raise describe_error(error, sql_name) from None


class Session:
    """Statements of one transaction. Made by ``Database.session``."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def fetch_all(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> list[Row]:
        """All rows of the last statement of a file, as dictionaries.

        Args:
            sql_name: file in ``sql/``; several statements in one file are possible only without params.
            params: values of ``%(name)s``.
            names: identifiers for ``"{placeholder}"``s.
        """
        with self._run(sql_name, params, names) as cursor:
            return cursor.fetchall()

    def fetch_one(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> Row | None:
        """The first row, or None."""
        with self._run(sql_name, params, names) as cursor:
            return cursor.fetchone()

    def execute(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> int:
        """Runs a file; returns how many rows its (last) statement touched."""
        with self._run(sql_name, params, names) as cursor:
            return max(cursor.rowcount, 0)

    def execute_many(self, sql_name: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Runs one statement for each set of values, pipelined; returns rows touched in all."""
        with _translated(sql_name), self._connection.cursor() as cursor:
            cursor.executemany(_text(sql_name, None), rows)
            return max(cursor.rowcount, 0)

    def run_sql(self, text: str, params: Params = None) -> list[Row]:
        """Runs SQL text that is in no file: what Great Expectations produced for its findings, or a file composed."""
        with _translated("generated statement"), self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(text.encode(), params)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def copy_in(self, sql_name: str, names: Mapping[str, str] | None = None) -> Iterator[Copy]:
        """``COPY … FROM STDIN``: yields an object with ``write_row``, ``write`` and ``set_types``."""
        with _translated(sql_name), self._connection.cursor() as cursor, cursor.copy(_text(sql_name, names)) as copy:
            yield copy

    @contextmanager
    def copy_out(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> Iterator[Copy]:
        """``COPY … TO STDOUT``: yields an object to iterate over (one row of bytes at a time) or ``rows()``."""
        with (
            _translated(sql_name),
            self._connection.cursor() as cursor,
            cursor.copy(_text(sql_name, names), params) as copy,
        ):
            yield copy

    @contextmanager
    def copy_generated(self, statement: str) -> Iterator[Copy]:
        """``COPY … TO STDOUT`` by a statement that a file of ``sql/`` composed from the catalogue."""
        with (
            _translated("generated statement"),
            self._connection.cursor() as cursor,
            cursor.copy(statement.encode()) as copy,
        ):
            yield copy

    def encrypt_password(self, role: str, password: str) -> str:
        """The SCRAM verifier of a password: all the server has to be told, so none of its logs holds the password."""
        with _translated("password"):
            encrypt = self._connection.pgconn.encrypt_password
            return encrypt(password.encode(), role.encode(), b"scram-sha-256").decode()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that can fail alone: on an error it is undone and the transaction stays usable."""
        with _translated("savepoint"), self._connection.transaction():
            yield

    def lock_entity(self, entity: str, *, wait: bool = False) -> bool:
        """Takes the entity's advisory lock until the end of this transaction; False: somebody has it."""
        return _lock(self, "xact" if wait else "try_xact", entity)

    @contextmanager
    def _run(self, sql_name: str, params: Params, names: Mapping[str, str] | None) -> Iterator[psycopg.Cursor[Row]]:
        with _translated(sql_name), self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(_text(sql_name, names), params)
            while cursor.nextset():
                pass
            yield cursor


class Database:
    """One lazily opened connection to the warehouse, opened anew after it was lost.

    Not for several threads or across a fork: each makes its own. One session at a time.

    Args:
        url: SQLAlchemy or libpq URL.
        application_name: shown in ``pg_stat_activity``.
        statement_timeout: seconds after which the server gives up a statement; unset: never.
    """

    def __init__(self, url: str, application_name: str = "arna", statement_timeout: float | None = None) -> None:
        self._conninfo = connection_string(url)
        self._application_name = application_name
        self._statement_timeout = statement_timeout
        self._connection: psycopg.Connection[Row] | None = None
        self._in_session = False
        self._held_locks = 0

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the next use opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def session(self, isolation: Isolation = "read committed", *, read_only: bool = False) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error.

        Raises:
            WarehouseUnavailable: the server is away or ended the work; nothing was committed.
            CommitOutcomeUnknown: the connection broke during COMMIT.
            StatementError: a statement, or a constraint checked at the end, refused.
        """
        if self._in_session:
            message = "a session is open on this Database; use it, or a second Database"
            raise RuntimeError(message)
        self._in_session = True
        try:
            connection, transaction = self._begin(_ISOLATION[isolation], read_only)
            try:
                yield Session(connection)
            except BaseException as error:
                self._roll_back(transaction, error)
                if isinstance(error, psycopg.Error):
                    raise describe_error(error) from None
                raise
            self._commit(connection, transaction)
        finally:
            self._in_session = False

    def fetch_all(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> list[Row]:
        """``Session.fetch_all`` in a transaction of its own."""
        with self.session() as session:
            return session.fetch_all(sql_name, params, names)

    def fetch_one(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> Row | None:
        """``Session.fetch_one`` in a transaction of its own."""
        with self.session() as session:
            return session.fetch_one(sql_name, params, names)

    def execute(self, sql_name: str, params: Params = None, names: Mapping[str, str] | None = None) -> int:
        """``Session.execute`` in a transaction of its own."""
        with self.session() as session:
            return session.execute(sql_name, params, names)

    @contextmanager
    def entity_lock(self, entity: str, *, wait: bool = False) -> Iterator[bool]:
        """Holds the entity's advisory lock across transactions; yields False when somebody else has it.

        While it is held a lost connection is not opened anew: the lock went with it, so the next use raises.
        The lock is the one of ``Session.lock_entity``.
        """
        with self.session() as session:
            taken = _lock(session, "session" if wait else "try_session", entity)
        if not taken:
            yield False
            return
        self._held_locks += 1
        try:
            yield True
        finally:
            self._held_locks -= 1
            # A connection that is gone has released the lock already.
            if self._connection is not None and not self._connection.closed:
                try:
                    with self.session() as session:
                        _lock(session, "unlock", entity)
                except WarehouseUnavailable:
                    self.close()

    def _begin(self, isolation: IsolationLevel, read_only: bool) -> tuple[psycopg.Connection[Row], _Transaction]:
        reused = self._connection is not None and not self._connection.closed
        connection = self._open()
        try:
            return connection, self._start(connection, isolation, read_only)
        except WarehouseUnavailable:
            self.close()
            # A server that restarted since shows it here. Nothing was done yet, so a new connection will do.
            if not reused:
                raise
        connection = self._open()
        return connection, self._start(connection, isolation, read_only)

    def _start(self, connection: psycopg.Connection[Row], isolation: IsolationLevel, read_only: bool) -> _Transaction:
        with _translated("begin"):
            connection.isolation_level = isolation
            connection.read_only = read_only
            transaction = connection.transaction()
            transaction.__enter__()
            return transaction

    def _open(self) -> psycopg.Connection[Row]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if self._held_locks:
            message = "the connection that held the entity's lock was lost."
            raise WarehouseUnavailable(message)
        self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection[Row]:
        with _translated("connect"):
            given = conninfo_to_dict(self._conninfo)
            options = [str(given.get("options", "")), "-c timezone=UTC"]
            if self._statement_timeout is not None:
                options.append(f"-c statement_timeout={round(self._statement_timeout * 1000)}")
            defaults: dict[str, Any] = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10}
            return psycopg.connect(
                self._conninfo,
                autocommit=True,  # transactions are begun by session() alone, never by a stray statement
                row_factory=dict_row,
                options=" ".join(options).strip(),
                application_name=self._application_name,
                **{key: value for key, value in defaults.items() if key not in given},
            )

    def _commit(self, connection: psycopg.Connection[Row], transaction: _Transaction) -> None:
        if connection.pgconn.transaction_status == TransactionStatus.INERROR:
            # COMMIT would answer ROLLBACK without an error: the caller swallowed one, and must hear of it.
            error = StatementError("25P02", detail="an earlier statement failed, so nothing was committed")
            self._roll_back(transaction, error)
            raise error
        try:
            transaction.__exit__(None, None, None)
        except psycopg.Error as error:
            described = describe_error(error, "commit")
            conflict = error.sqlstate is not None and error.sqlstate.startswith("40")
            self.close()
            if isinstance(described, WarehouseUnavailable) and not conflict:
                message = "the connection broke during COMMIT: read what is stored before trying again."
                raise CommitOutcomeUnknown(message) from None
            raise described from None

    def _roll_back(self, transaction: _Transaction, error: BaseException) -> None:
        try:
            transaction.__exit__(type(error), error, error.__traceback__)
        except psycopg.Error:
            # The connection is gone, and the transaction with it.
            self.close()


def _text(sql_name: str, names: Mapping[str, str] | None) -> bytes:
    text = read_sql(sql_name)
    return (insert_names(text, names) if names is not None else text).encode()


def _lock(session: Session, kind: Literal["xact", "try_xact", "session", "try_session", "unlock"], entity: str) -> bool:
    row = session.fetch_one(f"ops/lock_entity_{kind}.sql", {"entity": entity})
    return row is not None and row["is_taken"] is not False
