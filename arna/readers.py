"""Readers: login roles of the systems that read, and which rows each may see (decision 0018).

A reader is a member of ``profile_reader`` or ``retraining_reader`` and has a scope in ``ops.reader_scope``: the whole
country, or organisations and regions. Without a scope it sees no row of anybody. PostgreSQL holds the rest: policies
on the tables behind the views ask ``mart.reader_scope()``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from arna.contracts.identifiers import is_valid_bin
from arna.errors import ConfigError
from arna.warehouse.database import Database, Session, StatementError

System = Literal["profile", "retraining"]
SYSTEMS: Final[tuple[System, ...]] = get_args(System)

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_RESERVED: Final = re.compile(r"pg_.*|arna_.*|(profile|retraining)_reader|postgres|public|none")
_PASSWORD_BYTES: Final = 24
_PASSWORD_LENGTH: Final = 16
_HAS_DEPENDENTS: Final = "2BP01"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader sees: the whole country, or the people with an enrolment in it.

    Attributes:
        is_national: the whole country; then there are no organisations and regions.
        organisation_bins: BINs; None: of any organisation.
        region_codes: two digits of KATO, ``00`` or ``ZZ``; None: of any region. An enrolment must meet what is given.
    """

    is_national: bool = False
    organisation_bins: tuple[str, ...] | None = None
    region_codes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader as it is listed.

    Attributes:
        role_name: its login role.
        systems: whose views it may read.
        is_registered: whether it has a scope; without one it sees nothing.
        is_national: whether it sees the whole country.
        organisation_bins: the organisations it is restricted to, if any.
        region_codes: the regions it is restricted to, if any.
        note: who it is and why.
        created_at: when it was registered.
        changed_at: when its scope was changed last.
    """

    role_name: str
    systems: tuple[str, ...]
    is_registered: bool
    is_national: bool
    organisation_bins: tuple[str, ...] | None
    region_codes: tuple[str, ...] | None
    note: str | None
    created_at: datetime | None
    changed_at: datetime | None

    @property
    def sees(self) -> Literal["country", "part", "nothing"]:
        """How much it sees."""
        if not self.is_registered or not self.systems:
            return "nothing"
        return "country" if self.is_national else "part"


@dataclass(frozen=True, slots=True)
class AddedReader:
    """What ``add_reader`` made.

    Attributes:
        is_new_role: whether the login role was made now.
        password: the password that was generated, known now and never again; None: none was.
    """

    is_new_role: bool
    password: str | None = field(repr=False)


def add_reader(
    database: Database,
    role_name: str,
    systems: Sequence[System],
    scope: Scope,
    *,
    note: str | None = None,
    password: str | None = None,
) -> AddedReader:
    """Makes a login role that reads, or registers one that is there.

    A new role gets the password given, else a generated one; one that is there keeps its own unless one is given.

    Args:
        database: the warehouse, as its owner.
        role_name: lower case letters, digits and underscores.
        systems: whose views it may read.
        scope: which rows of them.
        note: who it is and why.
        password: at least 16 characters; only its SCRAM verifier reaches the server.

    Raises:
        ConfigError: the name, the scope or the password will not do, or the role may do more than read.
    """
    _check_name(role_name)
    if password is not None and len(password) < _PASSWORD_LENGTH:
        raise ConfigError("password", f"has fewer than {_PASSWORD_LENGTH} characters.", "Give a longer one.")
    names = {"role": role_name}
    with database.session() as session:
        role = session.fetch_one("readers/find_role.sql", {"role_name": role_name})
        generated = None
        if role is None:
            session.execute("readers/create_role.sql", names=names)
            password = generated = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        else:
            _check_role(role)
        if password is not None:
            verifier = session.encrypt_password(role_name, password)
            values = {"role_name": role_name, "verifier": verifier}
            session.run_sql(session.fetch_all("readers/compose_password.sql", values)[0]["statement"])
        for system in systems:
            session.execute("readers/grant_reading.sql", names={**names, "reader": f"{system}_reader"})
        _save_scope(session, role_name, scope, note)
    return AddedReader(role is None, generated)


def list_readers(database: Database) -> list[Reader]:
    """Every direct member of a reader role, and every role with a scope."""
    return [_reader(row) for row in database.fetch_all("readers/list_readers.sql")]


def set_scope(database: Database, role_name: str, scope: Scope, *, note: str | None = None) -> None:
    """Says anew what a reader sees; its next query obeys.

    Raises:
        ConfigError: it is no reader, or the scope will not do.
    """
    with database.session() as session:
        _member_roles(session, role_name)
        _save_scope(session, role_name, scope, note)


def revoke_reader(database: Database, role_name: str, *, drop: bool = False) -> int:
    """Ends a reader's reading, and the sessions it has open.

    Args:
        database: the warehouse, as its owner.
        role_name: the reader.
        drop: remove the login role as well.

    Returns:
        How many sessions were ended.

    Raises:
        ConfigError: it is no reader, or a role to be dropped is still needed elsewhere; nothing was changed.
    """
    values = {"role_name": role_name}
    with database.session() as session:
        for reader in _member_roles(session, role_name):
            session.execute("readers/revoke_reading.sql", names={"role": role_name, "reader": reader})
        session.execute("readers/delete_scope.sql", values)
        if drop:
            _drop_role(session, role_name)
        # In the same transaction: what it reads until the commit it was still allowed to.
        return len(session.fetch_all("readers/end_sessions.sql", values))


def _check_name(role_name: str) -> None:
    if not _NAME.fullmatch(role_name):
        remedy = "Use lower case letters, digits and underscores, a letter first, at most 63."
        raise ConfigError("NAME", "cannot be the name of a reader.", remedy)
    if _RESERVED.fullmatch(role_name):
        raise ConfigError(role_name, "is a role of Arna or of PostgreSQL itself.", "Choose another name.")


def _check_role(role: dict[str, Any]) -> None:
    """A role that may do more would not be held by policies, or could lift its own restriction."""
    name = role["role_name"]
    if role["is_privileged"]:
        raise ConfigError(name, "is a superuser, or may make roles or bypass policies.", "Choose another name.")
    if not role["can_login"]:
        raise ConfigError(name, "cannot log in.", f"alter role {name} login, or choose another name.")
    if role["staff_roles"]:
        raise ConfigError(name, f"is a member of {', '.join(role['staff_roles'])}.", "A reader may read, nothing else.")


def _member_roles(session: Session, role_name: str) -> list[str]:
    role = session.fetch_one("readers/find_role.sql", {"role_name": role_name})
    if role is None or not role["reader_roles"]:
        raise ConfigError(role_name, "is no reader.", "See `arna reader list`.")
    roles: list[str] = role["reader_roles"]
    return roles


def _save_scope(session: Session, role_name: str, scope: Scope, note: str | None) -> None:
    if wrong := [number for number in scope.organisation_bins or () if not is_valid_bin(number)]:
        raise ConfigError("--bin", f"{len(wrong)} of the numbers given is not a BIN.", "A BIN has 12 digits.")
    regions = sorted(set(scope.region_codes or ()))
    if unknown := session.fetch_all("readers/list_unknown_regions.sql", {"region_codes": regions}):
        codes = ", ".join(row["region_code"] for row in unknown)
        raise ConfigError("--region", f"there is no region {codes}.", "Give the first two digits of KATO.")
    organisations = sorted(set(scope.organisation_bins or ()))
    if scope.is_national == bool(organisations or regions):
        raise ConfigError("scope", "is not clear.", "Give organisations or regions, or the whole country, not both.")
    session.execute(
        "readers/upsert_scope.sql",
        {
            "role_name": role_name,
            "is_national": scope.is_national,
            "organisation_bins": organisations or None,
            "region_codes": regions or None,
            "note": note,
        },
    )


def _drop_role(session: Session, role_name: str) -> None:
    try:
        with session.savepoint():
            session.execute("readers/drop_role.sql", names={"role": role_name})
    except StatementError as error:
        if error.sqlstate != _HAS_DEPENDENTS:
            raise
        remedy = "Leave out --drop, or take those rights away first."
        raise ConfigError(role_name, "has rights or belongings elsewhere on the server.", remedy) from None


def _reader(row: dict[str, Any]) -> Reader:
    lists = ("systems", "organisation_bins", "region_codes")
    return Reader(**{**row, **{name: None if row[name] is None else tuple(row[name]) for name in lists}})
