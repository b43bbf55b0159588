"""Keys by which the gateway knows a source: ``arna_<key id>_<secret>``, the secret kept as a SHA-256 alone.

The secret is 32 random bytes, so nobody can guess it from its hash and no slow hash is needed (decision 0012). The
key id is letters only: it may be shown, and cannot be taken for anybody's number.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from arna.errors import ConfigError
from arna.warehouse.database import Database

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_ID_LENGTH: Final = 12
_SECRET_BYTES: Final = 32
_KEY: Final = re.compile(r"arna_([a-z]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; its text is known now and never again.

    Attributes:
        key_id: its readable part.
        text: the whole key, to be handed to the source.
        source_uri: whose it is.
        expires_at: when it stops to be valid; None: never by itself.
    """

    key_id: str
    text: str = field(repr=False)
    source_uri: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceKey:
    """A key as it is listed. Fields as the columns of ``ops.source_key``."""

    key_id: str
    source_uri: str
    label: str | None
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime | None = None) -> str:
        """``valid``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        expired = self.expires_at is not None and self.expires_at <= (now or datetime.now(UTC))
        return "expired" if expired else "valid"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A key with what its source may do, as the gateway keeps it in memory.

    Attributes:
        key_id: the key.
        secret_sha256: hash of its secret.
        expires_at: when it stops to be valid; None: never by itself.
        revoked_at: when it was revoked; None: it was not.
        source_id: number of the source.
        source_uri: the only CloudEvents ``source`` that its events may have.
        name: name of the source.
        entities: what it may publish.
        achievement_types: Open Badges achievement types it may issue; None: any.
        language: language of the messages it gets.
        is_enabled: whether it may publish now.
        requests_per_second: its own limit, if any.
        events_per_second: its own limit, if any.
        max_batch_events: its own limit, if any.
    """

    key_id: str
    secret_sha256: bytes = field(repr=False)
    expires_at: datetime | None
    revoked_at: datetime | None
    source_id: int
    source_uri: str
    name: str
    entities: frozenset[str]
    achievement_types: frozenset[str] | None
    language: str
    is_enabled: bool
    requests_per_second: int | None
    events_per_second: int | None
    max_batch_events: int | None

    def owns(self, secret: str) -> bool:
        """Whether this is the key's secret; takes as long whatever is wrong with it."""
        return hmac.compare_digest(self.secret_sha256, hash_secret(secret))


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def parse_key(text: str) -> tuple[str, str] | None:
    """Key id and secret of a key's text, or None where it is not one of ours."""
    match = _KEY.fullmatch(text)
    return None if match is None else (match[1], match[2])


def issue_key(
    database: Database, source_uri: str, *, expires_at: datetime | None = None, label: str | None = None
) -> IssuedKey:
    """Makes a further key for a source; those it has stay valid.

    Args:
        database: the warehouse, as its owner.
        source_uri: the registered source.
        expires_at: when it stops to be valid, aware; unset: never by itself.
        label: what to call it.

    Raises:
        ConfigError: the source is not registered.
    """
    key_id = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    values = {
        "key_id": key_id,
        "source_uri": source_uri,
        "secret_sha256": hash_secret(secret),
        "label": label,
        "expires_at": expires_at,
    }
    if database.fetch_one("gateway/insert_key.sql", values) is None:
        raise _not_registered(source_uri)
    return IssuedKey(key_id, f"arna_{key_id}_{secret}", source_uri, expires_at)


def list_keys(database: Database, source_uri: str | None = None) -> list[SourceKey]:
    """All keys of a source, or of every source, oldest first; also those that are not valid any more."""
    return [SourceKey(**row) for row in database.fetch_all("gateway/list_keys.sql", {"source_uri": source_uri})]


def revoke_keys(database: Database, source_uri: str, key_ids: Sequence[str] | None = None) -> list[str]:
    """Ends keys of a source, for good; the gateway refuses them within ten seconds.

    Args:
        database: the warehouse, as its owner.
        source_uri: the source.
        key_ids: which; None: all that are valid.

    Returns:
        The ids of the keys that were revoked now.

    Raises:
        ConfigError: one of the keys named is not the source's; nothing was revoked.
    """
    known = {key.key_id for key in list_keys(database, source_uri)}
    if unknown := sorted(set(key_ids or ()) - known):
        raise ConfigError(unknown[0], f"is not a key of {source_uri}.", f"See `arna source key list {source_uri}`.")
    values = {"source_uri": source_uri, "key_ids": None if key_ids is None else list(key_ids)}
    return sorted(row["key_id"] for row in database.fetch_all("gateway/revoke_keys.sql", values))


def read_key_holders(database: Database) -> dict[str, KeyHolder]:
    """Every key that may be met, by its id, with its source; for the gateway, as role ``arna_gateway``."""
    return {row["key_id"]: _holder(row) for row in database.fetch_all("gateway/read_keys.sql")}


def mark_keys_used(database: Database, key_ids: Sequence[str]) -> None:
    """Notes that keys were used now."""
    database.execute("gateway/mark_used.sql", {"key_ids": list(key_ids)})


def _holder(row: dict[str, Any]) -> KeyHolder:
    types = row["achievement_types"]
    return KeyHolder(
        **{
            **{name: value for name, value in row.items() if name != "language_code"},
            "secret_sha256": bytes(row["secret_sha256"]),
            "entities": frozenset(row["entities"]),
            "achievement_types": None if types is None else frozenset(types),
            "language": row["language_code"],
        }
    )


def _not_registered(source_uri: str) -> ConfigError:
    return ConfigError(source_uri, "is not a registered source.", "See `arna source list`.")
