"""Tokens and ciphertexts for national identity numbers (IIN), and the keys that make them.

A token is the first 128 bits of HMAC-SHA-256(token key, IIN), written as a UUID: the same number always gives the same
token, and without the key neither leads to the other. The number itself is kept once, in ``vault.person``, under
AES-256-GCM with the token as associated data, so a ciphertext moved to another row does not open.

A key's id is derived from the key, so a lost and re-made key file cannot pass for the old one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from arna.errors import ConfigError, IntegrityError

if TYPE_CHECKING:
    from arna.settings import Settings
    from arna.warehouse.database import Database

_KEY_BYTES = 32
_NONCE_BYTES = 12
_NONCES_AT_ONCE = 4096
_PAYLOAD_CONTEXT = b"arna.payload.v1"
_SHA256_BLOCK = 64
_REMEDY = "Set ARNA_VAULT_KEYS_FILE to the file `arna up` made, or ARNA_VAULT_KEYS to its text."


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """The keys; older sealing keys stay so that what they sealed can be opened.

    Args:
        token_key: 32 bytes; it cannot be rotated without giving every person a new token.
        sealing_keys: key id to 32 bytes.
        sealing_key_id: the one that seals from now on.
    """

    token_key: bytes = field(repr=False)
    sealing_keys: Mapping[str, bytes] = field(repr=False)
    sealing_key_id: str


class Vault:
    """Makes tokens, seals and opens. One instance per process and thread group; safe across a fork."""

    def __init__(self, keys: VaultKeys) -> None:
        self.key_id = keys.sealing_key_id
        self.token_key_id = key_id("t", keys.token_key)
        self._ciphers = {name: AESGCM(key) for name, key in keys.sealing_keys.items()}
        self._encrypt = self._ciphers[self.key_id].encrypt
        # HMAC by its definition on copied states: half the time of hmac.digest for a short message.
        padded = keys.token_key.ljust(_SHA256_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
        self._nonces: Iterator[bytes] = iter(())
        self._pid = 0

    def token(self, iin: str) -> str:
        """The UUID, as lower-case text, that stands for an IIN everywhere outside the vault."""
        inner = self._inner.copy()
        inner.update(iin.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        text = outer.hexdigest()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"

    def seal_iin(self, iin: str, token: str) -> bytes:
        """Nonce, ciphertext and tag of an IIN, bound to its token."""
        nonce = self._nonce()
        return nonce + self._encrypt(nonce, iin.encode(), token.encode())

    def open_iin(self, sealed: bytes, token: str, sealed_by: str | None = None) -> str:
        """The IIN again.

        Args:
            sealed: what ``seal_iin`` returned.
            token: its token, as lower-case text.
            sealed_by: id of the key that sealed it; unset: the present one.

        Raises:
            ConfigError: the key is not among ours.
            IntegrityError: it was changed, or belongs to another token.
        """
        return self._open(sealed, token.encode(), sealed_by).decode()

    def seal_payload(self, data: bytes) -> bytes:
        """Nonce, ciphertext and tag of a refused message."""
        nonce = self._nonce()
        return nonce + self._encrypt(nonce, data, _PAYLOAD_CONTEXT)

    def open_payload(self, sealed: bytes, sealed_by: str | None = None) -> bytes:
        """The refused message again; raises as ``open_iin``."""
        return self._open(sealed, _PAYLOAD_CONTEXT, sealed_by)

    def _open(self, sealed: bytes, context: bytes, sealed_by: str | None) -> bytes:
        cipher = self._ciphers.get(sealed_by or self.key_id)
        if cipher is None:
            raise ConfigError("ARNA_VAULT_KEYS", f"the key {sealed_by} is not among the vault keys.", _REMEDY)
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            message = "a sealed value does not open: it was changed, or moved to another row."
            raise IntegrityError(message) from None

    def _nonce(self) -> bytes:
        # A forked child must not use the nonces its parent has in stock: one nonce twice breaks AES-GCM.
        if self._pid != os.getpid():
            self._pid, self._nonces = os.getpid(), iter(())
        nonce = next(self._nonces, None)
        if nonce is None:
            stock = os.urandom(_NONCE_BYTES * _NONCES_AT_ONCE)
            self._nonces = iter([stock[i : i + _NONCE_BYTES] for i in range(0, len(stock), _NONCE_BYTES)])
            nonce = next(self._nonces)
        return nonce


def key_id(kind: str, key: bytes) -> str:
    """Id of a key: its kind (``t`` token, ``s`` sealing) and the start of a hash of it."""
    return f"{kind}-{hashlib.sha256(b'arna.key-id.' + key).hexdigest()[:12]}"


def make_keys() -> VaultKeys:
    """New random keys."""
    sealing_key = secrets.token_bytes(_KEY_BYTES)
    name = key_id("s", sealing_key)
    return VaultKeys(secrets.token_bytes(_KEY_BYTES), {name: sealing_key}, name)


def ensure_keys(path: Path) -> bool:
    """Makes the key file (mode 0600) unless it is there; never overwrites one, even when two start at once.

    Returns:
        Whether it was made now.

    Raises:
        ConfigError: the file that is there is not a key file, or others can read it.
    """
    if path.exists():
        _read_file(path)
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(dump_keys(make_keys()))
            file.flush()
            os.fsync(file.fileno())  # a token key lost in a crash would orphan every token it made
        os.link(draft, path)
    except FileExistsError:
        _read_file(path)
        return False
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def load_keys(settings: Settings) -> VaultKeys:
    """The keys from ``ARNA_VAULT_KEYS``, or from the key file.

    Raises:
        ConfigError: they are not there or not keys.
    """
    if settings.vault_keys is not None:
        return parse_keys(settings.vault_keys.get_secret_value(), "ARNA_VAULT_KEYS")
    return _read_file(settings.vault_keys_path)


def dump_keys(keys: VaultKeys) -> str:
    """The text of a key file."""
    encode = _encode
    return json.dumps(
        {
            "version": 1,
            "token_key": encode(keys.token_key),
            "sealing_key_id": keys.sealing_key_id,
            "sealing_keys": {name: encode(key) for name, key in keys.sealing_keys.items()},
        },
        indent=2,
    )


def parse_keys(text: str, setting: str) -> VaultKeys:
    """Keys from the text of a key file.

    Raises:
        ConfigError: naming the setting, never quoting the text.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        keys = VaultKeys(
            token_key=_decode(found["token_key"]),
            sealing_keys={name: _decode(key) for name, key in found["sealing_keys"].items()},
            sealing_key_id=found["sealing_key_id"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise ConfigError(setting, "does not hold vault keys.", _REMEDY) from None
    if keys.sealing_key_id not in keys.sealing_keys:
        raise ConfigError(setting, "names a sealing key that it does not hold.", _REMEDY)
    return keys


def verify_token_key(database: Database, vault: Vault) -> None:
    """Makes sure that this vault's token key made the tokens that are stored.

    Raises:
        IntegrityError: another did; going on would give every known person a second token.
    """
    found = database.fetch_one("vault/find_foreign_token_key.sql", {"token_key_id": vault.token_key_id})
    if found is not None:
        message = (
            f"tokens in vault.person were made by key {found['token_key_id']}, the key given is "
            f"{vault.token_key_id}: restore the key file that belongs to this warehouse."
        )
        raise IntegrityError(message)


def read_iins(database: Database, vault: Vault) -> set[str]:
    """Every IIN the vault holds. For the privacy scanner alone; needs the owner of ``vault.person``.

    Raises:
        IntegrityError: a stored number does not open.
    """
    iins: set[str] = set()
    with database.session(read_only=True) as session, session.copy_out("vault/copy_iins.sql") as copy:
        for line in copy:
            token, sealed_by, sealed = bytes(line).decode().rstrip("\n").split("\t")
            iins.add(vault.open_iin(bytes.fromhex(sealed), token, sealed_by))
    return iins


def matches_token(vault: Vault, iin: str, token: str) -> bool:
    """Whether a token stands for an IIN, in constant time."""
    return hmac.compare_digest(vault.token(iin), token)


def _read_file(path: Path) -> VaultKeys:
    try:
        status = path.stat()
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror})."
        raise ConfigError("ARNA_VAULT_KEYS_FILE", reason, _REMEDY) from None
    # A secret that a container engine mounts belongs to another user and has its own protection.
    if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigError("ARNA_VAULT_KEYS_FILE", f"{path} can be read by others.", f"chmod 600 {path}")
    return parse_keys(text, "ARNA_VAULT_KEYS_FILE")


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError
    return key
